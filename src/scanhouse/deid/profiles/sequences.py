"""What becomes of a sequence under a verdict of the table, and of the parts of a content item by its concept name."""
from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pydicom import Sequence
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.tag import BaseTag

from scanhouse.deid.elements import items_of
from scanhouse.deid.policy import Decision, Empty, Enter, Keep, Remove
from scanhouse.deid.profiles.dummies import coded, point
from scanhouse.deid.profiles.run import run_of
from scanhouse.deid.profiles.structured import CONTENT, content_verdict, emptied
from scanhouse.deid.profiles.table import Verdict
from scanhouse.deid.profiles.uids import mapped
from scanhouse.deid.profiles.values import clean_text, dummy, settled, value_decision
from scanhouse.deid.state import Here, State

GRAPHICS: Final = 0x00700001
GRAPHIC_OBJECTS: Final = BaseTag(0x00700009)
TEXT_OBJECTS: Final = 0x00700008
TEXT_VALUE: Final = 0x0040A160
VALUES: Final = frozenset({TEXT_VALUE, 0x0040A120, 0x0040A121, 0x0040A122, 0x0040A123, 0x0040A124})
"""Elements that hold the value of a content item (PS3.3 C.17.3.2), those of codes, numbers and references left out."""


def sequence_decision(found: Verdict, state: State, here: Here, chosen: frozenset[str]) -> Decision:
    """The decision for a sequence. One that stays is entered, and its items are decided by their own rules."""
    why = found.why
    if found.action == "C":
        assert found.option is not None
        run_of(state).cleaners.add(found.option.name)
    if found.action in ("K", "C"):
        return Enter(why)
    action = settled(found.action, state, here)
    if action == "X":
        return Remove(why)
    if action == "Z":
        return Empty(why)
    return _dummy(state, here, why, chosen) if action == "D" else Enter(why)


def in_content(state: State, here: Here, chosen: frozenset[str], otherwise: Callable[[State, Here], Decision]) -> Decision | None:
    """What the table of content items says of a part of one; None when it says nothing, so that the part is judged for itself."""
    if "clean-structured-content" not in chosen:
        return None
    found = content_verdict(here.original, chosen)
    if found is None:
        return _text(state, here, "C by clean-structured-content") if here.tag == TEXT_VALUE else None
    if found.action == "X":
        return Remove(f"content item: {found.why}")  # all parts go, and then the item
    if here.tag not in VALUES:
        return None
    why = f"content item: {found.why}"
    if found.action == "K":
        return Keep(why)
    if found.action == "C":
        assert found.option is not None
        run_of(state).cleaners.add(found.option.name)
        return _text(state, here, why) if here.tag == TEXT_VALUE else value_decision(Verdict("C", "D", found.option), state, here)
    return dummy(state, here, why)


def _text(state: State, here: Here, why: str) -> Decision:
    return clean_text(state, here, why) or dummy(state, here, why)


def _dummy(state: State, here: Here, why: str, chosen: frozenset[str]) -> Decision:
    """Something that is valid and says nothing. Sequences without a form of their own keep theirs, since all parts of them are listed."""
    if here.tag == CONTENT:
        # References that stay must name what their objects are called now, as the evidence sequences do.
        keeps = "retain-uids" in chosen
        state.store(here.output, emptied(here.original, here.output, lambda uid: uid if keeps else mapped(uid, state.context)))
        return Keep(why)
    if keyword_for_tag(here.tag).endswith("CodeSequence"):
        if items_of(here.original, here.tag):
            state.store(here.output, DataElement(here.tag, "SQ", Sequence([coded(here.output)])))
        return Keep(why)
    if here.tag == GRAPHICS:
        for item in items_of(here.output, here.tag) or ():
            if GRAPHIC_OBJECTS in item._dict:
                del item._dict[GRAPHIC_OBJECTS]
                if not items_of(item, TEXT_OBJECTS):
                    state.store(item, DataElement(GRAPHIC_OBJECTS, "SQ", Sequence([point(item)])))
    return Enter(why)
