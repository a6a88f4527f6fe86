"""What moves by itself: sessions whose deadline is over. Any number of clocks may tick; each session is moved by one of them."""
from __future__ import annotations

import logging
import threading

from django.db import Error, connection, transaction
from django.utils import timezone

from scanhouse.ingest import jobs, prearchive
from scanhouse.ingest.models import PrearchiveSession, SessionState
from scanhouse.ingest.states import ATTEMPTS, DEADLINES, Event, after

TICK = 1.0
"""Seconds between two looks. One indexed query, which finds nothing most of the time."""
BATCH = 100
"""Sessions moved in one tick."""

log = logging.getLogger(__name__)


def tick() -> int:
    """Move the sessions whose deadline is over; says how many."""
    with transaction.atomic():
        due = list(
            PrearchiveSession.objects.select_for_update(skip_locked=True)
            .filter(state__in=list(DEADLINES), deadline__lt=timezone.now())
            .order_by("deadline")[:BATCH]
        )
        for session in due:
            _move(session)
    return len(due)


def _move(session: PrearchiveSession) -> None:
    event = Event.QUIET if session.state == SessionState.RECEIVING else Event.OVERDUE
    if event is Event.OVERDUE:
        session.attempts += 1
        if session.attempts > ATTEMPTS:
            event = Event.FAILED
    before, session.state = session.state, after(session.state, event)
    if event is Event.FAILED:
        session.reason = f"{before} was interrupted {ATTEMPTS} times. Look at the worker's log, then rebuild or archive the session again."
        prearchive.log(session, session.reason)
    if session.state == SessionState.READY:  # archiving was interrupted: once more, as it was asked for
        session.state = after(session.state, Event.ARCHIVE)
        jobs.archive.defer(key=session.key, login=session.created_by)
    elif session.state == SessionState.BUILDING:
        jobs.build.defer(key=session.key)
    elif session.state == SessionState.DELETING:
        session.state = SessionState.ERROR
        session.reason = "Deleting was interrupted. Delete the session again."
    deadline = DEADLINES.get(SessionState(session.state))
    session.deadline = None if deadline is None else timezone.now() + deadline
    session.modified_at = timezone.now()
    session.save(update_fields=["state", "deadline", "attempts", "reason", "modified_at"])


def run(stop: threading.Event) -> None:
    """Tick until told to stop. A database that is away is waited for."""
    while not stop.wait(TICK):
        try:
            while tick() == BATCH:
                pass
        except Error as error:
            log.warning("The clock could not look at the sessions (%s); it tries again.", type(error).__name__)
            connection.close()
    connection.close()
