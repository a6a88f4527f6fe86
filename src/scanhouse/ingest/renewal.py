"""Deadlines that move while work goes on: a session is overdue, and an upload broken off, only when nobody works on it any more."""
from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import Error, connection
from django.utils import timezone

from scanhouse.ingest.models import PrearchiveSession, SessionState, Upload
from scanhouse.ingest.states import DEADLINES

INTERVAL = 5.0
"""Seconds between two renewals: three may fail before the shortest deadline is over. Shorter work renews nothing and costs nothing."""

log = logging.getLogger(__name__)


@contextmanager
def renewed(key: int, state: SessionState) -> Iterator[None]:
    """Renew the deadline of a session that is in `state` until the block ends."""
    own = PrearchiveSession.objects.filter(key=key, state=state, deadline__isnull=False)
    with _repeated(lambda: own.update(deadline=timezone.now() + DEADLINES[state]), f"session {key}"):
        yield


@contextmanager
def touched(upload: Upload) -> Iterator[None]:
    """Show that somebody works on an upload until the block ends."""
    with _repeated(lambda: Upload.objects.filter(pk=upload.pk).update(modified_at=timezone.now()), f"upload {upload.pk}"):
        yield


@contextmanager
def _repeated(renew: Callable[[], object], what: str) -> Iterator[None]:
    done = threading.Event()
    threading.Thread(target=_repeat, args=(renew, what, done), name=f"renewal of {what}", daemon=True).start()
    try:
        yield
    finally:
        done.set()


def _repeat(renew: Callable[[], object], what: str, done: threading.Event) -> None:
    while not done.wait(INTERVAL):
        try:
            renew()
        except Error as error:
            log.warning("The deadline of %s could not be renewed: %s", what, type(error).__name__)
        finally:
            connection.close()
