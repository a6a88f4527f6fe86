"""What is wrong with the names of a resource's DICOM files, and what to do about it. Pure: facts in, a document or a plan out.

A document of findings is JSON with paths in the resource:
`entries` number of files, `uids` {SOP class: [SOP instance]}, `bad` [paths that are no DICOM], `mismatched` {path: right name},
`duplicates` and `non_actionable` {SOP class: {SOP instance: {path: right name}}}, `objects` {path of a file that is to be mended: object},
`shared` [paths that the template gives to several instances].
"""
from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Named = dict[str, dict[str, dict[str, str]]]
_NUMBERED = re.compile(r"_[0-9]+")


@dataclass(frozen=True)
class Entry:
    """A file: its path, its object, and of a DICOM file its UIDs and the name that the template gives it."""

    path: str
    object: str
    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    right_name: str = ""

    @property
    def is_dicom(self) -> bool:
        return self.right_name != ""


@dataclass
class Plan:
    """What mending does: files that get another path, files that are taken out, files that stay in place of those, and the moves that
    cannot be made, with the reason."""

    moves: dict[str, str] = field(default_factory=dict)
    removals: list[str] = field(default_factory=list)
    retained: list[str] = field(default_factory=list)
    errors: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Wished path and reason, by path."""


def survey(entries: Iterable[Entry]) -> dict[str, Any]:
    """The document of findings about the files of one resource.

    Instances to which a template gives one and the same name are told apart by a number after it, as receiving does it: such a name is
    right too.
    """
    instances: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    bad, read = [], 0
    for entry in entries:
        read += 1
        if entry.is_dicom:
            instances[entry.sop_class_uid, entry.sop_instance_uid].append(entry)
        else:
            bad.append(entry.path)
    wished = Counter(place for group in instances.values() for place in {_wish(entry) for entry in group})
    uids: dict[str, list[str]] = defaultdict(list)
    mismatched: dict[str, str] = {}
    duplicates: Named = {}
    non_actionable: Named = {}
    objects: dict[str, str] = {}
    for (sop_class, uid), group in sorted(instances.items()):
        uids[sop_class].append(uid)
        if len(group) > 1:
            kind = duplicates if len({entry.right_name for entry in group}) == 1 else non_actionable
            kind.setdefault(sop_class, {})[uid] = {entry.path: entry.right_name for entry in group}
            if kind is duplicates:
                objects |= {entry.path: entry.object for entry in group}
        elif not _is_right(group[0], shared=wished[_wish(group[0])] > 1):
            mismatched[group[0].path], objects[group[0].path] = group[0].right_name, group[0].object
    return {
        "entries": read, "uids": dict(uids), "bad": bad, "mismatched": mismatched, "duplicates": duplicates,
        "non_actionable": non_actionable, "objects": objects,
        "shared": sorted(place for place, number in wished.items() if number > 1),
    }  # fmt: skip


def totals(found: Mapping[str, Any]) -> dict[str, int]:
    """Numbers that a document of findings comes to."""
    return {
        "entries": found["entries"], "uids": sum(map(len, found["uids"].values())), "bad": len(found["bad"]),
        "mismatched": len(found["mismatched"]), "duplicates": len(list(groups(found["duplicates"]))),
        "files_in_duplicates": sum(map(len, groups(found["duplicates"]))), "non_actionable": len(list(groups(found["non_actionable"]))),
        "files_in_non_actionable": sum(map(len, groups(found["non_actionable"]))),
    }  # fmt: skip


def plan(found: Mapping[str, Any], there: Mapping[str, tuple[int, str]]) -> Plan:
    """How to mend what was found. `there`: what the resource holds now, age (a number that grows) and object by path.

    Of several files of one instance the rightly named stays, else the newest one gets the right name. A file that is gone or has other
    content than when it was surveyed is left alone, and so is one whose name another file has that stays.
    """
    result, wishes = Plan(), {}
    for path, name in found["mismatched"].items():
        wishes[path] = _beside(path, name)
    for group in groups(found["duplicates"]):
        if changed := [path for path in group if _has_changed(path, found, there)]:
            result.errors |= {path: (_beside(path, group[path]), CHANGED) for path in changed}
            continue
        stays = max(group, key=lambda path: (path.rpartition("/")[2] == group[path], there[path][0]))
        result.removals += [path for path in group if path != stays]
        if (to := _beside(stays, group[stays])) == stays:
            result.retained.append(stays)
        else:
            wishes[stays] = to
    for path in [path for path in wishes if _has_changed(path, found, there)]:
        result.errors[path] = (wishes.pop(path), CHANGED)
    _find_places(wishes, set(found["shared"]), there, result)
    return result


CHANGED = "The file has changed or is gone since the survey. Survey the resource again."
TAKEN = "Another file has that name and stays. Rename it or remove it, then survey the resource again."


def groups(named: Named) -> Iterator[dict[str, str]]:
    """The files of each instance, with their right names."""
    for by_uid in named.values():
        yield from by_uid.values()


def _find_places(wishes: dict[str, str], shared: Collection[str], there: Mapping[str, tuple[int, str]], result: Plan) -> None:
    """All move at once, so whoever moves makes room. One that cannot move stays where it is, which may be in the way of others."""
    while True:
        taken = there.keys() - wishes.keys() - set(result.removals)
        numbers: Counter[str] = Counter()
        moves, stuck = {}, []
        for path, wish in sorted(wishes.items()):
            to = wish
            while to in taken and wish in shared:
                numbers[wish] += 1
                to = f"{wish}_{numbers[wish]}"
            if to in taken:
                stuck.append(path)
            else:
                moves[path] = to
                taken.add(to)
        if not stuck:
            result.moves = {path: to for path, to in moves.items() if path != to}
            return
        for path in stuck:
            result.errors[path] = (wishes.pop(path), TAKEN)


def _has_changed(path: str, found: Mapping[str, Any], there: Mapping[str, tuple[int, str]]) -> bool:
    return path not in there or there[path][1] != found["objects"].get(path)


def _wish(entry: Entry) -> str:
    return _beside(entry.path, entry.right_name)


def _beside(path: str, name: str) -> str:
    """The path of a name in the folder of a file."""
    folder, slash, _ = path.rpartition("/")
    return f"{folder}{slash}{name}"


def _is_right(entry: Entry, *, shared: bool) -> bool:
    name = entry.path.rpartition("/")[2]
    if name == entry.right_name:
        return True
    return shared and name.startswith(entry.right_name) and _NUMBERED.fullmatch(name[len(entry.right_name) :]) is not None
