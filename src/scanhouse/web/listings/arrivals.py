"""What waits in the prearchive, with its counts."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.ingest.models import SessionState
from scanhouse.web import paging, sql
from scanhouse.web.paging import Ask, Page
from scanhouse.web.sql import Row

BUSY = (SessionState.RECEIVING, SessionState.BUILDING, SessionState.ARCHIVING, SessionState.MOVING, SessionState.DELETING)
"""States that go on by themselves."""
ATTENTION = (SessionState.CONFLICT, SessionState.ERROR)
"""States that wait for a person."""


@dataclass(frozen=True)
class ArrivalRow:
    key: int
    url: str
    label: str
    modalities: list[str]
    state: str
    reason: str
    project: str
    subject: str
    objects: int
    bytes: int
    received_at: datetime
    may_archive: bool


def page(actor: Actor, ask: Ask, *, project: str | None = None) -> tuple[list[ArrivalRow], Page]:
    """What waits, the newest first. `ask.others["state"]` may narrow it: a state, `busy` or `attention`."""
    seen, may = sql.arrivals_seen(actor), sql.arrivals_seen(actor, Action.EDIT)
    wanted: list[str] = ["true"]
    values: list[object] = []
    if project is not None:
        wanted.append("w.project = %s")
        values.append(project)
    if state := ask.others.get("state", ""):
        wanted.append("w.state = ANY(%s)")
        values.append(list({"busy": BUSY, "attention": ATTENTION}.get(state, (state,))))
    if ask.key.isascii() and ask.key.isdigit():
        wanted.append(f"w.key {'>' if ask.backwards else '<'} %s")
        values.append(int(ask.key))
    statement = sql.ARRIVALS.format(
        may=may.text, open=sql.OPEN, seen=seen.text, wanted=" AND ".join(wanted), way="ASC" if ask.backwards else "DESC"
    )
    found = sql.rows(statement, [*may.values, *seen.values, *values, paging.ROWS + 1])
    return paging.cut(ask, [_row(row) for row in found], lambda row: str(row.key))


def _row(row: Row) -> ArrivalRow:
    may_archive = row["may_edit"] and row["project"] is not None and row["state"] == SessionState.READY
    return ArrivalRow(
        row["key"], address(row["project"], row["timestamp"], row["folder"]), row["label"], sorted({m for m in row["modalities"] or () if m}),
        row["state"], row["reason"], row["project"] or "", row["subject"], row["objects"], row["bytes"], row["received_at"], may_archive,
    )  # fmt: skip


def address(project: str | None, timestamp: str, folder: str) -> str:
    return reverse("prearchive_session", args=[project or "Unassigned", timestamp, folder])


def tally(actor: Actor, *, project: str | None = None) -> dict[str, int]:
    """How many sessions wait in each state. Sessions leave the prearchive, so there are never many."""
    seen = sql.arrivals_seen(actor)
    within, values = ("true", []) if project is None else ("w.project = %s", [project])
    found = sql.rows(
        f"SELECT w.state, count(*) AS n FROM ingest_prearchivesession w WHERE w.state IN ({sql.OPEN}) AND {seen.text} AND {within} "
        "GROUP BY w.state", [*seen.values, *values],
    )  # fmt: skip
    return {row["state"]: row["n"] for row in found}
