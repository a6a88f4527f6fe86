"""Signs of life: each long-running process renews a row, and health reads them."""
from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import Error, connection
from django.utils import timezone

from scanhouse.ops.models import Heartbeat

INTERVAL = 5.0
"""Seconds between two signs of life."""
OVERDUE = timedelta(seconds=20)
"""A process that was silent for longer counts as gone."""
FORGOTTEN = timedelta(minutes=10)
"""Rows of processes that ended without taking leave are removed after this."""

log = logging.getLogger(__name__)


def beat(part: str, facts: Callable[[], dict[str, Any]] = dict) -> Callable[[], None]:
    """Keep the sign of life of this process in a thread of its own. Returns the function that takes leave."""
    name = f"{part}@{socket.gethostname()}:{os.getpid()}"
    started, stop = timezone.now(), threading.Event()

    def run() -> None:
        while True:
            try:
                Heartbeat.objects.update_or_create(
                    process=name, defaults={"part": part, "started_at": started, "at": timezone.now(), "facts": facts()}
                )
                Heartbeat.objects.filter(at__lt=timezone.now() - FORGOTTEN).delete()
            except Error as error:  # the database may be away for a while; the next beat tells
                log.warning("No sign of life could be written: %s", type(error).__name__)
                connection.close()
            except Exception:
                # The door of this thread: a defect in one beat must not make a process that works look as if it were gone.
                log.exception("The sign of life of %s could not be given; it is tried again", name)
                connection.close()
            if stop.wait(INTERVAL):
                break
        try:
            Heartbeat.objects.filter(process=name).delete()
        except Error:
            log.warning("The sign of life could not be taken back; it will be overdue in %s", OVERDUE)
        connection.close()

    thread = threading.Thread(target=run, name="heartbeat", daemon=True)
    thread.start()

    def leave() -> None:
        stop.set()
        thread.join(2)

    return leave


def living(part: str) -> list[Heartbeat]:
    """Processes of this part that gave a sign of life lately."""
    return list(Heartbeat.objects.filter(part=part, at__gte=timezone.now() - OVERDUE))
