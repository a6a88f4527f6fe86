"""Uploads from the page: one upload is a stream of batches of small files, and of large files in pieces that go on where they were.

    upload = begin(project, subject="", session="", then=Then.AS_PROJECT, by=by)
    batch(upload, tar, by=by)                    what became of each member, in order
    part = resume(upload, name, size, modified)  a large file; `offset(part)` says where to go on
    append(part, chunks, offset=0, by=by)        when it is whole a worker reads it (`read`)
    finish(upload)                               nothing more comes: its sessions are built now

An upload belongs to who began it. Staged pieces lie in the store's staging folder, so what nobody goes on with is swept up there.
"""
from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from scanhouse.access import actors, policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action, Place
from scanhouse.dicom.facts import Facts
from scanhouse.dicom.identity import clean_label
from scanhouse.errors import Broken, Busy, Conflict, Invalid, NotFound, ScanhouseError
from scanhouse.ingest import directory, jobs, prearchive, receive, renewal, uploads
from scanhouse.ingest.imports import ANY_SESSION, open_to
from scanhouse.ingest.models import ObjectState, PrearchiveSession, Received, Upload
from scanhouse.ingest.receive import Arrival, Origin
from scanhouse.ingest.routing import Given, route
from scanhouse.ingest.uploads import FOREIGN, SYNCS, Refused, Taken, Terms
from scanhouse.records import bytes as stored_bytes
from scanhouse.records import naming
from scanhouse.records.models import Instance, Project
from scanhouse.storage import archives
from scanhouse.storage.disks import answering
from scanhouse.storage.members import Bounds
from scanhouse.storage.staging import SUFFIX, Sealed, Staged

BATCH = Bounds(members=512, member_bytes=1 << 30, total_bytes=1 << 30)
"""A batch is answered while the page waits; the page sends 64 files or 8 MB at a time, or one file of up to 32 MB."""
LARGEST = 1 << 40
"""Bytes of one file in pieces."""
SHOWN = 100
"""Refused members that are named in an answer; all are in the ledger."""
READING = ("queued", "reading")
"""States of a part whose bytes are all here: what was acknowledged stays until it was read."""


class Then(StrEnum):
    """What is to become of the sessions when all has arrived."""

    AS_PROJECT = ""
    ARCHIVE = "archive"
    WAIT = "wait"


@dataclass(frozen=True)
class Outcome:
    """What became of one file of a batch: stored, known (it is here already), ignored (no DICOM) or refused, and why."""

    outcome: str
    why: str = ""


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


def begin(project: Project, *, subject: str, session: str, then: Then, by: Actor) -> Upload:
    """A new upload into a project. Empty subject and session: as the files say. Raises Forbidden."""
    policy.require(by, Action.CREATE, Place(project.id, ANY_SESSION))
    terms = {"project": project.id, "subject": clean_label(subject), "session": clean_label(session), "then": str(then)}
    return Upload.objects.create(terms=terms, created_by=by.login)


def find(id: str, *, by: Actor) -> Upload:
    """An upload of one's own. Raises NotFound."""
    return _own(by, pk=id, whole=None)


def batch(upload: Upload, file: BinaryIO, *, by: Actor) -> list[Outcome]:
    """Take in the members of a tar that lies open on disk, and answer what became of each, in order.

    Raises ArchiveRefused for a damaged one and Busy for a full disk; nothing of the batch counts as taken then, and it may be sent again.
    """
    _require(upload, by)
    terms, origin = _terms(upload, by), Origin("upload", by.login, by.login, upload.id)
    outcomes: list[Outcome | None] = []
    rules = (terms.rules, directory.site_rules())
    with ThreadPoolExecutor(SYNCS, thread_name_prefix="sync") as pool:
        sealed: list[tuple[int, str, Future[tuple[Sealed, Facts]]]] = []
        try:
            for number, member in enumerate(archives.members(file, name="batch.tar", bounds=BATCH)):
                outcomes.append(None if member.refused is None else _refused(origin, member.name, member.refused))
                if member.refused is None:
                    sealed.append((number, member.name, pool.submit(uploads.understand, _staged(member), rules)))
        except BaseException:
            _drop(sealed)
            raise
    arrivals: list[tuple[int, Arrival]] = []
    for number, name, future in sealed:
        try:
            bytes_, found = future.result()
        except Invalid as error:
            outcomes[number] = _refused(origin, name, error)
            continue
        where = route(found.text, terms.project_named, rules=rules, given=terms.given)
        arrivals.append((number, uploads.arrival(bytes_, found, where, origin, name, terms)))
    _enter(upload, arrivals, outcomes)
    return [outcome or Outcome("refused") for outcome in outcomes]


def resume(upload: Upload, name: str, size: int, modified: int, *, by: Actor) -> Upload:
    """The part for a large file: one that was begun before and broke off, in whichever upload of the same terms, or a new one.

    One whose bytes are all here, while nothing reads them, is read now: nothing of it has to be sent again.
    """
    _require(upload, by)
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
    return _own(by, pk=id, whole=upload)


def offset(part: Upload) -> int:
    """How many bytes of a part are here. What was swept up has to be sent again."""
    return part.size if part.state != "receiving" else _bytes_here(part)


def append(part: Upload, chunks: Iterable[bytes], *, offset: int, by: Actor) -> int:
    """Write a piece and answer where the file ends now; bytes of a piece that broke off stay. Raises Elsewhere."""
    _require(part, by)
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
        _require(part, by)
        with renewal.touched(part), open(_path(part), "rb") as file:
            taken = uploads.take(file, name=part.name, terms=_terms(part, by), login=by.login, store=stored_bytes.store(), upload=part,
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
        _remember(part, _sessions_of(part))
        _close(part, "failed", str(error), complete=isinstance(error, uploads.NothingTaken))
    else:
        part.refresh_from_db(fields=["whole"])  # it may have gone on in another upload meanwhile
        _remember(part, taken.sessions.values())
        prearchive.release(taken.sessions.values())
        _close(part, "done", "", complete=True)
        _path(part).unlink(missing_ok=True)


def finish(upload: Upload, *, by: Actor) -> None:
    """Nothing more comes: the sessions are built now instead of after a while, and go on as they should."""
    _require(upload, by)
    Upload.objects.filter(pk=upload.pk).update(state="done", complete=True, modified_at=timezone.now())
    keys = Upload.objects.get(pk=upload.pk).result
    receive.settle(keys, timedelta(0))
    prearchive.release(keys)


def keep_staged() -> None:
    """Make the bytes of parts that are still to be read young again, so that no sweep takes them."""
    for part in Upload.objects.filter(whole__isnull=False, state__in=READING):
        with suppress(FileNotFoundError):
            os.utime(_path(part))


def sessions(upload: Upload, *, by: Actor) -> list[PrearchiveSession]:
    """The sessions that an upload went into, those that have left the prearchive among them."""
    return list(policy.visible(by, PrearchiveSession.objects.filter(key__in=upload.result)).order_by("key"))


def _own(by: Actor, **facts: Any) -> Upload:
    found = Upload.objects.filter(created_by=by.login, **facts).first() if by.id is not None else None
    if found is None or not found.terms:
        raise NotFound("There is no such upload of yours. Reload the page and drop the files once more.")
    return found


def _require(upload: Upload, by: Actor) -> None:
    """Rights may have changed since it began."""
    policy.require(by, Action.CREATE, Place(upload.terms["project"], ANY_SESSION))


def _terms(upload: Upload, by: Actor) -> Terms:
    terms = upload.terms
    wish = {Then.ARCHIVE: True, Then.WAIT: False}.get(terms["then"])
    given = Given(project=terms["project"], subject=terms["subject"], session=terms["session"], auto_archive=wish)
    return Terms(given=given, skip=True, project_named=open_to(by))


def _staged(member: archives.Member) -> Staged:
    staged = stored_bytes.store().stage()
    try:
        for chunk in member.chunks():
            staged.write(chunk)
    except BaseException:
        staged.discard()
        raise
    return staged


def _drop(sealed: list[tuple[int, str, Future[tuple[Sealed, Facts]]]]) -> None:
    """What was staged of a batch that is refused leaves the disk."""
    for _, _, future in sealed:
        if not future.cancel() and future.exception() is None:
            future.result()[0].discard()


def _refused(origin: Origin, name: str, error: Invalid) -> Outcome:
    receive.refuse(origin, str(error), name=name)
    return Outcome("ignored" if isinstance(error, FOREIGN) else "refused", str(error))


def _enter(upload: Upload, arrivals: list[tuple[int, Arrival]], outcomes: list[Outcome | None]) -> None:
    known = _known([arrival for _, arrival in arrivals])
    keys: set[int] = set()
    entered = receive.enter_each([arrival for _, arrival in arrivals], stored_bytes.store()) if arrivals else []
    for (number, arrival), result in zip(arrivals, entered, strict=True):
        if isinstance(result, ScanhouseError):
            outcomes[number] = _refused(arrival.origin, arrival.name, result if isinstance(result, Invalid) else Invalid(str(result)))
            continue
        keys.add(result)
        outcomes[number] = Outcome("known" if _identity(arrival) in known else "stored")
    _remember(upload, keys)


def _identity(arrival: Arrival) -> tuple[str | None, str, str]:
    return arrival.route.project, arrival.facts.sop_instance_uid, arrival.sealed.key


def _known(arrivals: list[Arrival]) -> set[tuple[str | None, str, str]]:
    """Project, SOP Instance UID and object of what waits or is archived already."""
    objects = [arrival.sealed.key for arrival in arrivals]
    waiting = Received.objects.filter(object__in=objects, state=ObjectState.WAITING)
    archived = Instance.objects.filter(file__object__in=objects)
    return {
        *waiting.values_list("session__project", "sop_instance_uid", "object"),
        *archived.values_list("scan__session__project_id", "sop_instance_uid", "file__object"),
    }


def _remember(upload: Upload, keys: Iterable[int]) -> None:
    """Which sessions an upload went into. Batches come three at a time, so the row is locked."""
    if not (keys := set(keys)):
        return
    with transaction.atomic():
        row = Upload.objects.select_for_update().get(pk=upload.whole_id or upload.pk)
        row.result = sorted({*row.result, *keys})
        row.save(update_fields=["result"])


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
