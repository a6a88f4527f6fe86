"""Large files from the page, in pieces that go on where they were: parts of an upload (`web_uploads`).

    part = resume(upload, name, size, modified)  `offset(part)` says where to go on
    append(part, chunks, offset=0, by=by)        when it is whole a worker reads it (`read`)

Staged pieces lie in the store's staging folder, so what nobody goes on with is swept up there.
"""
from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from scanhouse.access import actors
from scanhouse.access.actors import Actor
from scanhouse.errors import Broken, Busy, Conflict, Invalid, ScanhouseError
from scanhouse.ingest import jobs, prearchive, renewal, uploads, web_uploads
from scanhouse.ingest.models import ObjectState, Received, Upload
from scanhouse.ingest.uploads import Refused, Taken
from scanhouse.records import bytes as stored_bytes
from scanhouse.records import naming
from scanhouse.storage.disks import answering
from scanhouse.storage.staging import SUFFIX

LARGEST = 1 << 40
"""Bytes of one file in pieces."""
SHOWN = 100
"""Refused members that are named in an answer; all are in the ledger."""
READING = ("queued", "reading")
"""States of a part whose bytes are all here: what was acknowledged stays until it was read."""


@dataclass(frozen=True)
class Progress:
    """How far a large file is: receiving, reading, done, refused, or failed by a fault of ours; counts by outcome; members that were not
    taken. `why`: why it was refused or failed, or why the reading has to wait."""

    state: str
    counts: dict[str, int]
    why: str
    refused: list[Refused]


class Elsewhere(Conflict):
    """A piece does not go on where the file ends. `offset` says where to go on."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        super().__init__(f"The file goes on at byte {offset}. Send it from there.")


def resume(upload: Upload, name: str, size: int, modified: int, *, by: Actor) -> Upload:
    """The part for a large file: one that was begun before and broke off, in whichever upload of the same terms, or a new one.

    One whose bytes are all here, while nothing reads them, is read now: nothing of it has to be sent again.
    """
    web_uploads.require(upload, by)
    if not 0 <= size <= LARGEST:
        raise Invalid(f"A file has at most {LARGEST >> 30} GB here. Send it in parts.")
    same = {"name": name[:255], "size": size, "modified": modified, "terms": upload.terms, "created_by": by.login}
    with transaction.atomic():
        naming.lock(f"Upload:{by.login}:{name[:255]}:{size}:{modified}")  # asked for twice at once, it is still one part
        part = _begun_before(same) or Upload(**same)
        part.whole = upload
        if part.state not in READING:
            part.state, part.message, part.modified_at = "receiving", "", timezone.now()
        part.save()
    have_read_if_whole(part)
    return part


def _begun_before(same: dict[str, Any]) -> Upload | None:
    """The part of this file that goes on, or one that failed by a fault of ours: the bytes of any other that failed are gone."""
    found = Upload.objects.select_for_update().filter(**same, whole__isnull=False)
    going = found.filter(state__in=("receiving", *READING)).first()
    return going or next((part for part in found.filter(state="failed").order_by("-created_at") if _is_here(part)), None)


def part_of(upload: Upload, id: str, *, by: Actor) -> Upload:
    """A part of an upload of one's own. Raises NotFound, also when it has gone on in another upload."""
    return web_uploads.own(by, pk=id, whole=upload)


def offset(part: Upload) -> int:
    """How many bytes of a part are here. What was swept up has to be sent again."""
    return part.size if part.state != "receiving" else _bytes_here(part)


def append(part: Upload, chunks: Iterable[bytes], *, offset: int, by: Actor) -> int:
    """Write a piece and answer where the file ends now; bytes of a piece that broke off stay. Raises Elsewhere."""
    web_uploads.require(part, by)
    if part.state != "receiving":
        raise Elsewhere(part.size)
    with answering("keep a piece of an upload", _path(part).parent), open(_path(part), "ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy("Another piece of this file is being written. Try again in a moment.", retry_after=1) from None
        end = os.fstat(file.fileno()).st_size
        if end != offset:
            raise Elsewhere(end)
        for chunk in chunks:
            end += len(chunk)
            if end > part.size:
                raise Invalid("More was sent than the file has. Drop it once more.")
            file.write(chunk)
        file.flush()
        os.fdatasync(file.fileno())  # the page forgets what it has sent, so it must outlive a power cut
    if end == part.size:
        _have_read(part)
    else:
        Upload.objects.filter(pk=part.pk).update(modified_at=timezone.now())
    return end


def have_read_if_whole(part: Upload) -> None:
    """Queue the reading of a part whose last byte is here, unless that was done: whoever wrote it may have been killed in between."""
    if part.state != "receiving" or _bytes_here(part) < part.size:
        return
    with answering("keep a piece of an upload", _path(part).parent), open(_path(part), "ab") as file:
        os.fdatasync(file.fileno())
    _have_read(part)
    part.refresh_from_db()


def progress(part: Upload) -> Progress:
    """How far a part is."""
    if part.state in ("receiving", *READING):
        return Progress("receiving" if part.state == "receiving" else "reading", _counts(part), part.message, [])
    named = Received.objects.filter(upload=part, state=ObjectState.REJECTED).order_by("key").values_list("name", "reason")[:SHOWN]
    refused = [Refused(name, reason) for name, reason in named]
    state = "done" if part.state == "done" else "failed" if _is_here(part) else "refused"
    return Progress(state, _counts(part), part.message, refused)


def read(id: str) -> None:
    """Take a part in: what a worker does. It may be done twice; what is here already is known then.

    What is a fault of ours is raised, and the bytes stay: the queue tries again, and afterwards `interruptions` sees to it.
    """
    part = Upload.objects.filter(pk=id, state__in=READING).first()
    if part is None:
        return
    _tell(part, Taken())
    try:
        by = actors.load(part.created_by)
        web_uploads.require(part, by)
        with renewal.touched(part), open(_path(part), "rb") as file:
            taken = uploads.take(file, name=part.name, terms=web_uploads.terms_of(part, by), login=by.login, store=stored_bytes.store(), upload=part,
                                 progress=lambda taken: _tell(part, taken))
    except Busy as error:
        _wait(part, "queued", str(error))
        raise
    except Broken as error:
        _wait(part, "reading", str(error))
        raise
    except FileNotFoundError:
        _close(part, "failed", "Its bytes are gone: it was not gone on with for a day. Send it again.")
        return
    except ScanhouseError as error:
        _path(part).unlink(missing_ok=True)  # first: of what failed, bytes that are here are to be read again
        web_uploads.remember(part, _sessions_of(part))
        _close(part, "failed", str(error), complete=isinstance(error, uploads.NothingTaken))
    else:
        part.refresh_from_db(fields=["whole"])  # it may have gone on in another upload meanwhile
        web_uploads.remember(part, taken.sessions.values())
        prearchive.release(taken.sessions.values())
        _close(part, "done", "", complete=True)
        _path(part).unlink(missing_ok=True)


def keep_staged() -> None:
    """Make the bytes of parts that are still to be read young again, so that no sweep takes them."""
    for part in Upload.objects.filter(whole__isnull=False, state__in=READING):
        with suppress(FileNotFoundError):
            os.utime(_path(part))


def _sessions_of(part: Upload) -> list[int]:
    found = Received.objects.filter(upload=part, session__isnull=False)
    return [key for key in found.values_list("session_id", flat=True).distinct() if key is not None]


def _have_read(part: Upload) -> None:
    """Queue the reading of a part that is whole; once, whoever sends the last piece."""
    with transaction.atomic():
        if Upload.objects.filter(pk=part.pk, state="receiving").update(state="queued", modified_at=timezone.now()):
            jobs.read_upload.defer(id=str(part.pk))


def _tell(part: Upload, taken: Taken) -> None:
    foreign = sum(refused.is_foreign for refused in taken.refused)
    Upload.objects.filter(pk=part.pk, state__in=READING).update(
        state="reading", members=taken.objects + len(taken.refused), taken=taken.objects, rejected=len(taken.refused), foreign=foreign,
        modified_at=timezone.now(),
    )  # fmt: skip


def _counts(part: Upload) -> dict[str, int]:
    """By outcome. What came earlier than the part was here already: the ledger keeps when it came first."""
    stored = Received.objects.filter(upload=part, session__isnull=False, received_at__gte=part.created_at).count()
    return {"stored": stored, "known": max(0, part.taken - stored), "ignored": part.foreign, "refused": part.rejected - part.foreign}


def _wait(part: Upload, state: str, why: str) -> None:
    Upload.objects.filter(pk=part.pk, state__in=READING).update(state=state, message=why, modified_at=timezone.now())


def _close(part: Upload, state: str, message: str, *, complete: bool = False) -> None:
    """Say how it ended, unless somebody else who read it has said so."""
    closed = {"state": state, "message": message, "complete": complete, "modified_at": timezone.now()}
    Upload.objects.filter(pk=part.pk, state__in=READING).update(**closed)


def _is_here(part: Upload) -> bool:
    return _path(part).is_file() and _bytes_here(part) == part.size


def _bytes_here(part: Upload) -> int:
    try:
        return _path(part).stat().st_size
    except FileNotFoundError:
        return 0


def _path(part: Upload) -> Path:
    return Path(settings.STAGING_DIR) / f"upload-{part.pk}{SUFFIX}"
