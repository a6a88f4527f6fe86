"""What becomes of the value of one element under a verdict of the table."""
from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pydicom.dataelem import DataElement

from scanhouse.deid.policy import Decision, Empty, Keep, Remove, Replace
from scanhouse.deid.profiles.attribute_types import attribute_type
from scanhouse.deid.profiles.cleaning import cleaned
from scanhouse.deid.profiles.dummies import BY_TAG, BY_VR, WORD, document
from scanhouse.deid.profiles.patients import capped, patient_pseudonym, shifted
from scanhouse.deid.profiles.run import PATIENT_ID, run_of
from scanhouse.deid.profiles.table import Verdict
from scanhouse.deid.profiles.uids import mapped
from scanhouse.deid.state import Here, State
from scanhouse.deid.values import BYTES, text_at

MEANING: Final = {
    "D": "replaced by a dummy", "Z": "emptied", "X": "removed", "K": "kept", "C": "cleaned", "U": "replaced by a new UID",
    "Z/D": "emptied, or a dummy where a value is needed", "X/Z": "removed, or emptied where it is needed",
    "X/D": "removed, or a dummy where a value is needed", "X/Z/D": "removed, or emptied or a dummy where it is needed",
    "X/Z/U*": "removed, or its UIDs replaced where it is needed",
}
"""Actions of PS3.15 table E.1-1a in words."""

PATIENT_NAME: Final = 0x00100010
PATIENT_AGE: Final = 0x00101010
ENCAPSULATED: Final = 0x00420011
FREE_TEXT: Final = frozenset({"LO", "LT", "SH", "ST", "UC", "UT"})
LIMITS: Final[dict[str, int | None]] = {"LO": 64, "SH": 16, "UC": None}
"""VRs of text that may have several values, and characters of each (PS3.5 6.2)."""
DATES: Final = frozenset({"DA", "DT", "TM"})


def settled(action: str, state: State, here: Here) -> str:
    """One action: of a combination the least that keeps the object conformant, by the attribute's type in its IOD (PS3.15 E.1-1a).

    X and Z give way to Z and D in the few places where an IOD needs the attribute: the result is as empty of identity, and valid.
    """
    choices = action.split("/")
    if choices[0] not in ("X", "Z"):
        return action
    kind = attribute_type(run_of(state).sop_class, int(here.tag), here.address[-1][0] if here.address else None)
    if kind is None:
        return choices[-1]
    if kind == 1:
        return choices[-1] if choices[-1] in ("D", "U*") else "D"
    if kind == 2:
        return "U*" if "U*" in choices else "Z" if "Z" in choices or len(choices) == 1 else choices[-1]
    return choices[0]


def value_decision(found: Verdict, state: State, here: Here) -> Decision:
    """The decision for an element that is no sequence."""
    why = found.why
    if found.action == "K":
        if here.tag == PATIENT_AGE and capped(here.text or "") != here.text:
            return Replace("090Y", why)
        return Keep(why)
    if found.action == "C":
        decision = _cleaned(found, state, here)
        if decision is not None:
            return decision
        why = f"{found.basic}: cannot be cleaned"
    action = settled(found.basic if found.action == "C" else found.action, state, here)
    return _ACTIONS[action](state, here, why)


def clean_text(state: State, here: Here, why: str) -> Decision | None:
    """The element's text with only words that cannot identify, value by value; None when nothing of it is left."""
    names, text, vr = run_of(state).names, here.text or "", here.vr
    values = text.split("\\") if vr in LIMITS else [text]
    clean = [_cut(cleaned(value, names), LIMITS.get(vr)) for value in values]
    return Replace("\\".join(clean), why) if any(clean) else None


def _cut(text: str, limit: int | None) -> str:
    """The text as long as the VR allows, whole words of it."""
    return text if limit is None or len(text) <= limit else text[:limit + 1].rpartition(" ")[0] or text[:limit]


def dummy(state: State, here: Here, why: str) -> Decision:
    """A value that stands for nothing; bytes are put into the copy directly, since they have no text."""
    tag, vr = int(here.tag), here.vr
    if tag == PATIENT_ID:
        return _patient_id(state, here, why)
    if vr in BYTES or vr == "UN":
        data = document(here.original) if tag == ENCAPSULATED else b"\0\0"
        state.store(here.output, DataElement(here.tag, vr, data))
        if tag == ENCAPSULATED and 0x00420015 in here.output._dict:
            state.store(here.output, DataElement(0x00420015, "UL", len(data)))
        return Keep(why)
    if vr == "UI":
        return _new_uid(state, here, why)
    return Replace(BY_TAG.get(tag, BY_VR.get(vr, WORD)), why) if here.text else Keep(why)


def _cleaned(found: Verdict, state: State, here: Here) -> Decision | None:
    assert found.option is not None
    decision: Decision | None = None
    if found.option.name == "retain-modified-dates" and (here.vr in DATES or here.tag == 0x00080201):
        text = shifted(here.text or "", here.vr, run_of(state).shift) if here.text else ""
        decision = None if text is None else Replace(text, found.why) if text != here.text else Keep(found.why)
    elif here.vr in FREE_TEXT:
        decision = clean_text(state, here, found.why) if here.text else Keep(found.why)
    if decision is not None and here.text:
        run_of(state).cleaners.add(found.option.name)
    return decision


def _patient_id(state: State, here: Here, why: str) -> Decision:
    made = patient_pseudonym(here.text or "", state.context) if here.text else ""
    return Replace(made, why) if made else Empty(why)


def _emptied(state: State, here: Here, why: str) -> Decision:
    if here.tag == PATIENT_ID:
        return _patient_id(state, here, why)
    if here.tag == PATIENT_NAME and here.text:
        # A dummy is allowed in place of nothing, and an archive has to tell its subjects apart.
        known = text_at(here.original, PATIENT_ID) or text_at(state.original, PATIENT_ID) or here.text
        made = patient_pseudonym(known, state.context)
        return Replace(made, why) if made else Empty(why)
    return Empty(why)


def _new_uid(state: State, here: Here, why: str) -> Decision:
    text = here.text
    return Replace(mapped(text, state.context), why) if text else Keep(why)


_ACTIONS: Final[dict[str, Callable[[State, Here, str], Decision]]] = {
    "X": lambda state, here, why: Remove(why), "Z": _emptied, "D": dummy, "U": _new_uid, "U*": _new_uid,
}
