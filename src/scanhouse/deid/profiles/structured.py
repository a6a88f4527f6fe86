"""Structured content (PS3.15 E.3.4): what becomes of a content item by its concept name, and of a tree that must not stay."""
from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from pydicom import Dataset, Sequence
from pydicom.dataelem import DataElement
from pydicom.tag import BaseTag

from scanhouse.deid.elements import everything, items_of
from scanhouse.deid.profiles import content_items_2026d
from scanhouse.deid.profiles.dummies import comment
from scanhouse.deid.profiles.table import Row, Verdict, verdict
from scanhouse.deid.values import element, text_at, vr_of

CONTENT: Final = BaseTag(0x0040A730)
CONCEPT_NAME: Final = BaseTag(0x0040A043)
VALUE_TYPE: Final = BaseTag(0x0040A040)
REFERENCES: Final = frozenset({"IMAGE", "COMPOSITE", "WAVEFORM"})
_KEPT_OF_REFERENCES: Final = frozenset({0x0040A010, 0x0040A040, 0x00081199})
"""Relationship, value type and the reference itself."""


@cache
def _rows() -> dict[tuple[str, str, str], Row]:
    found = {}
    for line in content_items_2026d.ROWS.splitlines():
        scheme, code, kind, action, letters, meaning = line.split(" ", 5)
        found[scheme.replace("_", " "), code, kind] = Row(code, action, letters.strip("-"), meaning)
    return found


def content_rows() -> tuple[tuple[str, str, Row], ...]:
    """Coding scheme, value type and row of every concept in the table, for the reference page."""
    return tuple((scheme, kind, row) for (scheme, _, kind), row in _rows().items())


def content_verdict(item: Dataset, chosen: frozenset[str]) -> Verdict | None:
    """What the table says of a content item by its concept name and value type; None when it does not speak of it."""
    names = items_of(item, CONCEPT_NAME)
    if not names:
        return None
    row = _rows().get((text_at(names[0], 0x00080102), text_at(names[0], 0x00080100), text_at(item, VALUE_TYPE)))
    return None if row is None else verdict(row, chosen)


def emptied(original: Dataset, output: Dataset, renamed: Callable[[str], str]) -> DataElement:
    """A content sequence without content: its references to images and other objects, or else one comment that says nothing.

    `renamed` gives each UID of the references its new one.
    """
    kept = []
    for item, copy in zip(items_of(original, CONTENT) or (), items_of(output, CONTENT) or (), strict=False):
        if text_at(item, VALUE_TYPE) in REFERENCES:
            for tag in [tag for tag in copy._dict if tag not in _KEPT_OF_REFERENCES]:
                del copy._dict[tag]
            for place in list(everything(copy)):
                entry = place.entry
                if entry is not None and vr_of(entry, place.holder) == "UI":
                    place.holder._dict[place.tag] = element(place.tag, "UI", renamed(place.text or ""))
            kept.append(copy)
    return DataElement(CONTENT, "SQ", Sequence(kept or [comment(output)]))


STRUCTURED: Final = frozenset({int(CONTENT), 0x00400555, 0x00400612})
"""Sequences whose items are content items: of reports, of acquisition context, of steps of specimen preparation."""


def pruned(dataset: Dataset) -> None:
    """Take out content items that lost all their elements; a sequence that lost all its items gets one that says nothing."""
    for place in list(everything(dataset)):
        items = items_of(place.holder, place.tag) if place.tag in STRUCTURED else None
        if items and not all(item._dict for item in items):
            left = [item for item in items if item._dict] or [comment(place.holder, related=place.tag == CONTENT)]
            place.holder._dict[place.tag] = DataElement(place.tag, "SQ", Sequence(left))
