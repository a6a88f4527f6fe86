"""What a run did: whether the object may be stored, and what became of every element, as text, JSON or a table."""
from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from pydicom import Dataset
from pydicom.datadict import keyword_for_tag

from scanhouse.deid.elements import everything
from scanhouse.deid.tagpath import Address, address_text
from scanhouse.deid.values import Entry, creator_of, text_of, vr_of

if TYPE_CHECKING:
    from scanhouse.deid.state import State


class Status(StrEnum):
    OK = "ok"
    REJECTED = "rejected"
    """A DicomEdit script refused the object. It must not be stored."""
    QUARANTINED = "quarantined"
    """A CTP script or a profile sent the object aside. It must not be stored or sent."""
    SKIPPED = "skipped"
    """The object passes on unmodified, because the script said so."""
    NO_MATCH = "no match"
    """No pixel signature matched; the object is unmodified."""


class Kind(StrEnum):
    KEPT = "kept"
    CHANGED = "changed"
    REMOVED = "removed"
    EMPTIED = "emptied"
    ADDED = "added"
    NOT_COVERED = "not covered"


@dataclass(frozen=True)
class Change:
    """What became of one element. `before` and `after` are values and may identify a patient: they are shown only when asked."""

    path: str
    tag: int
    keyword: str
    creator: str
    vr: str
    kind: Kind
    before: str | None = field(repr=False)
    after: str | None = field(repr=False)
    why: str = ""


@dataclass
class Outcome:
    """`dataset` is the object to store, or None when it must not be. `answer` is a filter's result."""

    status: Status
    reason: str
    dataset: Dataset | None
    original: Dataset = field(repr=False)
    answer: bool | None = None
    log: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    pixels_changed: bool = False
    _spoken: frozenset[tuple[Address, int]] = field(default=frozenset(), repr=False)
    _reasons: dict[tuple[Address, int], str] = field(default_factory=dict, repr=False)

    @classmethod
    def finished(cls, state: State) -> Outcome:
        return cls(Status.OK, "", state.dataset, state.original, state.answer, tuple(state.log), tuple(state.warnings),
                   state.pixels_changed, frozenset(state.spoken), state.reasons)

    @classmethod
    def stopped(cls, state: State, status: Status, reason: str) -> Outcome:
        unmodified = status in (Status.SKIPPED, Status.NO_MATCH)
        return cls(status, reason, state.original if unmodified else None, state.original, state.answer, tuple(state.log),
                   tuple(state.warnings))

    @property
    def rejected(self) -> bool:
        """Whether the object must not be stored."""
        return self.dataset is None

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """One entry for each element of input and output, at every depth, in tag order. Found by comparing the two."""
        if self.dataset is None:
            return ()
        before, after = _table(self.original), _table(self.dataset)
        return tuple(self._change(key, before.get(key), after.get(key)) for key in sorted(before.keys() | after.keys(), key=_in_order))

    def _change(self, key: tuple[Address, int], old: tuple[Entry, Dataset] | None, new: tuple[Entry, Dataset] | None) -> Change:
        address, tag = key
        entry, holder = new or old  # type: ignore[misc]  # one of them is there
        before = text_of(*old) if old else None
        after = text_of(*new) if new else None
        if new is None:
            kind = Kind.REMOVED
        elif old is None:
            kind = Kind.ADDED
        elif _same(old, new):
            kind = Kind.KEPT if key in self._spoken else Kind.NOT_COVERED
        else:
            kind = Kind.EMPTIED if after == "" else Kind.CHANGED
        return Change(address_text(address, tag), tag, keyword_for_tag(tag), creator_of(tag, holder) or "", vr_of(entry, holder), kind,
                      before, after, self._reasons.get(key, ""))

    def counts(self) -> dict[Kind, int]:
        found = Counter(change.kind for change in self.changes)
        return {kind: found[kind] for kind in Kind}

    def table(self, *, values: bool = False) -> list[dict[str, str]]:
        """One row per element; with values before and after only when asked for."""
        rows = []
        for change in self.changes:
            row = {"path": change.path, "name": change.keyword or change.creator, "vr": change.vr, "done": str(change.kind),
                   "why": change.why}
            if values:
                row |= {"before": change.before or "", "after": change.after or ""}
            rows.append(row)
        return rows

    def json(self, *, values: bool = False) -> str:
        return json.dumps({"status": self.status, "reason": self.reason, "counts": self.counts(), "warnings": self.warnings,
                           "elements": self.table(values=values)}, ensure_ascii=False, indent=1)

    def text(self, *, values: bool = False) -> str:
        """A line for each element that was changed, removed, emptied or added, and the sums."""
        lines = [f"{self.status}{': ' + self.reason if self.reason else ''}"]
        quiet = {str(Kind.KEPT), str(Kind.NOT_COVERED)}
        for row in self.table(values=values):
            if row["done"] not in quiet:
                shown = f"  {row['before']!r} -> {row['after']!r}" if values else ""
                lines.append(f"{row['done']:<8} {row['path']} {row['name']}{shown}{'  (' + row['why'] + ')' if row['why'] else ''}")
        lines.append(", ".join(f"{number} {kind}" for kind, number in self.counts().items()))
        return "\n".join(lines)


def _table(dataset: Dataset) -> dict[tuple[Address, int], tuple[Entry, Dataset]]:
    return {(place.address, int(place.tag)): (entry, place.holder)
            for place in everything(dataset, meta=True) if (entry := place.entry) is not None}


def _in_order(key: tuple[Address, int]) -> tuple[int, ...]:
    return (*(number for step in key[0] for number in step), key[1])


def _same(old: tuple[Entry, Dataset], new: tuple[Entry, Dataset]) -> bool:
    if old[0] is new[0]:
        return True
    if vr_of(*old) != vr_of(*new):
        return False
    if vr_of(*old) == "SQ":
        return True
    before = text_of(*old)
    return before == text_of(*new) if before is not None else old[0].value == new[0].value
