"""Listings: requested columns and filters compiled to one statement whose rows are what the actor may see. Pure until `run`.

    found = listing.run(Listing(root="xnat:mrSessionData", columns=("date", "scanner/manufacturer")), actor)

Cells are texts. The cost grows with the rows that are asked for: where a listing begins (a project, a subject, a session) decides
which index is used, and nothing is looked up row by row.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db import connection

from scanhouse.access.actors import SYSTEM, Actor
from scanhouse.access.policy import Action
from scanhouse.errors import Invalid
from scanhouse.records import types
from scanhouse.records.types import REGISTRY
from scanhouse.schema.element import Element
from scanhouse.schema.registry import Registry
from scanhouse.schema.xpath import Path, parse

from . import filters, kinds
from .fragments import Expression, Parameters, literal
from .joins import Joins, Node, visible
from .kinds import Kind
from .values import NoSuchField, Values

MAX_COLUMNS = 200
MAX_ROWS = 1_000_000
"""More rows than anything reads at once; who has so many asks in pages."""

MAX_DAYS = 365_000
"""A thousand years: all there is, and a date that the database can still reckon with."""

URI = "URI"


class TooManyColumns(Invalid):
    """More columns than a listing has."""


@dataclass(frozen=True)
class Where:
    """Where a listing begins. At most one of the narrower ones; `project` is the project in whose address it was asked for."""

    project: str | None = None
    subject: int | None = None
    session: int | None = None


@dataclass(frozen=True)
class Listing:
    """What is listed: rows of the type `root`, values at paths, under conditions on paths.

    A path is text (`xnat:mrSessionData/date`, or below the root), or `URI`. `project_of_place`: the column `project` names the
    project of the address, also for what is only shared into it.
    """

    root: str
    columns: Sequence[str]
    filters: Sequence[tuple[str, str]] = ()
    where: Where = field(default_factory=Where)
    types: tuple[str, ...] = ()
    """Types that rows are limited to, with all that extend them; the root's own where empty."""
    with_assessors: bool = True
    sort: Sequence[tuple[str, bool]] = ()
    """Paths, and whether downwards."""
    limit: int | None = None
    offset: int = 0
    project_of_place: bool = False
    days: int | None = None
    """Only what was made in the last so many days."""
    action: Action = Action.READ
    """What the actor may do to the rows."""


@dataclass(frozen=True)
class Statement:
    sql: str
    parameters: Mapping[str, Any]


def run(listing: Listing, actor: Actor) -> list[tuple[str, ...]]:
    """The rows, cells in the order of the columns."""
    statement = compile(listing, actor)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.parameters)
        return list(cursor.fetchall())


def known(root: str, path: str) -> bool:
    """Whether a path can be a column or a filter of a listing of that root."""
    return _known(types.current(), root, path)


@lru_cache(maxsize=4096)
def _known(registry: Registry, root: str, path: str) -> bool:
    """As the data types of a snapshot have it."""
    try:
        _Compiler(Listing(root, (path,)), SYSTEM).value(path)
    except Invalid:
        return False
    return True


def compile(listing: Listing, actor: Actor) -> Statement:
    """The statement of a listing. Raises NoSuchField, BadFilter, BadPath."""
    if len(listing.columns) > MAX_COLUMNS:
        raise TooManyColumns(f"A listing has at most {MAX_COLUMNS} columns.")
    return _Compiler(listing, actor).statement()


def kind_of(element: Element) -> Kind:
    """The kind of rows that a type is kept in."""
    found = (kinds.SUBJECT, kinds.PROJECT, kinds.SCAN, kinds.RECONSTRUCTION, kinds.EXPERIMENT, kinds.WORKFLOW)
    kind = next((one for one in found if element.is_a(one.element)), None)
    if kind is None:
        raise NoSuchField(element.name, "")
    return kind


class _Compiler:
    def __init__(self, listing: Listing, actor: Actor) -> None:
        self.listing, self.actor, self.parameters = listing, actor, Parameters()
        self.element = REGISTRY.element(listing.root)
        self.kind = kind_of(self.element)
        self.node = Node(self.kind, "t", self.element)
        self.joins = Joins(self.node, actor, self.parameters, listing.where.project)
        self.values = Values(self.joins)
        self.base = "".join(self._base())

    def statement(self) -> Statement:
        listing = self.listing
        cells = ", ".join(f"coalesce({self.cell(column)}, '')" for column in listing.columns)
        terms = [*self._terms(), *(filters.condition(self.value(path), text, self.parameters) for path, text in listing.filters)]
        order = [f"{self.value(path).typed} {'DESC NULLS FIRST' if down else 'ASC NULLS LAST'}" for path, down in listing.sort]
        order.append("t.id" if self.kind is kinds.PROJECT else "t.key")
        text = [f"SELECT {cells}", f"FROM {self.base}", *self.joins.texts, f"WHERE {' AND '.join(terms) or 'TRUE'}", f"ORDER BY {', '.join(order)}"]
        limit = MAX_ROWS if listing.limit is None else min(listing.limit, MAX_ROWS)
        text.append(f"LIMIT {int(limit)} OFFSET {int(listing.offset)}")
        return Statement("\n".join(text), self.parameters.values)

    def cell(self, column: str) -> str:
        return self._uri() if column == URI else self.value(column).text

    def value(self, path: str) -> Expression:
        parsed: Path = parse(path)
        return self.values.of(parsed, self.element)

    def _base(self) -> Iterator[str]:
        """Where rows come from: things of a project are its own and, under their labels there, those shared into it."""
        where, kind = self.listing.where, self.kind
        if where.project is None or not kind.share_table:
            yield f"{kind.table} t"
            return
        project = self.parameters.put(where.project)
        yield (
            f"(SELECT key, NULL::text AS label FROM {kind.table} WHERE project_id = {project} "
            f"UNION ALL SELECT {kind.share_key}, nullif(label, '') FROM {kind.share_table} WHERE project_id = {project}) AS there "
            f"JOIN {kind.table} t ON t.key = there.key"
        )
        self.node.label = "coalesce(there.label, t.label)"
        if self.listing.project_of_place:
            self.node.project = f"{project}::text"

    def _terms(self) -> Iterator[str]:
        where, listing = self.listing.where, self.listing
        if where.subject is not None:
            subject = self.parameters.put(where.subject)
            yield (
                f"(t.subject_id = {subject} OR t.session_id IN (SELECT key FROM records_experiment WHERE subject_id = {subject}))"
                if listing.with_assessors else f"t.subject_id = {subject}"
            )
        if where.session is not None:
            yield f"t.session_id = {self.parameters.put(where.session)}"
        if self.kind is kinds.EXPERIMENT and not listing.with_assessors:
            yield "t.session_id IS NULL"
        wanted = listing.types or ((self.element.name,) if self.element.name != self.kind.element else ())
        if wanted and self.kind.typed_rows:
            names = sorted({one.name for name in wanted for one in REGISTRY.descendants(name)})
            yield f"t.element = ANY({self.parameters.put(names)})"
        if listing.days is not None:
            yield f"t.created_at >= now() - {self.parameters.put(min(listing.days, MAX_DAYS))} * interval '1 day'"
        yield self._visible()

    def _visible(self) -> str:
        if self.kind in (kinds.SCAN, kinds.RECONSTRUCTION):
            session = self.joins._session_of(self.node)
            return f"{session.alias}.key IS NOT NULL AND {visible(self.actor, session, self.parameters, part='t.element')}"
        return visible(self.actor, self.node, self.parameters, action=self.listing.action, wide=self.listing.where == Where())

    def _uri(self) -> str:
        match self.kind.name:
            case "project":
                return "'/data/projects/' || t.id"
            case "subject":
                return "'/data/subjects/' || t.id"
            case "experiment":
                return "'/data/experiments/' || t.id"
            case _:
                return f"'/data/experiments/' || {self.joins._session_of(self.node).alias}.id || {literal(f'/{self.kind.name}s/')} || t.id"
