"""The conditions of a search document, over the rows of a statement.

A condition on things of which a row may have several (the scans of a session, the values of a list) holds where one of them
fulfils it; conditions that must hold together are asked of the same one.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scanhouse.errors import Invalid
from scanhouse.schema import xpath
from scanhouse.schema.element import Element
from scanhouse.schema.xpath import Step

from . import computed, displays, kinds
from .comparisons import compare
from .displays import DisplayField
from .documents import Criterion, Together
from .fragments import Expression, Sort
from .joins import Node, known
from .nearest import Nearest, aggregated, any_of
from .values import NoSuchField, Values


@dataclass(frozen=True)
class Meant:
    """What a condition is about: a display field, or steps of a schema path, of a type."""

    element: Element
    steps: tuple[Step, ...] = ()
    shown: DisplayField | None = None
    parameter: str = ""


class NoWay(Invalid):
    """A search names things that have nothing to do with what it is for."""

    def __init__(self, element: Element, root: Element) -> None:
        super().__init__(f"Fields of {element.name} cannot be used in a search for {root.name}.")


class Conditions:
    """Compiles conditions on rows of one node."""

    def __init__(self, joins: Nearest, node: Node, root: Element) -> None:
        self.joins, self.node, self.root = joins, node, root
        self.values = Values(joins)

    def all_of(self, sets: Iterable[Together]) -> str:
        return " AND ".join(text for one in sets if (text := self._set(one, self.node))) or "TRUE"

    def _set(self, together: Together, node: Node) -> str:
        """The conditions of a set on rows of a node; those on further rows are asked within it."""
        here: list[str] = []
        there: dict[str, list[Criterion]] = {}
        for term in together.terms:
            if isinstance(term, Together):
                inner = self._set(term, node)
                if inner:
                    here.append(inner)
                continue
            meant = self._meant(term)
            if self._is_elsewhere(meant.element, node):
                there.setdefault(meant.element.name, []).append(term)
            else:
                here.append(self._one(term, meant, node))
        for name, terms in there.items():
            groups = [terms] if together.method == "AND" else [[term] for term in terms]
            here += [self._elsewhere(self.root.registry.element(name), group, node) for group in groups]
        return f"({f' {together.method} '.join(here)})" if here else ""

    def _meant(self, criterion: Criterion) -> Meant:
        text = criterion.field.strip()
        name, dot, id = text.partition(".")
        registry = self.root.registry
        if dot and "/" not in name:
            element = registry.element(name)
            found = displays.find(element, id)
            if found is None:
                raise NoSuchField(element.name, id)
            return Meant(element, shown=found[0], parameter=found[1])
        path = xpath.parse(text)
        element = registry.element(path.element) if path.element else self.root
        # Some clients write the ID of a display field behind a slash.
        if len(path.steps) == 1 and not _is_field(element, path.steps) and (found := displays.find(element, path.plain)):
            return Meant(element, shown=found[0], parameter=found[1])
        return Meant(element, path.steps)

    def _is_elsewhere(self, element: Element, node: Node) -> bool:
        if node.element.is_a(element.name) or element.is_a(node.element.name) or self.joins._parent(node, element) is not None:
            return False
        return self.joins.way(node, element) is not None

    def _elsewhere(self, element: Element, terms: Sequence[Criterion], node: Node) -> str:
        way = self.joins.way(node, element)
        assert way is not None  # asked before
        inner = self.joins.new(way.kind, element)
        rows = self.joins.rows(inner, way, lambda: " AND ".join(self._one(term, self._meant(term), inner) for term in terms))
        return f"EXISTS (SELECT 1 {rows})"

    def _one(self, criterion: Criterion, meant: Meant, node: Node) -> str:
        row = self.joins.from_node(node, meant.element)
        if row is None:
            raise NoWay(meant.element, self.root)
        shown = meant.shown
        if shown is not None:
            return self._compared(criterion, displayed(self.joins, self.values, row, meant.element, shown, meant.parameter), keeps_empty=True)
        share = self._in_share(criterion, row, meant)
        if share is not None:
            return share
        values = Values(self.joins)
        if is_list(meant.element, meant.steps):
            return any_of(self.joins, lambda: self._compared(criterion, values.at(row, meant.element, meant.steps), keeps_empty=False))
        expression = narrowed(self.joins, row, meant.element, self.values.at(row, meant.element, meant.steps))
        # What XNAT keeps in columns of times is compared as its display fields are.
        return self._compared(criterion, expression, keeps_empty=expression.sort in (Sort.MOMENT, Sort.TIME))

    def _compared(self, criterion: Criterion, expression: Expression, *, keeps_empty: bool) -> str:
        return f"({compare(expression, criterion.comparison, criterion.value, self.joins.parameters, keeps_empty=keeps_empty)})"

    def _in_share(self, criterion: Criterion, row: Node, meant: Meant) -> str | None:
        """The condition that every project's listing has: what is in the project, or shared into it, found by index."""
        plain = "/".join(step.name for step in meant.steps).lower()
        if criterion.comparison.strip() != "=" or plain not in ("project", "sharing/share/project"):
            return None
        project, part = self.joins.parameters.put(criterion.value.strip()), row.kind in (kinds.SCAN, kinds.RECONSTRUCTION)
        if plain == "project":
            column = "SELECT of_.key FROM records_experiment of_ WHERE of_.project_id"
            if row.kind is kinds.PROJECT:
                return None
            return f"{row.alias}.session_id = ANY(ARRAY({column} = {project}))" if part else f"{row.alias}.project_id = {project}"
        seen = known(self.joins.actor, f"{project}::text", self.joins.parameters)
        if row.kind is kinds.SCAN:
            shares = f"SELECT sh.scan_id FROM records_scanshare sh WHERE sh.project_id = {project} AND {seen}"
        elif row.kind.share_table:
            shares = f"SELECT sh.{row.kind.share_key} FROM {row.kind.share_table} sh WHERE sh.project_id = {project} AND {seen}"
        else:
            return "FALSE"
        return f"{row.alias}.key = ANY(ARRAY({shares}))"


def displayed(joins: Nearest, values: Values, row: Node, element: Element, shown: DisplayField, parameter: str) -> Expression:
    """The value of a display field of a row. Raises NoSuchField."""
    if shown.computed:
        asked = computed.Asked(joins, row, shown.argument, parameter)
        return narrowed(joins, row, element, computed.value(shown.computed, asked))
    path = xpath.parse(shown.path)
    owner, at = element, row
    if path.element:
        owner = element.registry.element(path.element)
        found = joins.from_node(row, owner)
        if found is None:
            raise NoWay(owner, element)
        at = found
    if row.kind is kinds.SCAN and shown.path == "sharing/share/project":
        seen = known(joins.actor, "sh.project_id", joins.parameters)
        shares = (
            "SELECT string_agg(sh.project_id, ', ' ORDER BY sh.project_id) FROM records_scanshare sh "
            f"WHERE sh.scan_id = {row.alias}.key AND {seen}"
        )
        return Expression(f"({shares})", f"({shares})")
    if is_list(owner, path.steps):
        return aggregated(joins, lambda: Values(joins).at(at, owner, path.steps))
    return narrowed(joins, at, owner, values.at(at, owner, path.steps))


def narrowed(joins: Nearest, row: Node, element: Element, expression: Expression) -> Expression:
    """Empty for rows that are not of the type, where the row may be of a more general one."""
    if element.name == row.element.name or not element.is_a(row.element.name):
        return expression
    return expression.only_where(joins.of_type(row, element) or "TRUE")


def is_list(element: Element, steps: Sequence[Step]) -> bool:
    """Whether a path leads through a list, so that a row has any number of values, and not to a certain one of them."""
    for place in range(1, len(steps) + 1):
        field = element.find("/".join(step.name for step in steps[:place]))
        if field is not None and field.repeated:
            return not steps[place - 1].conditions
    return False


def _is_field(element: Element, steps: Sequence[Step]) -> bool:
    return element.find("/".join(step.name for step in steps)) is not None

