"""What a script does to a whole collection: the elements met, what became of them, and which of those that stay deserve a look."""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from scanhouse.deid.outcome import Change, Kind, Outcome
from scanhouse.deid.values import BYTES

FREE_TEXT: Final = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UN", "UT"})
STAYING: Final = frozenset({Kind.KEPT, Kind.NOT_COVERED})
NAMED_BY: Final = frozenset({0x00100010, 0x00100020, 0x00101000, 0x00101001, 0x00101005, 0x00101060, 0x00080050, 0x00080090, 0x00081070,
                             0x00081050, 0x00100030})
"""Elements whose values identify: patient, physicians, operators, accession, birth date."""
_ITEM = re.compile(r"\[\d+\]")
_WORD = re.compile(r"[^\W_]{3,}", re.UNICODE)
_DULL: Final = frozenset({"anon", "anonymous", "unknown", "none", "test", "the", "and"})


@dataclass
class Met:
    """One element over the collection; `path` without item numbers. `named` counts objects in which its value has a word of a name."""

    path: str
    name: str
    vr: str
    private: bool
    kinds: Counter[Kind] = field(default_factory=Counter)
    values: set[str] = field(default_factory=set, repr=False)
    named: int = 0
    staying: int = 0
    """Objects in which it stays with a value."""

    @property
    def risk(self) -> int:
        """0 for what goes or holds numbers; free text, private elements, many different values and words of names each add."""
        if not self.staying:
            return 0
        score = 100 if self.named else 0
        if self.vr in FREE_TEXT:
            score += 20 + min(len(self.values), 10)
        elif self.vr in BYTES and self.private:
            score += 15
        if self.private:
            score += 15
        if self.vr in ("DA", "DT"):
            score += 5
        return score + (5 if self.kinds[Kind.NOT_COVERED] and score else 0)

    @property
    def reasons(self) -> str:
        found = [("a word of a name", bool(self.named)), ("free text", self.vr in FREE_TEXT), ("private", self.private),
                 ("a date", self.vr in ("DA", "DT")), ("not covered", bool(self.kinds[Kind.NOT_COVERED]))]
        return ", ".join(text for text, holds in found if holds)


class Coverage:
    """Outcomes added up. Of the values only some are kept, to count them; they are never shown."""

    MOST_VALUES: Final = 50
    """Different values remembered of one element: enough to tell text from a constant."""

    def __init__(self) -> None:
        self.elements: dict[tuple[str, str], Met] = {}
        self.objects: Counter[str] = Counter()

    def add(self, outcome: Outcome) -> None:
        self.objects[str(outcome.status)] += 1
        names = set(_words(outcome.changes))
        for change in outcome.changes:
            path = _ITEM.sub("", change.path)
            met = self.elements.get((path, change.creator))
            if met is None:
                met = self.elements[path, change.creator] = Met(path, change.keyword or change.creator, change.vr, bool(change.tag >> 16 & 1))
            met.kinds[change.kind] += 1
            if change.kind in STAYING and change.before != "":
                met.staying += 1
            if change.kind in STAYING and change.before:
                if len(met.values) < self.MOST_VALUES:
                    met.values.add(change.before[:100])
                if change.vr in FREE_TEXT and not names.isdisjoint(word.lower() for word in _WORD.findall(change.before)):
                    met.named += 1

    def ranked(self) -> list[Met]:
        """Elements that stay and may identify, the most likely first."""
        return sorted((met for met in self.elements.values() if met.risk), key=lambda met: (-met.risk, met.path))

    def sums(self) -> dict[Kind, int]:
        """How many different elements were, at least once, kept, changed, removed, ..."""
        return {kind: sum(1 for met in self.elements.values() if met.kinds[kind]) for kind in Kind}


def _words(changes: tuple[Change, ...]) -> Iterator[str]:
    for change in changes:
        if change.before and (change.tag in NAMED_BY or change.vr == "PN"):
            for word in _WORD.findall(change.before):
                if word.lower() not in _DULL:
                    yield word.lower()
