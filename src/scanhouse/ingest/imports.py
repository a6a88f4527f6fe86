"""An import over HTTP from the first byte to the last word: taken in, then built or archived as it was asked, with its progress in a row.

`uploads` says what becomes of the members; here it is decided how far their sessions go.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import BinaryIO

from django.utils import timezone

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action, Place
from scanhouse.errors import Conflict, Invalid, ScanhouseError
from scanhouse.ingest import directory, prearchive, receive, renewal, sql, uploads
from scanhouse.ingest.models import PrearchiveSession, Upload
from scanhouse.ingest.routing import NOTHING_GIVEN, Given
from scanhouse.ingest.states import SETTLE
from scanhouse.ingest.uploads import Taken, Terms
from scanhouse.records import bytes as stored_bytes
from scanhouse.records import preferences, states
from scanhouse.records.models import Experiment
from scanhouse.records.states import QUARANTINE

ANY_SESSION = "xnat:imageSessionData"
"""Stands for what a session turns out to be: rights are asked for before it is known."""


class Goal(StrEnum):
    """How far an import goes before it is answered."""

    ARCHIVE = "archive"
    """Into the archive."""
    BUILD = "build"
    """Into the prearchive, with its scans and values worked out."""
    FINISH = "finish"
    """Built, and archived where the session or its project says so; what cannot be archived stays in the prearchive, with the reason."""
    WAIT = "wait"
    """Into the prearchive; it is built when nothing has come for a while."""


@dataclass(frozen=True)
class Order:
    """What the sender wants. `address`: (timestamp, folder) of a session in the prearchive, joined by objects of any study where
    `many_studies`. `one_session`: more than one in the upload is refused."""

    goal: Goal = Goal.WAIT
    given: Given = NOTHING_GIVEN
    address: tuple[str, str] | None = None
    many_studies: bool = True
    one_session: bool = False
    overwrite: str = ""
    overwrite_files: bool = False
    rename: bool = False
    source: str = "upload"
    """How the ledger calls it; `file_names.SESSION` where files keep their names and repeated ones get a number."""
    skip: bool = False
    quarantine: bool = False
    options: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """Where the data are now, and what was refused."""

    experiments: tuple[Experiment, ...]
    sessions: tuple[PrearchiveSession, ...]
    taken: Taken


class SeveralSessions(Invalid):
    """An upload that was to be one session holds more."""

    def __init__(self) -> None:
        super().__init__("Upload included files for multiple imaging sessions.")


class OtherStudy(Invalid):
    """A session in the prearchive was named for objects of another study."""

    def __init__(self) -> None:
        super().__init__("The session that was named holds another study. Name another place in the prearchive.")


def begin(name: str, *, size: int = 0, transaction: str = "", by: Actor) -> Upload:
    """The row of an import, in which its progress can be followed under `transaction`."""
    return Upload.objects.create(name=name[:255], size=size, transaction=transaction[:255], created_by=by.login)


def carry_out(file: BinaryIO, order: Order, *, upload: Upload, by: Actor) -> Outcome:
    """Import a file that lies open on disk. Raises what `uploads.take` and `prearchive.archive` raise; the row then says so."""
    try:
        with renewal.touched(upload):
            taken = _take(file, order, upload, by)
            _tell(upload, "building", taken)
            outcome = _finish(order, taken, by)
    except ScanhouseError as error:
        failed(upload, str(error))
        raise
    return outcome


def done(upload: Upload, addresses: list[str]) -> None:
    """Close the row with the addresses of what the import has made."""
    Upload.objects.filter(pk=upload.pk).update(state="done", result=addresses, modified_at=timezone.now())


def failed(upload: Upload, message: str) -> None:
    """Close the row: the import was refused, for this reason."""
    Upload.objects.filter(pk=upload.pk).update(state="failed", message=message, modified_at=timezone.now())


def of(transaction: str, *, by: Actor) -> Upload | None:
    """The newest import of the caller's own under this name."""
    return Upload.objects.filter(transaction=transaction, created_by=by.login).order_by("-created_at").first() if by.id is not None else None


def _take(file: BinaryIO, order: Order, upload: Upload, by: Actor) -> Taken:
    address = None
    if order.address is not None:
        there = uploads.existing(order.given.project, *order.address)
        address = there if order.many_studies else receive.Address(*order.address)
    terms = Terms(
        given=order.given, address=address, overwrite=order.overwrite, options=dict(order.options), rename=order.rename, skip=order.skip,
        source=order.source, project_named=open_to(by),
    )  # fmt: skip
    _tell(upload, "reading", Taken())
    try:
        return uploads.take(file, name=upload.name, terms=terms, login=by.login, store=stored_bytes.store(), upload=upload,
                            progress=lambda taken: _tell(upload, "reading", taken))
    except sql.AddressTaken:
        raise OtherStudy from None


def open_to(by: Actor) -> Callable[[str], str | None]:
    """Finds a project by ID or alias, if the sender may put sessions into it: a header must not lead where its sender may not go."""
    known: dict[str, bool] = {}

    def named(name: str) -> str | None:
        found = directory.project_named(name)
        if found is not None and found not in known:
            known[found] = policy.allowed(by, Action.CREATE, Place(found, ANY_SESSION))
        return found if found is not None and known[found] else None

    return named


def _finish(order: Order, taken: Taken, by: Actor) -> Outcome:
    keys = sorted(set(taken.sessions.values()))
    sessions = list(PrearchiveSession.objects.filter(key__in=keys).order_by("key"))
    if order.one_session and order.goal is Goal.ARCHIVE and len(sessions) > 1:
        receive.settle(keys, SETTLE)
        prearchive.release(keys)
        raise SeveralSessions
    if order.goal is Goal.WAIT:
        quiet = timedelta(minutes=preferences.get("sessionXmlRebuilderInterval"))
        at_once = order.given.auto_archive and not order.options.get("direct_archive")
        receive.settle(keys, SETTLE if at_once else quiet)
        prearchive.release(keys)
        return Outcome((), tuple(sessions), taken)
    experiments, left = [], []
    for session in sessions:
        if order.goal is Goal.ARCHIVE:
            experiments.append(_archive(session, order, by))
            continue
        built = prearchive.rebuild(session, by=by)
        experiment = _archive_if_wanted(built, order, by) if order.goal is Goal.FINISH else None
        if experiment is None:
            left.append(PrearchiveSession.objects.get(key=session.key))
        else:
            experiments.append(experiment)
    return Outcome(tuple(experiments), tuple(left), taken)


def _archive(session: PrearchiveSession, order: Order, by: Actor) -> Experiment:
    wish = prearchive.wish_for(order.overwrite, overwrite_files=order.overwrite_files, may_merge=bool(order.overwrite))
    experiment = prearchive.archive(session, by=by, wish=wish)
    if order.quarantine:
        states.set_status(experiment, QUARANTINE, by=by)
    return experiment


def _archive_if_wanted(session: PrearchiveSession, order: Order, by: Actor) -> Experiment | None:
    """Archive a built session that archives itself. A conflict is no failure of the import: the session waits, and says why."""
    if not prearchive.archives_itself(session):
        return None
    try:
        return prearchive.archive(session, by=by, wish=prearchive.wish_of(session))
    except (Conflict, Invalid):
        return None


def _tell(upload: Upload, state: str, taken: Taken) -> None:
    refused = len(taken.refused)
    Upload.objects.filter(pk=upload.pk).update(
        state=state, members=taken.objects + refused, taken=taken.objects, rejected=refused, modified_at=timezone.now()
    )
