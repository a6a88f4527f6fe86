"""Results that are kept for paging: they stay the same while the archive changes. Each user has their own, for a day.

Rights are asked for again: whoever has lost a group or a grant since searches again, and rows of what may not be read any more (it was
moved, or is shared no longer) are left out.
"""
from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import orjson
from django.db import connection, transaction
from django.db.models.functions import Now

from scanhouse.access.actors import Actor
from scanhouse.errors import NotFound
from scanhouse.jobs.queue import task
from scanhouse.records.types import REGISTRY

from . import kinds, searches
from .fragments import Parameters, Sort
from .joins import Node, visible
from .links import Link
from .listing import kind_of
from .models import KeptResult
from .searches import Column, Search

LIFETIME = timedelta(days=1)
"""A day's work; who pages later searches again."""
MOST_PER_USER = 50
"""Results of one user; the oldest go."""


class Gone(NotFound):
    """The result is not kept any more, or is another user's."""

    def __init__(self) -> None:
        super().__init__("This result is not kept any more. Search again.")


@dataclass(frozen=True)
class Result:
    """A kept result, without its rows. `by`: who reads it now."""

    id: str
    root: str
    columns: tuple[Column, ...]
    total: int
    by: Actor


@transaction.atomic
def keep(search: Search, *, document: str = "", by: Actor) -> Result:
    """Run a search and keep what it finds. `document`: the ID of its document, whose former result this replaces."""
    if document:
        KeptResult.objects.filter(login=by.login, search=document).delete()
    row = KeptResult.objects.create(
        id=f"{by.id or 0}_{secrets.token_hex(12)}", login=by.login, search=document, root=search.root,
        columns=[{**asdict(column), "sort": column.sort.value} for column in search.columns], expires_at=Now() + LIFETIME,
        rights=sorted(_rights(by)),
    )
    with connection.cursor() as cursor:
        insert = (
            "INSERT INTO search_keptrow (result_id, place, thing, cells) SELECT %(kept_id)s, place, thing, cells "
            f"FROM ({searches.numbered(search)}) found"
        )
        cursor.execute(insert, {**search.parameters, "kept_id": row.id})
        total = cursor.rowcount
    KeptResult.objects.filter(pk=row.id).update(total=total)
    oldest = KeptResult.objects.filter(login=by.login).order_by("-created_at").values_list("pk", flat=True)[MOST_PER_USER:]
    KeptResult.objects.filter(pk__in=list(oldest)).delete()
    return Result(row.id, search.root, search.columns, total, by)


def find(id: str, *, by: Actor) -> Result:
    """A kept result of one's own. Raises Gone, also when one has fewer rights now."""
    found = _read(KeptResult.objects.filter(pk=id, login=by.login, expires_at__gt=Now()).first(), by)
    if found is None:
        raise Gone
    return found


def of_document(document: str, *, by: Actor) -> Result | None:
    """What was last kept for the document of that ID."""
    return _read(KeptResult.objects.filter(login=by.login, search=document, expires_at__gt=Now()).order_by("-created_at").first(), by)


def page(result: Result, *, sort: tuple[str, bool] | None = None, limit: int | None = None, offset: int = 0) -> list[list[str]]:
    """Some of the rows. What is empty counts as the largest."""
    order = "place"
    number = searches.place(result.columns, sort[0]) if sort is not None else None
    if sort is not None and number is not None:
        kind = result.columns[number].sort
        order = f"nullif(cells ->> {int(number)}, '')::{kind.value} {searches.direction(sort[1])}, place"
    ends = f"LIMIT {'ALL' if limit is None else int(limit)} OFFSET {int(offset)}"
    parameters = Parameters()
    rows = _rows(result, parameters)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT cells {rows} ORDER BY {order} {ends}", parameters.values)
        return [orjson.loads(cells) for cells, in cursor.fetchall()]


def values(result: Result, column: str) -> list[tuple[str, int]]:
    """The different values of a column, and how often each is there. Raises NotFound."""
    number = searches.place(result.columns, column)
    if number is None:
        raise NotFound("The result has no such column.")
    parameters = Parameters()
    statement = f"SELECT cells ->> {int(number)}, count(*) {_rows(result, parameters)} GROUP BY 1 ORDER BY 1"
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters.values)
        return [(text, number) for text, number in cursor.fetchall()]


@task(every="17 * * * *")
def sweep() -> int:
    """Delete results that are past their time; says how many."""
    return KeptResult.objects.filter(expires_at__lt=Now()).delete()[0]


def _read(row: KeptResult | None, by: Actor) -> Result | None:
    if row is None or not set(row.rights) <= _rights(by):
        return None
    return Result(row.id, row.root, tuple(_columns(row.columns)), row.total, by)


def _rights(actor: Actor) -> set[str]:
    """What gives an actor rights, one text for each: more of them never hide anything."""
    found = {"administrator"} if actor.is_admin else set()
    for group in actor.groups:
        found.add(f"group {group.group}")
        found |= {f"group {group.group} {action.value} {element}" for element, actions in group.grants for action in actions}
    return found


def _rows(result: Result, parameters: Parameters) -> str:
    """Where the rows of a result come from: those whose thing may be read now. What is deleted was seen by who searched, and stays."""
    element = REGISTRY.element(result.root)
    kind, base = kind_of(element), f"FROM search_keptrow kept_ WHERE result_id = {parameters.put(result.id)}"
    if kind is kinds.WORKFLOW:  # deeds do not move; the right to see them is given by groups alone
        return base
    key, joined, asked, part = "t.key = kept_.thing::bigint", "", Node(kind, "t", element), None
    if kind is kinds.PROJECT:
        key = "t.id = kept_.thing"
    elif kind in (kinds.SCAN, kinds.RECONSTRUCTION):
        joined, part = "JOIN records_experiment s_ ON s_.key = t.session_id", "t.element"
        asked = Node(kinds.EXPERIMENT, "s_", REGISTRY.element(kinds.EXPERIMENT.element))
    seen = visible(result.by, asked, parameters, part=part)
    if seen == "TRUE":
        return base
    return f"{base} AND NOT EXISTS (SELECT 1 FROM {kind.table} t {joined} WHERE {key} AND ({seen}) IS NOT TRUE)"


def _columns(stored: Sequence[dict[str, Any]]) -> list[Column]:
    return [
        Column(**{
            **one, "sort": Sort(one["sort"]),
            "links": tuple(Link(each["name"], each["value"], tuple((a, b) for a, b in each["fields"])) for each in one["links"]),
        })
        for one in stored
    ]
