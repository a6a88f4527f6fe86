"""Search documents compiled to one statement, whose rows are what the actor may see.

    found = searches.compile(documents.parse(xml), actor)
    rows = searches.run(found, limit=50)

A row is one thing of the search's type. Fields of other types show its subject, its session, or the nearest of several (`nearest`).
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.records.types import REGISTRY
from scanhouse.schema.element import Element

from . import defaults, displays, kinds, links
from .conditions import Conditions, NoWay, displayed
from .displays import DisplayField
from .documents import SearchDocument, Shown
from .fragments import Expression, Parameters, Sort
from .joins import Node, visible
from .listing import MAX_ROWS, kind_of
from .nearest import Nearest
from .values import NoSuchField, Values

USER = "{XDAT_USER_ID}"
"""Stands in documents for the number of the user who searches."""


@dataclass(frozen=True)
class Column:
    """A column of what is found. `key` names it in rows; `sort` says how it compares."""

    key: str
    element: str
    id: str
    header: str
    type: str
    sort: Sort
    visible: bool = True
    links: tuple[links.Link, ...] = ()
    link_prefix: str = ""


@dataclass(frozen=True)
class Search:
    """A compiled search: an expression per column, where rows come from, and their order."""

    root: str
    columns: tuple[Column, ...]
    cells: tuple[Expression, ...]
    source: str
    order: str
    parameters: Mapping[str, Any]

    def place(self, name: str) -> int | None:
        """The column of that key or field ID, in any case."""
        return place(self.columns, name)


def place(columns: tuple[Column, ...], name: str) -> int | None:
    """The place of the column with that key or field ID, in any case; None if there is none."""
    wanted = name.strip().lower()
    by_key = {one.key: number for number, one in enumerate(columns)}
    by_id = {one.id.lower(): number for number, one in reversed(list(enumerate(columns)))}
    return by_key.get(wanted, by_id.get(wanted))


def compile(document: SearchDocument, actor: Actor) -> Search:
    """The statement of a search. Raises UnknownElement, NoSuchField, NoWay, BadFilter, BadComparison."""
    return _Compiler(document, actor).search()


def run(search: Search, *, sort: tuple[str, bool] | None = None, limit: int | None = None, offset: int = 0) -> list[tuple[str, ...]]:
    """The rows, cells in the order of the columns. `sort`: key or field ID, and whether downwards; empty values count as the largest."""
    statement = _select(search, sort)
    number = MAX_ROWS if limit is None else min(limit, MAX_ROWS)
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} LIMIT {int(number)} OFFSET {int(offset)}", search.parameters)
        found: list[tuple[str, ...]] = cursor.fetchall()
    return found


def count(search: Search) -> int:
    """How many rows there are."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {search.source}", search.parameters)
        return int(cursor.fetchone()[0])


def numbered(search: Search) -> str:
    """The statement as text: rows with their place, the key of their thing, and their cells as one JSON list."""
    # An array, not jsonb_build_array: functions take at most 100 arguments.
    cells = f"to_jsonb(ARRAY[{', '.join(_cell(one) for one in search.cells)}]::text[])"
    key = "t.id" if kind_of(REGISTRY.element(search.root)) is kinds.PROJECT else "t.key"
    place = f"row_number() OVER (ORDER BY {search.order})"
    return f"SELECT {cells} AS cells, {place} AS place, {key}::text AS thing {search.source} LIMIT {MAX_ROWS}"


def _select(search: Search, sort: tuple[str, bool] | None) -> str:
    order = search.order
    number = search.place(sort[0]) if sort is not None else None
    if sort is not None and number is not None:
        order = f"{search.cells[number].typed} {direction(sort[1])}, {order}"
    return f"SELECT {', '.join(_cell(one) for one in search.cells)} {search.source} ORDER BY {order}"


def direction(down: bool) -> str:
    return "DESC NULLS FIRST" if down else "ASC NULLS LAST"


def _cell(expression: Expression) -> str:
    if expression.sort is Sort.TIME:
        return f"coalesce(to_char({expression.typed}, 'HH24:MI:SS.MS'), '')"
    return f"coalesce({expression.text}, '')"


class _Compiler:
    def __init__(self, document: SearchDocument, actor: Actor) -> None:
        self.document, self.actor, self.parameters = document, actor, Parameters()
        self.root = REGISTRY.element(document.root)
        self.node = Node(kind_of(self.root), "t", self.root)
        self.joins = Nearest(self.node, actor, self.parameters)
        self.values = Values(self.joins)
        self.columns: dict[str, Column] = {}
        self.cells: dict[str, Expression] = {}

    def search(self) -> Search:
        for shown in self.document.fields or defaults.fields(self.root):
            self._add(shown)
        for column in list(self.columns.values()):
            self._add_linked(column)
        terms = [
            self.joins.of_type(self.node, self.root), self._readable(),
            Conditions(self.joins, self.node, self.root).all_of(self.document.where),
        ]
        where = " AND ".join(term for term in terms if term)
        order = "t.id" if self.node.kind is kinds.PROJECT else "t.key"
        if self.document.sort:
            order = f"{self._sorted(self.document.sort)}, {order}"
        source = f"FROM {self.node.kind.table} t {' '.join(self.joins.texts)} WHERE {where}"
        return Search(self.root.name, tuple(self.columns.values()), tuple(self.cells.values()), source, order, self.parameters.values)

    def _readable(self) -> str:
        if self.node.kind in (kinds.SCAN, kinds.RECONSTRUCTION):
            return f"{self._in_seen_sessions()} AND {self.joins.readable(self.node)}"
        if self.node.kind is kinds.WORKFLOW:  # who did what is for those who work in the project
            return visible(self.actor, self.node, self.parameters, action=Action.EDIT)
        return visible(self.actor, self.node, self.parameters, wide=True)

    def _in_seen_sessions(self) -> str:
        """That the session may be read: said once more, in a form that finds the few scans of a user's sessions by index."""
        seen = Node(kinds.EXPERIMENT, "seen_", self.root)
        condition = visible(self.actor, seen, self.parameters, wide=True)
        return "TRUE" if condition == "TRUE" else f"t.session_id = ANY(ARRAY(SELECT seen_.key FROM records_experiment seen_ WHERE {condition}))"

    def _add(self, shown: Shown) -> None:
        element = REGISTRY.element(shown.element)
        found = displays.find(element, shown.field)
        if found is None:
            raise NoSuchField(element.name, shown.field)
        field, parameter = found
        if field.parametrised and not parameter:
            parameter = shown.value.replace(USER, str(self.actor.id or 0))
        self._put(element, field, parameter, header=shown.header, type=shown.type, visible=shown.visible)

    def _put(self, element: Element, field: DisplayField, parameter: str, *, header: str = "", type: str = "", visible: bool = True) -> None:
        prefix = "" if element.name == self.root.name else element.name.lower().replace(":", "_") + "_"
        id = f"{field.id}={parameter}" if parameter else field.id
        key = prefix + id.lower().replace("=", "_")
        if key in self.columns:
            return
        expression = self.value(element, field, parameter)
        self.cells[key] = expression
        self.columns[key] = Column(
            key, element.name, id, header or field.header or " ", type or field.type, expression.sort, visible, links.of(element, field.id), prefix
        )

    def _add_linked(self, column: Column) -> None:
        """The values that a link is made of, which nobody asked to see."""
        element = REGISTRY.element(column.element)
        for link in column.links:
            for _, id in link.fields:
                found = displays.find(element, id)
                assert found is not None, f"{element.name}.{id} is in links.py"
                self._put(element, found[0], "", visible=False)

    def value(self, element: Element, field: DisplayField, parameter: str) -> Expression:
        row = self.joins.from_node(self.node, element)
        if row is None:
            raise NoWay(element, self.root)
        return displayed(self.joins, self.values, row, element, field, parameter)

    def _sorted(self, by: tuple[str, str]) -> str:
        element = REGISTRY.element(by[0])
        found = displays.find(element, by[1])
        if found is None:
            raise NoSuchField(element.name, by[1])
        return f"{self.value(element, *found).typed} {direction(False)}"
