"""Uploads whose process is gone: nothing of them is left to wait for something that nobody does.

One that came in one request has failed, as its bytes are gone with that request. Of a large file from the page (a part) the bytes are
here: it is read again, or said to have failed where reading it does not help.
"""
from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from scanhouse.errors import ScanhouseError
from scanhouse.ingest import jobs, parts
from scanhouse.ingest.models import Upload

SILENT = timedelta(seconds=30)
"""An upload whose row was not touched for so long belongs to nobody. Whoever reads one touches it every few seconds (`renewal`)."""
LOOKED_FOR = timedelta(days=7)
"""How long after its last piece a part is looked at for being whole: longer than an archive is down. Whoever sends it again finds out too."""
STILL_HERE = "Its bytes are still here: send it again within a day, and it is read again at once."

log = logging.getLogger(__name__)


def end_interrupted_uploads() -> int:
    """Close the rows of uploads that nobody reads any more; says how many. What they brought is in their sessions (`complete` is false)."""
    return _silent().filter(whole__isnull=True, state__in=("reading", "building")).update(
        state="failed", message="The archive was stopped in the middle of this upload. Send it again.", modified_at=timezone.now()
    )  # fmt: skip


def go_on_with_parts() -> int:
    """See to large files that are here as a whole while no job reads them; says to how many.

    They are queued where nobody came to do that, and again where the job ended since something was `Busy` for long, as a full disk is.
    Where it ended in another way (it was killed, or failed, as often as the queue tries) they fail, and say why.
    """
    whole = _silent().filter(whole__isnull=False)
    for part in whole.filter(state="receiving", modified_at__gt=timezone.now() - LOOKED_FOR):
        try:
            parts.have_read_if_whole(part)
        except ScanhouseError as error:
            log.warning("Upload %s could not be queued to be read: %s", part.pk, error)
    keys = set(whole.filter(state__in=parts.READING).values_list("pk", flat=True))
    return sum(map(_go_on, sorted(keys - _in_the_queue()))) if keys else 0


def _go_on(key: UUID) -> bool:
    """What comes next for one part, by the one clock that has its row. It is looked at anew: somebody may just have gone on."""
    with transaction.atomic():
        part = _silent().filter(pk=key, state__in=parts.READING).select_for_update(skip_locked=True).first()
        if part is None or key in _in_the_queue():
            return False
        if part.state == "queued":
            jobs.read_upload.defer(id=str(part.pk))
        else:
            why = part.message or "Reading it was interrupted or failed time and again. The worker's log has the cause."
            part.state, part.message = "failed", f"{why} {STILL_HERE}"
        part.modified_at = timezone.now()
        part.save(update_fields=["state", "message", "modified_at"])
    return True


def _in_the_queue() -> set[UUID]:
    return {UUID(arguments["id"]) for arguments in jobs.read_upload.pending()}


def _silent() -> QuerySet[Upload]:
    return Upload.objects.filter(modified_at__lt=timezone.now() - SILENT)
