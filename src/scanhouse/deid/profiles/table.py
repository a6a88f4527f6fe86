"""The table of PS3.15 E.1-1 for chosen options: one rule per attribute, settled once per script."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydicom.datadict import dictionary_description

from scanhouse.deid.profiles import edition_2026d
from scanhouse.deid.profiles.options import LETTERS, OPTIONS, Option

EDITIONS: Final = {edition_2026d.EDITION: edition_2026d.ROWS}
"""Editions of the table that a script can pin with `edition`."""
NEWEST: Final = edition_2026d.EDITION


@dataclass(frozen=True)
class Row:
    """One line of the table. `target` is a tag in eight hex digits, with X in repeating groups, or PRIVATE."""

    target: str
    action: str
    letters: str
    name: str


@dataclass(frozen=True)
class Verdict:
    """What is to be done with an attribute: `action` is K, C or a basic action of the table; `basic` that of the Basic Profile.

    `option` is the one that says K or C, None for the Basic Profile.
    """

    action: str
    basic: str
    option: Option | None = None

    @property
    def why(self) -> str:
        return f"{self.action} by {self.option.name}" if self.option else f"{self.action} by basic profile"


def rows(edition: str = NEWEST) -> Iterator[Row]:
    """Every row of the edition, in the order of tags."""
    for line in EDITIONS[edition].splitlines():
        target, action, letters, *name = line.split(" ", 3)
        yield Row(target, action, letters.strip("-"), name[0] if name else _named(target))


def verdict(row: Row, chosen: frozenset[str]) -> Verdict:
    """The row's verdict under the chosen options: cleaning before keeping, since it is the stricter; else the basic action."""
    kept: Option | None = None
    for letter in row.letters:
        option = LETTERS[letter]
        if option.name in chosen:
            if letter in option.cleans:
                return Verdict("C", row.action, option)
            kept = kept or option
    return Verdict("K", row.action, kept) if kept else Verdict(row.action, row.action)


def verdicts(edition: str, chosen: frozenset[str]) -> dict[int, Verdict]:
    """Verdicts by tag; repeating groups and private attributes, which have no one tag, are decided by their kind."""
    return {int(row.target, 16): verdict(row, chosen) for row in rows(edition) if _plain(row.target)}


def named(target: str) -> str:
    """The standard's name for a target of a row."""
    return next((row.name for row in rows() if row.target == target), target)


def _plain(target: str) -> bool:
    return "X" not in target and target != "PRIVATE"


def _named(target: str) -> str:
    return "Private Attributes" if target == "PRIVATE" else str(dictionary_description(int(target, 16)))


assert set(LETTERS) == set("PUDdICcFMTSG") and len(OPTIONS) == 12, "an option of the table is missing"
