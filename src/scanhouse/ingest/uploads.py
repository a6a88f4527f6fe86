"""Archives and files sent over HTTP: taken apart member by member, each object staged, understood, routed and entered in groups.

Members that are no DICOM are refused one by one, with the reason in the ledger; nothing of an archive is ever whole in memory.
"""
from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.conf import settings

from scanhouse.dicom.facts import HEAD_LENGTH, Facts, beginning, facts, read_facts
from scanhouse.dicom.frames import check_fragments
from scanhouse.dicom.refusals import HeadTooShort, NotAnInstance, NotDicom
from scanhouse.errors import Invalid, ScanhouseError
from scanhouse.ingest import directory
from scanhouse.ingest.models import PrearchiveSession, Upload
from scanhouse.ingest.receive import Address, Arrival, Origin, enter_each, refuse
from scanhouse.ingest.routing import NOTHING_GIVEN, Given, Route, Rules, route
from scanhouse.ingest.states import OPEN
from scanhouse.storage import archives, names
from scanhouse.storage.members import Bounds
from scanhouse.storage.staging import Sealed, Staged
from scanhouse.storage.store import ObjectStore

GROUP = 128
"""Objects entered at once: one folder sync and one statement for all."""
SYNCS = 4
"""Members unpacked, digested and synced at the same time: enough for four cores, and the disk sorts files better than we could."""
AHEAD = 32
"""Members begun beyond the group that is being entered; bounds memory and open files."""
FOREIGN = (NotDicom, NotAnInstance)
DIRECTORY_NAMES = ("DICOMDIR", ".DS_Store", "Thumbs.db")
"""Members that come with folders of DICOM and are none."""


@dataclass(frozen=True)
class Terms:
    """What the sender asked for. `address` names a session in the prearchive; `rename` gives files the site's names instead of theirs;
    `skip` leaves out what is no DICOM without complaint; `rules` are routing expressions beside the site's. `project_named` answers the
    ID of the project with this ID or alias, if the sender may put data into it, else None."""

    given: Given = NOTHING_GIVEN
    address: Address | None = None
    overwrite: str = ""
    options: dict[str, object] = field(default_factory=dict)
    rename: bool = False
    skip: bool = False
    nested: bool = True
    source: str = "upload"
    rules: Rules = field(default_factory=Rules)
    project_named: Callable[[str], str | None] = directory.project_named


@dataclass(frozen=True)
class Refused:
    """A member that was not taken. `is_foreign`: it is no DICOM instance at all, so leaving it out loses nothing."""

    name: str
    reason: str
    is_foreign: bool = False


@dataclass
class Taken:
    """What became of an upload: keys of the sessions it went into, objects taken, members refused."""

    sessions: dict[tuple[str | None, str, str], int] = field(default_factory=dict)
    objects: int = 0
    refused: list[Refused] = field(default_factory=list)


class NothingTaken(Invalid):
    """No member of the upload was DICOM."""

    def __init__(self, taken: Taken) -> None:
        self.taken = taken
        first = f" The first of them: {taken.refused[0].name}: {taken.refused[0].reason}" if taken.refused else ""
        super().__init__(f"Upload did not include parsable files for session generation.{first}")


class UnreadableMember(Invalid):
    """A member is no DICOM, and the sender did not ask to skip such ones."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(f"unable to read DICOM object {name}: {reason}")


def take(
    file: BinaryIO, *, name: str, terms: Terms, login: str, store: ObjectStore, upload: Upload | None = None,
    progress: Callable[[Taken], None] = lambda taken: None, bounds: Bounds | None = None,
) -> Taken:  # fmt: skip
    """Take in an archive, or a single file, that lies open on disk. Answers what became of it.

    Raises `NothingTaken`, `ArchiveRefused` for a damaged or hostile archive (what had been taken until then stays, in its session), and
    `UnreadableMember` when a member is no DICOM and `terms.skip` is not set: then nothing is taken.
    """
    if not terms.skip:
        _look_through(file, name, terms, bounds)
    origin = Origin(terms.source, login, login, None if upload is None else upload.id)
    taken = Taken()
    site = directory.site_rules()
    window: deque[tuple[str, Future[tuple[Sealed, Facts]]]] = deque()
    group: list[Arrival] = []

    def collect(limit: int) -> None:
        while len(window) > limit:
            member, future = window.popleft()
            try:
                sealed, found = future.result()
            except archives.ArchiveRefused:
                raise
            except archives.MemberRefused as error:
                _refuse(taken, origin, member, error.reason)
                continue
            except Invalid as error:
                _refuse(taken, origin, member, str(error), is_foreign=isinstance(error, FOREIGN))
                continue
            where = route(found.text, terms.project_named, rules=(terms.rules, site), given=terms.given)
            group.append(arrival(sealed, found, where, origin, member, terms))
            if len(group) >= GROUP:
                _enter(group, taken, store)
                progress(taken)

    with ThreadPoolExecutor(SYNCS, thread_name_prefix="sync") as pool:
        try:
            try:
                for member in _listed(file, name, terms, bounds):
                    if member.reason is not None:
                        _refuse(taken, origin, member.name, member.reason)
                    elif member.apart:
                        window.append((member.name, pool.submit(_receive, store, member, (terms.rules, site))))
                    elif (staged := _stage(store, member, taken, origin)) is not None:
                        window.append((member.name, pool.submit(understand, staged, (terms.rules, site))))
                    collect(AHEAD)
            except archives.ArchiveRefused:
                collect(0)  # damaged in the middle: what came before is kept, and the session knows that it is not all
                _enter(group, taken, store)
                raise
            collect(0)
            _enter(group, taken, store)
        finally:
            _drop(window, group)
    progress(taken)
    if upload is not None:
        Upload.objects.filter(pk=upload.pk).update(complete=True)
    if not taken.objects:
        raise NothingTaken(taken)
    return taken


def existing(project: str | None, timestamp: str, folder: str) -> Address:
    """The address of a session that may be there already: then objects of any study join it."""
    found = PrearchiveSession.objects.filter(project=project, timestamp=timestamp, folder=folder, state__in=OPEN).first()
    return Address(timestamp, folder, "" if found is None else found.study_uid)


def _look_through(file: BinaryIO, name: str, terms: Terms, bounds: Bounds | None) -> None:
    """Find the first member that is no DICOM before anything is taken. Only how each begins is looked at, which costs little; one that
    begins as DICOM and turns out to be damaged is refused by itself later."""
    for member in _listed(file, name, terms, bounds):
        reason = member.reason
        if reason is None:
            try:
                beginning(next(member.chunks, b""))
                continue
            except HeadTooShort:
                continue  # long meta information is none the worse for it
            except archives.MemberRefused as error:
                reason = error.reason
            except Invalid as error:
                reason = str(error)
        raise UnreadableMember(member.name, reason or "")
    file.seek(0)


class _Listed(NamedTuple):
    """A member: its name, in which all can be seen and stored; its content once, or the reason why it may not be read. `apart`: it may be
    read while others are, in any thread."""

    name: str
    chunks: Iterator[bytes]
    reason: str | None = None
    apart: bool = False


def _listed(file: BinaryIO, name: str, terms: Terms, bounds: Bounds | None) -> Iterator[_Listed]:
    """Members worth a look. A file that is no archive is its own only member."""
    found = archives.kind(os.pread(file.fileno(), 512, 0))
    if found is None and not name.lower().endswith((".zip", ".tar", ".tgz", ".tar.gz")):
        yield _Listed(names.visible(name), _chunks(file))
        return
    for member in archives.members(file, name=name, bounds=bounds, nested=terms.nested, spool=Path(settings.STAGING_DIR)):
        plain = member.name.rpartition("/")[2]
        if plain in DIRECTORY_NAMES or plain.startswith("._") or "__MACOSX/" in member.name or plain.endswith("_catalog.xml"):
            continue
        # Members of a zip lie at places of their own; those of archives inside it are gone when the next one is asked for.
        apart = found is archives.Kind.ZIP and "!/" not in member.name
        yield _Listed(names.visible(member.name), member.chunks(), None if member.refused is None else member.refused.reason, apart)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(1 << 20):
        yield chunk


def _receive(store: ObjectStore, member: _Listed, rules: tuple[Rules, ...]) -> tuple[Sealed, Facts]:
    """Stage a member and understand it, all in one thread. Raises `MemberRefused` too."""
    return understand(_written(store, member), rules)


def _stage(store: ObjectStore, member: _Listed, taken: Taken, origin: Origin) -> Staged | None:
    """Stage a member that must be read before the next one is asked for; None when it is refused."""
    try:
        return _written(store, member)
    except archives.MemberRefused as error:
        _refuse(taken, origin, member.name, error.reason)
        return None


def _written(store: ObjectStore, member: _Listed) -> Staged:
    staged = store.stage()
    try:
        for chunk in member.chunks:
            staged.write(chunk)
    except BaseException:
        staged.discard()
        raise
    return staged


def understand(staged: Staged, rules: tuple[Rules, ...]) -> tuple[Sealed, Facts]:
    """Read what routing and the ledger need from a staged object, and seal it. Raises the refusals of `dicom`; then it is dropped."""
    extra = sorted(frozenset().union(*(rule.tags() for rule in rules)))
    try:
        try:
            found = facts(staged.read(0, HEAD_LENGTH), size=staged.size, extra=extra)
        except HeadTooShort:
            found = read_facts(staged.path, extra=extra)
        check_fragments(staged.read, found, size=staged.size)
        return staged.seal(), found
    except BaseException:
        staged.discard()
        raise


def arrival(sealed: Sealed, found: Facts, where: Route, origin: Origin, member: str, terms: Terms) -> Arrival:
    """An understood object with its destination, ready to be entered."""
    name = "" if terms.rename else names.visible(member.rpartition("!/")[2])
    return Arrival(sealed, found, where, origin, name, terms.address, terms.overwrite, dict(terms.options))


def _enter(group: list[Arrival], taken: Taken, store: ObjectStore) -> None:
    """Enter the group. An object that is refused does not take the others along."""
    for arrival, outcome in zip(group, enter_each(group, store) if group else [], strict=True):
        if isinstance(outcome, ScanhouseError):
            _refuse(taken, arrival.origin, arrival.name, str(outcome))
        else:
            taken.sessions[arrival.session] = outcome
            taken.objects += 1
    group.clear()


def _drop(window: deque[tuple[str, Future[tuple[Sealed, Facts]]]], group: list[Arrival]) -> None:
    """What was staged and not entered leaves the disk now: when it is full, that room is needed."""
    for _, future in window:
        if not future.cancel() and future.exception() is None:
            future.result()[0].discard()
    for arrival in group:
        arrival.sealed.discard()


def _refuse(taken: Taken, origin: Origin, name: str, reason: str, *, is_foreign: bool = False) -> None:
    taken.refused.append(Refused(name, reason, is_foreign))
    refuse(origin, reason, name=name)
