"""How incoming scans meet a session that is in the archive: a plan, or the conflicts that stand against it (4.2, 4.5, 7.4).

Pure: facts in, decision out. Nothing is overwritten that the sender did not ask to overwrite.
"""
from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain, count


class Overwrite(StrEnum):
    """What may happen to what is there. The words are XNAT's."""

    NONE = ""
    """Nothing: a session that exists is a conflict."""
    APPEND = "append"
    """Scans and files may be added, none replaced."""
    DELETE = "delete"
    """What comes replaces what has the same SOP Instance UID or name."""


@dataclass(frozen=True)
class Wish:
    """How to merge. `same_is_fine`: an object that is there already, byte for byte, changes nothing instead of clashing."""

    overwrite: Overwrite = Overwrite.NONE
    overwrite_files: bool = False
    same_is_fine: bool = False
    may_merge: bool = True
    """False where an existing session is a conflict in itself (an import without `overwrite`)."""
    across_modalities: bool = False
    """True where data of another modality may join (site preference `preventCrossModalityMerge` off)."""

    @property
    def replaces(self) -> bool:
        return self.overwrite is Overwrite.DELETE or self.overwrite_files


@dataclass(frozen=True)
class Stored:
    """A DICOM file of an archived scan."""

    file: int
    resource: str
    path: str
    sop_instance_uid: str
    object: str


@dataclass(frozen=True)
class OldScan:
    key: int
    id: str
    uid: str
    files: tuple[Stored, ...] = ()


@dataclass(frozen=True)
class Old:
    """The session in the archive."""

    label: str
    element: str
    subject: str
    study_uid: str
    scans: tuple[OldScan, ...] = ()


@dataclass(frozen=True)
class NewFile:
    """An object on its way: the ledger's row, its resource and its wished name."""

    received: int
    resource: str
    path: str
    fallback: str
    """Name made of its UIDs, taken when another instance has the wished one."""
    sop_instance_uid: str
    object: str


@dataclass(frozen=True)
class NewScan:
    id: str
    uid: str
    modality: str
    files: tuple[NewFile, ...]


@dataclass(frozen=True)
class New:
    """The session on its way."""

    element: str
    subject: str
    study_uid: str
    scans: tuple[NewScan, ...]


@dataclass
class Plan:
    """What to do. `scans`: for each incoming scan the key of the scan it joins or None, and its ID."""

    scans: list[tuple[NewScan, int | None, str]] = field(default_factory=list)
    add: list[tuple[NewFile, str]] = field(default_factory=list)
    """Files with the name each gets."""
    replace: list[int] = field(default_factory=list)
    """Keys of file rows that go."""
    same: list[int] = field(default_factory=list)
    """Ledger rows whose object is in its place already."""
    conflicts: list[str] = field(default_factory=list)


def plan(new: New, old: Old | None, wish: Wish) -> Plan:
    """Plan the merge. When `conflicts` is not empty nothing else of the plan may be carried out."""
    result = Plan()
    if old is not None:
        _compare_sessions(new, old, wish, result)
    by_uid = {scan.uid: scan for scan in (old.scans if old else ()) if scan.uid}
    taken = {scan.id for scan in (old.scans if old else ())}
    for scan in new.scans:
        there = by_uid.get(scan.uid)
        identifier = there.id if there else _free_id(scan, taken)
        if there and _number(there.id, scan) != _number(scan.id, scan) and not wish.replaces:
            result.conflicts.append(f"Scan {there.id}: the same series comes with the number {scan.id}. Archive with overwrite to add it there.")
        taken.add(identifier)
        result.scans.append((scan, there.key if there else None, identifier))
        _merge_files(scan, there.files if there else (), wish, result)
    return result


def _compare_sessions(new: New, old: Old, wish: Wish, result: Plan) -> None:
    if not wish.may_merge:
        result.conflicts.append("Session already exists, retry with overwrite enabled")
    if new.subject != old.subject:
        result.conflicts.append("Invalid modification of session subject via archive process.")
    if new.study_uid and old.study_uid and new.study_uid != old.study_uid and wish.overwrite is not Overwrite.DELETE:
        result.conflicts.append("Invalid modification of session UID via archive process.")
    if new.element != old.element and not (wish.overwrite is Overwrite.DELETE and wish.across_modalities):
        result.conflicts.append("Invalid modification of session modality via archive process.")


def _merge_files(scan: NewScan, there: Iterable[Stored], wish: Wish, result: Plan) -> None:
    by_uid = {file.sop_instance_uid: file for file in there}
    names = {(file.resource, file.path): file.sop_instance_uid for file in there}
    clashes = 0
    for file in scan.files:
        old = by_uid.get(file.sop_instance_uid)
        if old is not None and old.object == file.object and wish.same_is_fine:
            result.same.append(file.received)
            continue
        if old is not None:
            if not wish.replaces:
                clashes += 1
                continue
            result.replace.append(old.file)
            names.pop((old.resource, old.path), None)
        name = _free_name(file, names)
        names[file.resource, name] = file.sop_instance_uid
        result.add.append((file, name))
    if clashes:
        result.conflicts.append(
            f"Scan {scan.id}: {clashes} files are there already under the same SOP Instance UID. Archive with overwrite to replace them."
        )


def _free_name(file: NewFile, names: dict[tuple[str, str], str]) -> str:
    """The wished name, else the one made of its UIDs, else that with the first free number after it: other instances keep theirs."""
    candidates = chain((file.path, file.fallback), (f"{file.fallback}_{k}" for k in count(1)))
    return next(name for name in candidates if (file.resource, name) not in names)


def _free_id(scan: NewScan, taken: set[str]) -> str:
    """The scan's own number, or `{n}-{modality}{k}` with the first free k when another series has it."""
    if scan.id and scan.id not in taken:
        return scan.id
    k = 1
    while (candidate := f"{scan.id or '0'}-{scan.modality or 'OT'}{k}") in taken:
        k += 1
    return candidate


def _number(identifier: str, scan: NewScan) -> str:
    """The series number in a scan's ID: what `_free_id` has put behind it is left out."""
    return re.sub(rf"-{re.escape(scan.modality or 'OT')}\d+$", "", identifier)
