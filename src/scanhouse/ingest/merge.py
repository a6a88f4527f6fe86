"""How incoming scans meet a session that is in the archive: a plan, or the conflicts that stand against it (4.2, 4.5, 7.4).

Pure: facts in, decision out. Nothing is overwritten that the sender did not ask to overwrite.
"""
from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Overwrite(StrEnum):
    """What may happen to what is there. The words are XNAT's."""

    NONE = ""
    """Nothing: a session that exists is a conflict."""
    APPEND = "append"
    """Scans and files may be added, none replaced."""
    DELETE = "delete"
    """What comes replaces the same instance."""


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
    two_classes: bool = False
    """True where one SOP Instance UID may stand in a resource twice, for instances of two SOP classes."""

    @property
    def replaces(self) -> bool:
        return self.overwrite is Overwrite.DELETE or self.overwrite_files


@dataclass(frozen=True)
class Stored:
    """A file of an archived scan, in a resource where DICOM goes."""

    file: int
    resource: str
    path: str
    sop_instance_uid: str
    """Empty for a file that is no instance: it has its name, and nothing else of DICOM."""
    sop_class_uid: str
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
    """An object on its way: the ledger's row, its resource and its name there."""

    received: int
    resource: str
    path: str
    sop_instance_uid: str
    sop_class_uid: str
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
    by_name: bool = False
    """True where a file is the same one only under the same name too (site preference `useSopInstanceUidToUniquelyIdentifyDicom` off):
    under another name it comes to stand beside the one that is there."""


@dataclass
class Plan:
    """What to do. `scans`: for each incoming scan the key of the scan it joins or None, and its ID."""

    scans: list[tuple[NewScan, int | None, str]] = field(default_factory=list)
    add: list[NewFile] = field(default_factory=list)
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
        _merge_files(scan, there.files if there else (), wish, result, by_name=new.by_name)
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


def _merge_files(scan: NewScan, there: Iterable[Stored], wish: Wish, result: Plan, *, by_name: bool) -> None:
    """Names are given out when it is known what goes: files of one delivery may have changed names among themselves."""
    there = tuple(there)
    known: dict[Hashable, list[Stored]] = defaultdict(list)
    for old in there:
        if old.sop_instance_uid:
            known[_identity(old, by_name)].append(old)
    coming, unknown, repeated = [], [], 0
    gone: dict[int, None] = {}
    for file in scan.files:
        olds = known.get(_identity(file, by_name), ())
        if wish.same_is_fine and any(_is_there(file, old, wish) for old in olds):
            result.same.append(file.received)
        elif olds and not wish.replaces:
            repeated += 1
        else:
            gone.update((old.file, None) for old in olds)
            coming.append(file)
            if not olds:
                unknown.append(file)
    result.replace.extend(gone)
    staying = [old for old in there if old.file not in gone]
    if repeated:
        what = "name" if by_name else "SOP Instance UID"
        result.conflicts.append(f"Scan {scan.id}: {repeated} files are there already under the same {what}. Archive with overwrite to replace them.")
    if not by_name and not wish.two_classes and (doubtful := _of_two_classes(unknown, [*staying, *coming])):
        result.conflicts.append(
            f"Scan {scan.id}: {doubtful} files have the SOP Instance UID of a file of another SOP class in their resource. "
            "Archive with overwrite to have them both."
        )
    _give_names(scan, coming, staying, result)


def _identity(file: Stored | NewFile, by_name: bool) -> Hashable:
    """What makes two files the same instance. Its name is a part of it only where the site wants that."""
    return (file.sop_instance_uid, file.resource, file.path) if by_name else (file.sop_instance_uid, file.sop_class_uid)


def _is_there(file: NewFile, old: Stored, wish: Wish) -> bool:
    """Whether nothing needs to be done for a file. What replaces brings its name along."""
    return old.object == file.object and (not wish.replaces or (old.resource, old.path) == (file.resource, file.path))


def _of_two_classes(unknown: list[NewFile], files: Iterable[Stored | NewFile]) -> int:
    """How many of the files that the archive does not know yet share their UID with one of another SOP class in their resource."""
    classes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for file in files:
        classes[file.resource, file.sop_instance_uid].add(file.sop_class_uid)
    return sum(len(classes[file.resource, file.sop_instance_uid]) > 1 for file in unknown)


def _give_names(scan: NewScan, coming: list[NewFile], staying: list[Stored], result: Plan) -> None:
    """Each file its name. One that belongs to another image is a conflict however it is archived: no wish overwrites another image."""
    taken = {(old.resource, old.path) for old in staying}
    before = len(result.add)
    for file in coming:
        if (file.resource, file.path) not in taken:
            taken.add((file.resource, file.path))
            result.add.append(file)
    if clashes := len(coming) - (len(result.add) - before):
        result.conflicts.append(
            f"Scan {scan.id}: {clashes} files have the name of another file there, which is never overwritten. Send them under other names, "
            "rename the others, or give the site a file name template that tells images apart; then archive again."
        )


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
