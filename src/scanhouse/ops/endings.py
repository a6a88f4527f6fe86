"""A process that can do its work no longer ends, so that whoever watches over it starts another: `scanhouse up`, granian, systemd."""
from __future__ import annotations

import logging
import os
import threading

from scanhouse.storage import disks

log = logging.getLogger(__name__)

GRACE = 2.0
"""Seconds in which those who wait are told that they were refused."""


def end_when_the_store_stops() -> threading.Thread:
    """Watch the stores of this process, in a thread. After a failed fsync a process must not believe a later one (`disks.FolderSync`);
    a new process knows of nothing that was lost, as that was never acknowledged."""
    thread = threading.Thread(target=_watch, name="store-watch", daemon=True)
    thread.start()
    return thread


def _watch() -> None:
    disks.stopped.wait()
    log.critical("The object store of this process acknowledges nothing any more, as a sync failed: the process ends. Check the disk and "
                 "the system log.")
    threading.Event().wait(GRACE)
    os._exit(1)
