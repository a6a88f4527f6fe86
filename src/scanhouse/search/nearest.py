"""How a row of a search shows one thing of another type: its subject, its session, or of several things the one that is nearest.

Of the experiments of a subject that is the latest, one without a date counting as later than all others; of those of a session the
nearest in date; of scans the last, but for an assessor the first of its session (xnat-data-api 5.3).
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.schema.element import Element

from . import kinds
from .fragments import Expression, Parameters
from .joins import DERIVED, Joins, Node
from .kinds import Kind

SESSION = "xnat:imageSessionData"


@dataclass(frozen=True)
class Way:
    """The rows of a kind that belong to a row: `link` is the condition on the alias `{x}`, `order` puts the nearest first."""

    kind: Kind
    link: str
    order: str


class Nearest(Joins):
    """Joins that never multiply rows."""

    def __init__(self, root: Node, actor: Actor, parameters: Parameters) -> None:
        super().__init__(root, actor, parameters, None)
        self._numbers = count()

    def new(self, kind: Kind, element: Element) -> Node:
        """A row under an alias that no other has."""
        # Joins are asked for within subqueries as well, where the number of texts says nothing.
        return Node(kind, f"j{next(self._numbers)}", element)

    _new = new

    def from_node(self, node: Node, element: Element) -> Node | None:
        """The row of a type as seen from another; None where no way leads there."""
        return self._from(node, element)

    def _from(self, node: Node, element: Element) -> Node | None:
        if node.element.is_a(element.name) or element.is_a(node.element.name):
            return node
        parent = self._parent(node, element)
        if parent is not None:
            return parent
        way = self.way(node, element)
        return self._nearest(node, element, way) if way is not None else None

    def _parent(self, node: Node, element: Element) -> Node | None:
        """The one row that this row belongs to."""
        if element.is_a("xnat:projectData"):
            return self._parent_project(self._session_of(node) if _is_part(node) else node)
        if _is_part(node):
            session = self._session_of(node)
            if element.is_a(kinds.SUBJECT.element):
                return self.subject_of(session)
            return session if element.is_a(SESSION) else None
        if node.kind is kinds.EXPERIMENT:
            if element.is_a(kinds.SUBJECT.element):
                return self.subject_of(node)
            if element.is_a(SESSION) and node.element.is_a(DERIVED):
                return self.session_of_assessor(node)
        return None

    def way(self, node: Node, element: Element) -> Way | None:
        """How rows of a type hang on a row that does not belong to them."""
        kind = next((one for one in (kinds.SCAN, kinds.RECONSTRUCTION, kinds.EXPERIMENT) if element.is_a(one.element)), None)
        if kind is None:
            return None
        part, derived, mine = kind is not kinds.EXPERIMENT, element.is_a(DERIVED), node.alias
        if node.kind is kinds.SUBJECT:
            if part or derived:
                sessions = f"SELECT of_.key FROM records_experiment of_ WHERE of_.subject_id = {mine}.key"
                return Way(kind, f"{{x}}.session_id IN ({sessions})", "{x}.key DESC" if part else _LATEST)
            return Way(kind, f"{{x}}.subject_id = {mine}.key", _LATEST)
        if _is_part(node):
            near = _near(f"{self._session_of(node).alias}.date")
            return Way(kind, f"{{x}}.session_id = {mine}.session_id", near) if derived else None
        if node.kind is not kinds.EXPERIMENT:
            return None
        near = _near(f"{mine}.date")
        if node.element.is_a(DERIVED):
            return Way(kind, f"{{x}}.session_id = {mine}.session_id", "{x}.key" if part else near) if part or derived else None
        if part or derived:
            return Way(kind, f"{{x}}.session_id = {mine}.key", "{x}.key DESC" if part else near)
        return Way(kind, f"{{x}}.subject_id = {mine}.subject_id AND {{x}}.key <> {mine}.key", near)

    def _nearest(self, node: Node, element: Element, way: Way) -> Node:
        known = node.children.get(element.name)
        if known is not None:
            return known
        made, inner = self.new(way.kind, element), self.new(way.kind, element)
        self.texts.append(
            f"LEFT JOIN LATERAL (SELECT {inner.alias}.* {self.rows(inner, way)} ORDER BY {way.order.format(x=inner.alias)} LIMIT 1) "
            f"{made.alias} ON TRUE"
        )
        node.children[element.name] = made
        return made

    def rows(self, inner: Node, way: Way, more: Callable[[], str] = lambda: "") -> str:
        """FROM and WHERE for the rows of a way that may be read. `more` adds a condition, and may ask for further joins."""
        outer, self.texts = self.texts, []
        terms = [way.link.format(x=inner.alias), self.of_type(inner, inner.element), self.readable(inner), more()]
        joined, self.texts = self.texts, outer
        source = f"FROM {way.kind.table} {inner.alias} {' '.join(joined)}"
        return f"{source} WHERE {' AND '.join(term for term in terms if term)}"

    def readable(self, node: Node) -> str:
        """The condition that the actor may read a row. Scans are read where they are shared themselves, with their session."""
        if not _is_part(node):
            return self.visible(node)
        session = self._session_of(node)
        shares = "SELECT project_id FROM records_scanshare WHERE scan_id = {}.key" if node.kind is kinds.SCAN else None
        text, values = policy.sql_visible(
            self.actor, element_sql=f"{session.alias}.element", project_sql=f"{session.alias}.project_id", part_sql=f"{node.alias}.element",
            shares_sql=shares.format(node.alias) if shares else None,
        )
        return f"{session.alias}.key IS NOT NULL AND {self.parameters.embed(text, values)}"


_LATEST = "{x}.date DESC NULLS FIRST, {x}.key DESC"


def _near(date: str) -> str:
    return f"abs({{x}}.date - {date}) NULLS LAST, {{x}}.key DESC"


def _is_part(node: Node) -> bool:
    return node.kind in (kinds.SCAN, kinds.RECONSTRUCTION)


def aggregated(joins: Nearest, build: Callable[[], Expression]) -> Expression:
    """All values of a list in one cell. `build` asks for the joins that the list needs."""
    outer, joins.texts = joins.texts, []
    made = build()
    joined, joins.texts = joins.texts, outer
    text = f"(SELECT string_agg(DISTINCT {made.text}, ', ') FROM (SELECT 1) AS one_ {' '.join(joined)})"
    return Expression(text, text)


def any_of(joins: Nearest, build: Callable[[], str]) -> str:
    """The condition that one value of a list fulfils a condition. `build` asks for the joins that the list needs."""
    outer, joins.texts = joins.texts, []
    made = build()
    joined, joins.texts = joins.texts, outer
    return f"EXISTS (SELECT 1 FROM (SELECT 1) AS one_ {' '.join(joined)} WHERE {made})"
