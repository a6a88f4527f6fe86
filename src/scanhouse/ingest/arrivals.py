"""A session of the prearchive as people look at it: also when it has left, with what was refused or kept aside beside it."""
from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.ingest.models import ObjectState, PrearchiveSession, Received, SessionLog, Upload
from scanhouse.ingest.states import OPEN

SHOWN = 200
"""Objects and lines of the log that are listed; the ledger has all."""


@dataclass(frozen=True)
class Named:
    """An object by its name, and what is said of it."""

    name: str
    why: str


@dataclass(frozen=True)
class Held:
    """What a session holds: objects that wait or were archived, their bytes, and by series how many."""

    objects: int
    bytes: int
    by_series: dict[str, int]
    rejected: list[Named]
    superseded: list[Named]


def find(actor: Actor, project: str | None, timestamp: str, folder: str) -> PrearchiveSession:
    """The session at an address, archived and deleted ones included; the newest where there were several. Missing and hidden: NotFound."""
    here = PrearchiveSession.objects.filter(project=project, timestamp=timestamp, folder=folder)
    seen = policy.visible(actor, here)
    if actor.id is not None and project is None:
        seen = seen | here.filter(created_by=actor.login)
    session = seen.order_by("-key").first()
    if session is None:
        raise policy.missing(PrearchiveSession)
    return session


def may_work(actor: Actor, session: PrearchiveSession) -> bool:
    """Whether the actor may archive, move or delete it now: rights, and a state that takes it."""
    own = actor.id is not None and session.project is None and session.created_by == actor.login
    return session.state in OPEN and (own or policy.allowed(actor, Action.EDIT, session))


def held(session: PrearchiveSession) -> Held:
    """What a session holds, and what came with it and was not taken."""
    there = Received.objects.filter(session=session, state__in=(ObjectState.WAITING, ObjectState.ARCHIVED))
    by_series = {row["series_uid"]: row for row in there.values("series_uid").annotate(bytes=Sum("size"), count=Count("key")).order_by()}
    sent = Upload.objects.filter(received__session=session).values("pk")
    together = Q(upload__in=sent) | Q(upload__whole__in=sent) | Q(upload__parts__in=sent)
    rejected = Received.objects.filter(together, state=ObjectState.REJECTED).distinct().order_by("key")
    aside = Received.objects.filter(session=session, state=ObjectState.SUPERSEDED).order_by("key")
    return Held(
        sum(row["count"] for row in by_series.values()), sum(row["bytes"] for row in by_series.values()),
        {uid: row["count"] for uid, row in by_series.items()}, _named(rejected), _named(aside),
    )  # fmt: skip


def log(session: PrearchiveSession) -> list[SessionLog]:
    """Lines of its log, the newest first."""
    return list(SessionLog.objects.filter(session=session).order_by("-id")[:SHOWN])


def _named(objects: QuerySet[Received]) -> list[Named]:
    return [Named(row.name or row.sop_instance_uid, row.reason) for row in objects[:SHOWN]]
