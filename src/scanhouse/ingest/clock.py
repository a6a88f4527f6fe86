"""What moves by itself: sessions whose deadline is over. Any number of clocks may tick; each session is moved by one of them."""
from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from django.db import Error, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from scanhouse.ingest import work
from scanhouse.ingest.interruptions import end_interrupted_uploads, go_on_with_parts
from scanhouse.ingest.models import PrearchiveSession, SessionState
from scanhouse.ingest.states import ATTEMPTS, DEADLINES, Event, after

TICK = 1.0
"""Seconds between two looks. One indexed query, which finds nothing most of the time."""
BATCH = 100
"""Sessions moved in one tick."""
AGAIN = timedelta(minutes=1)
"""A session that cannot be moved is tried again after so long: it must hold up no other one, and fill no log."""

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
            try:
                with transaction.atomic():
                    _move(session)
            except (OperationalError, InterfaceError):
                raise
            except Exception:
                log.exception("The clock could not move session %s, which is %s; it tries again in a minute", session.key, session.state)
                PrearchiveSession.objects.filter(key=session.key).update(deadline=timezone.now() + AGAIN)
    return len(due)


def _move(session: PrearchiveSession) -> None:
    """One move by itself: on to the next step, once more, or to an error that says what to do."""
    if session.state == SessionState.RECEIVING:
        session.state, session.attempts = after(session.state, Event.QUIET), 0
    elif not work.waits(session):
        session.attempts += 1
        if session.attempts > ATTEMPTS or session.state not in (SessionState.BUILDING, SessionState.ARCHIVING):
            _fail(session)
            return
    work.request(session)
    session.deadline = timezone.now() + DEADLINES[SessionState(session.state)]
    session.modified_at = timezone.now()
    session.save(update_fields=["state", "deadline", "attempts", "modified_at"])


def _fail(session: PrearchiveSession) -> None:
    times = f"{ATTEMPTS} times" if session.attempts > ATTEMPTS else "in the middle"
    reason = f"{session.state} was interrupted {times}. Look at the worker's log, then rebuild, archive or delete the session again."
    work.stop(session.key, Event.FAILED, reason)


def run(stop: threading.Event) -> None:
    """Tick until told to stop. A database that is away is waited for; a defect is logged, and the clock goes on: nothing else would move."""

    def move() -> None:
        while tick() == BATCH and not stop.is_set():
            pass

    while not stop.wait(TICK):
        for look in (move, end_interrupted_uploads, go_on_with_parts):
            _guarded(look)
    connection.close()


def _guarded(look: Callable[[], object]) -> None:
    try:
        look()
    except Error as error:
        log.warning("The clock could not look at sessions or uploads (%s); it tries again.", type(error).__name__)
        connection.close()
    except Exception:
        log.exception("The clock could not move what is overdue; it tries again")
        connection.close()
