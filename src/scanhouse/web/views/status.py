"""Whether all parts work, for operators."""
from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from scanhouse.errors import Forbidden
from scanhouse.ingest import sums
from scanhouse.jobs import queue
from scanhouse.ops import health, heartbeats
from scanhouse.storage import disks
from scanhouse.web import page, words
from scanhouse.web.door import door

FRESH = 30.0
"""Seconds for which sums over the whole ledger are shown again: counting them reads all of it."""
NAMES = {
    "database": "Database", "store": "Object store", "dicom": "DICOM receiver", "worker": "Worker", "viewer": "Viewer",
    "database disk": "Disk of the database", "ingest": "Sessions on their way in", "dicom ports": "Ports of the DICOM receivers",
}  # fmt: skip

_lock = threading.Lock()
_counted: tuple[float, sums.Sums] | None = None


@door("GET", guests=False)
def status(request: HttpRequest) -> HttpResponseBase:
    if not page.actor(request).is_admin:
        raise Forbidden("The status of the site is for its administrators.")
    parts, works = health.check(), queue.health()
    ledger = _sums()
    return page.render(
        request, "status", checked_at=timezone.now(), parts=[_part(part) for part in parts],
        figures=[
            (words.size(disks.free_bytes(Path(settings.DATA_DIR) / "store")), "Free on the store's disk"), (f"{works.waiting:,}", "Jobs waiting"),
            (f"{works.doing:,}", "Jobs going on"), (f"{works.failed_last_day:,}", "Jobs failed since yesterday"),
        ],
        sums=[
            {"word": "Received", "count": f"{ledger.received:,}"}, {"word": "Archived", "count": f"{ledger.archived:,}"},
            {"word": "In progress", "count": f"{ledger.in_progress:,}"}, {"word": "Replaced by newer ones", "count": f"{ledger.superseded:,}"},
            {"word": "Rejected, with a reason", "count": f"{ledger.rejected:,}"}, {"word": "Deleted by people", "count": f"{ledger.deleted:,}"},
        ],
        add_up=ledger.add_up,
    )  # fmt: skip


def _part(part: health.Part) -> dict[str, Any]:
    detail = part.problem
    if not detail and part.name in ("dicom", "worker"):
        detail = words.many(len(heartbeats.living(part.name)), "process", "processes")
    return {"name": NAMES.get(part.name, part.name), "ok": part.works, "detail": detail}


def _sums() -> sums.Sums:
    global _counted
    with _lock:
        if _counted is None or time.monotonic() - _counted[0] > FRESH:
            _counted = (time.monotonic(), sums.count())
        return _counted[1]
