"""Work on sessions: asked for in the queue, watched while it goes on, and ended with the reason when it fails."""
from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils import timezone

from scanhouse.errors import Busy, ScanhouseError
from scanhouse.ingest.archive import ArchiveConflict
from scanhouse.ingest.build import locked
from scanhouse.ingest.models import ObjectState, PrearchiveSession, Received, SessionLog, SessionState
from scanhouse.ingest.renewal import renewed
from scanhouse.ingest.states import DEADLINES, OPEN, Event, after
from scanhouse.jobs import queue

COLLISIONS = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure, psycopg.errors.LockNotAvailable)
"""What the database answers to one of two who hold each other up: nothing of it was done, and it may well be done the next time."""

log = logging.getLogger(__name__)


def request(session: PrearchiveSession) -> None:
    """Put what a session waits for into the queue: building or archiving. The caller holds the lock on its row."""
    from scanhouse.ingest import jobs

    if session.state == SessionState.BUILDING:
        jobs.build.request(_name(session), key=session.key)
    elif session.state == SessionState.ARCHIVING:
        jobs.archive.request(_name(session), key=session.key)


def waits(session: PrearchiveSession) -> bool:
    """Whether that is still in the queue: then nothing was interrupted, the workers are just busy."""
    return queue.waits(_name(session))


def _name(session: PrearchiveSession) -> str:
    return f"{session.state} {session.key}"


@contextmanager
def working(key: int, state: SessionState) -> Iterator[None]:
    """Around a step of the session that is in `state`: its deadline is renewed, and what goes wrong is written down and raised.

    What may pass by itself (`Busy`) is tried again soon. While the database is away nothing can be written: the deadline sees to it.
    """
    try:
        with renewed(key, state):
            yield
    except ArchiveConflict as error:
        stop(key, Event.CONFLICTS, str(error), during=state)
        raise
    except Busy as error:
        postpone(key, error, during=state)
        raise
    except ScanhouseError as error:
        stop(key, Event.FAILED, str(error), during=state)
        raise
    except (OperationalError, InterfaceError) as error:
        if isinstance(error.__cause__, COLLISIONS):
            postpone(key, Busy("Somebody else was at work on the same things. It is tried again in a moment.", retry_after=1), during=state)
        raise
    except Exception as error:
        stop(key, Event.FAILED, f"{state} failed by a defect of ours ({type(error).__name__}). The log has the cause.", during=state)
        raise


def stop(key: int, event: Event, reason: str, *, during: SessionState | None = None) -> None:
    """A step could not be finished: the session waits for a person, and says why. Nothing happens when it is not `during` any more.

    While it was archived a new session may have been opened for the rest of its study. Then its objects join that one.
    """
    try:
        with transaction.atomic():
            _stop(key, event, reason, during)
    except IntegrityError:  # the other one was opened between look and save: now it is seen
        with transaction.atomic():
            _stop(key, event, reason, during)


def _stop(key: int, event: Event, reason: str, during: SessionState | None) -> None:
    session = locked(key)
    if session.state not in DEADLINES or session.state == SessionState.RECEIVING or during not in (None, session.state):
        return
    note(session, reason)
    other = open_for(session)
    if other is not None:
        join(session, other, reason)
        return
    session.state, session.reason, session.deadline, session.attempts = after(session.state, event), reason, None, 0
    save(session)


def postpone(key: int, error: Busy, *, during: SessionState) -> None:
    """A step could not be done now: the session stays where it is, says why, and is tried again by the clock."""
    with transaction.atomic():
        session = locked(key)
        if session.state == during:
            session.reason, session.attempts = str(error), 0
            session.deadline = timezone.now() + timedelta(seconds=error.retry_after)
            save(session)


def open_for(session: PrearchiveSession, project: str | None = None) -> PrearchiveSession | None:
    """Another session that is open for the same study and label in this project (or its own), locked."""
    others = PrearchiveSession.objects.select_for_update().filter(study_uid=session.study_uid, folder=session.folder, state__in=OPEN)
    return others.filter(project=project or session.project).exclude(key=session.key).first()


def join(session: PrearchiveSession, into: PrearchiveSession, reason: str) -> None:
    """Put the objects of a session into another one of the same study, which is then built anew. Both rows are locked by the caller."""
    here = Received.objects.filter(session=session, state__in=(ObjectState.WAITING, ObjectState.SUPERSEDED))
    doubles = Received.objects.filter(session=into, object__in=here.values("object"))
    doubles.filter(state=ObjectState.DELETED).update(state=ObjectState.WAITING, reason="")
    here.filter(object__in=doubles.values("object")).update(state=ObjectState.DELETED, reason="The same object is in the other session already.")
    here.update(session=into)
    session.state, session.reason, session.deadline = SessionState.DELETED, "Its objects joined another session of the same study.", None
    save(session)
    into.state, into.reason, into.attempts = after(into.state, Event.REBUILD), reason, 0
    into.received_at, into.deadline = timezone.now(), timezone.now() + DEADLINES[SessionState.BUILDING]
    save(into)
    note(into, f"The objects of {session.timestamp}/{session.folder} joined it. {reason}".strip())
    request(into)


def note(session: PrearchiveSession, entry: str) -> None:
    """A line for the session's log."""
    SessionLog.objects.create(session=session, entry=entry)


def save(session: PrearchiveSession) -> None:
    """Write a session that the caller has locked."""
    session.modified_at = timezone.now()
    session.save()
