"""Uploads from the page: one upload is a stream of batches of small files, and of large files in pieces (`parts`).

    upload = begin(project, subject="", session="", then=Then.AS_PROJECT, by=by)
    batch(upload, tar, by=by)    what became of each member, in order
    finish(upload, by=by)        nothing more comes: its sessions are built now

An upload belongs to who began it.
"""
from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action, Place
from scanhouse.dicom.facts import Facts
from scanhouse.dicom.identity import clean_label
from scanhouse.errors import Invalid, NotFound, ScanhouseError
from scanhouse.ingest import directory, prearchive, receive, uploads
from scanhouse.ingest.imports import ANY_SESSION, open_to
from scanhouse.ingest.models import ObjectState, PrearchiveSession, Received, Upload
from scanhouse.ingest.receive import Arrival, Origin
from scanhouse.ingest.routing import Given, route
from scanhouse.ingest.uploads import FOREIGN, SYNCS, Terms
from scanhouse.records import bytes as stored_bytes
from scanhouse.records.models import Instance, Project
from scanhouse.storage import archives
from scanhouse.storage.members import Bounds
from scanhouse.storage.staging import Sealed, Staged

BATCH = Bounds(members=512, member_bytes=1 << 30, total_bytes=1 << 30)
"""A batch is answered while the page waits; the page sends 64 files or 8 MB at a time, or one file of up to 32 MB."""


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


def begin(project: Project, *, subject: str, session: str, then: Then, by: Actor) -> Upload:
    """A new upload into a project. Empty subject and session: as the files say. Raises Forbidden."""
    policy.require(by, Action.CREATE, Place(project.id, ANY_SESSION))
    terms = {"project": project.id, "subject": clean_label(subject), "session": clean_label(session), "then": str(then)}
    return Upload.objects.create(terms=terms, created_by=by.login)


def find(id: str, *, by: Actor) -> Upload:
    """An upload of one's own. Raises NotFound."""
    return own(by, pk=id, whole=None)


def batch(upload: Upload, file: BinaryIO, *, by: Actor) -> list[Outcome]:
    """Take in the members of a tar that lies open on disk, and answer what became of each, in order.

    Raises ArchiveRefused for a damaged one and Busy for a full disk; nothing of the batch counts as taken then, and it may be sent again.
    """
    require(upload, by)
    terms, origin = terms_of(upload, by), Origin("upload", by.login, by.login, upload.id)
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


def finish(upload: Upload, *, by: Actor) -> None:
    """Nothing more comes: the sessions are built now instead of after a while, and go on as they should."""
    require(upload, by)
    Upload.objects.filter(pk=upload.pk).update(state="done", complete=True, modified_at=timezone.now())
    keys = Upload.objects.get(pk=upload.pk).result
    receive.settle(keys, timedelta(0))
    prearchive.release(keys)


def sessions(upload: Upload, *, by: Actor) -> list[PrearchiveSession]:
    """The sessions that an upload went into, those that have left the prearchive among them."""
    return list(policy.visible(by, PrearchiveSession.objects.filter(key__in=upload.result)).order_by("key"))


def own(by: Actor, **facts: Any) -> Upload:
    """The actor's upload with these facts. Raises NotFound."""
    found = Upload.objects.filter(created_by=by.login, **facts).first() if by.id is not None else None
    if found is None or not found.terms:
        raise NotFound("There is no such upload of yours. Reload the page and drop the files once more.")
    return found


def require(upload: Upload, by: Actor) -> None:
    """That the actor may still store into the project: rights may have changed since it began. Raises as `policy.require`."""
    policy.require(by, Action.CREATE, Place(upload.terms["project"], ANY_SESSION))


def terms_of(upload: Upload, by: Actor) -> Terms:
    """How the files of an upload are taken in."""
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
    remember(upload, keys)


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


def remember(upload: Upload, keys: Iterable[int]) -> None:
    """Which sessions an upload went into. Batches come three at a time, so the row is locked."""
    if not (keys := set(keys)):
        return
    with transaction.atomic():
        row = Upload.objects.select_for_update().get(pk=upload.whole_id or upload.pk)
        row.result = sorted({*row.result, *keys})
        row.save(update_fields=["result"])


