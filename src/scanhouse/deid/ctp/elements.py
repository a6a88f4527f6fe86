"""An element as a script names it: `this`, a keyword, hex digits, a private element by its creator, in the root or in an item."""
from __future__ import annotations

import re
from collections.abc import Mapping

from scanhouse.deid.ctp.keywords import tag_of
from scanhouse.deid.program import At, Nearby, This
from scanhouse.deid.tagpath import Step, TagPath, TagPattern

_HEX = re.compile(r"([0-9A-Fa-f]{1,4})\s*,\s*([0-9A-Fa-f]{1,4})|([0-9A-Fa-f]{4})([0-9A-Fa-f]{4})")
_PRIVATE = re.compile(r"([0-9A-Fa-f]{1,4})\s*,?\s*\[([^\[\]]+)\]([0-9A-Fa-f]{2})")
_CREATOR = re.compile(r"([0-9A-Fa-f]{1,4})\s*,?\s*00\[([^\[\]]+)\]")
FORMS = "this, a keyword, ggggeeee, [gggg,eeee] or gggg[CREATOR]ee"


def element(text: str, names: Mapping[str, TagPattern], at: At) -> Nearby | This | None:
    """What to read, or None when nobody knows such an element. `names` are those that the script gives to private elements."""
    text = text.strip()
    if text == "this":
        return This(at)
    rooted = text.startswith("root:")
    steps: list[Step] = []
    for part in text.removeprefix("root:").split("::"):
        pattern = pattern_of(part, names)
        if pattern is None:
            return None
        steps.append(Step(pattern))
    path = TagPath((*(Step(step.pattern, 0) for step in steps[:-1]), steps[-1]))
    # File meta information belongs to the object, wherever a walk has come to.
    return Nearby(path, rooted or steps[0].pattern.group == "0002", at)


def pattern_of(text: str, names: Mapping[str, TagPattern]) -> TagPattern | None:
    """One element of one level."""
    text = text.strip()
    if (text[:1], text[-1:]) in (("[", "]"), ("(", ")")):
        text = text[1:-1].strip()
    found = _HEX.fullmatch(text)
    if found is not None:
        return TagPattern((found[1] or found[3]).upper().zfill(4), (found[2] or found[4]).upper().zfill(4))
    if text in names:
        return names[text]
    found = _PRIVATE.fullmatch(text)
    if found is not None and int(found[1], 16) & 1:
        return TagPattern(found[1].upper().zfill(4), found[3].upper(), found[2].strip())
    tag = tag_of(text)
    return None if tag is None else TagPattern(f"{tag >> 16:04X}", f"{tag & 0xFFFF:04X}")


def creator_element(text: str) -> tuple[int, str] | None:
    """Group and creator where the text names a private creator element itself: `gggg00[CREATOR]`."""
    found = _CREATOR.fullmatch(text.strip())
    return (int(found[1], 16), found[2].strip()) if found is not None and int(found[1], 16) & 1 else None
