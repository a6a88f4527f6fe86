"""What the object says afterwards about what was done to it (PS3.15 E.1.1, reference 11.4); nothing is claimed that did not happen."""
from __future__ import annotations

import hashlib
from typing import Final

from pydicom import Dataset, Sequence
from pydicom.dataelem import DataElement
from pydicom.tag import BaseTag

from scanhouse import __version__
from scanhouse.deid.elements import items_of, meta_of, new_item
from scanhouse.deid.profiles.options import ALL, BASIC_CODE, BASIC_TITLE
from scanhouse.deid.profiles.patients import seal
from scanhouse.deid.profiles.run import BURNED_IN, LONGITUDINAL, SOP_INSTANCE, Run, run_of
from scanhouse.deid.profiles.uids import mapped
from scanhouse.deid.record import METHOD, METHOD_CODES, append_method, append_method_code, mark_identity_removed
from scanhouse.deid.state import State
from scanhouse.deid.values import element, text_at
from scanhouse.dicom.part10 import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, PREAMBLE_LENGTH

CHARACTERISTICS: Final = BaseTag(0x00080300)
META_REMOVED: Final = frozenset((0x00020016, 0x00020017, 0x00020018, 0x00020026, 0x00020027, 0x00020028, 0x00020031, 0x00020032, 0x00020033,
                                 0x00020035, 0x00020036, 0x00020037, 0x00020038, 0x00020100, 0x00020102))
"""File meta information that says who sent the object where (PS3.10 table 7.1-1)."""


def record(state: State, chosen: frozenset[str], edition: str) -> None:
    """Write the attributes of the method into the copy, clean its file meta information and its preamble."""
    dataset, run = state.dataset, run_of(state)
    mark_identity_removed(dataset)
    script = hashlib.sha256(state.program.text.encode()).hexdigest()[:12]
    append_method(dataset, f"Scanhouse {__version__}, PS3.15 {edition} basic, script {script}")
    if "retain-modified-dates" in run.cleaners:
        append_method(dataset, seal(text_at(dataset, SOP_INSTANCE), state.context))
    _claim(dataset, BASIC_CODE, BASIC_TITLE)
    for option in ALL:
        if option.name in chosen and _done(option.name, state, run):
            _claim(dataset, option.code, option.title)
    dates = "UNMODIFIED" if "retain-full-dates" in chosen else "MODIFIED" if "retain-modified-dates" in chosen else "REMOVED"
    dataset._dict[BaseTag(LONGITUDINAL)] = element(LONGITUDINAL, "CS", dates)
    if state.pixels_changed:
        dataset._dict[BaseTag(BURNED_IN)] = element(BURNED_IN, "CS", "NO")
    _characterize(dataset, run)
    for tag in (0x00120062, METHOD, METHOD_CODES, LONGITUDINAL, BURNED_IN, CHARACTERISTICS):
        state.speak((), tag, "says what was done")
    _clean_meta(dataset, state, keep_uids="retain-uids" in chosen)


def _done(name: str, state: State, run: Run) -> bool:
    """Whether the option took effect on this object: what is kept is kept; a cleaner counts only where it ran."""
    if name == "clean-pixel-data":
        return state.pixels_changed
    if name.startswith("clean-") or name == "retain-safe-private":
        return name in run.cleaners
    return True


def _claim(dataset: Dataset, code: str, title: str) -> None:
    for item in items_of(dataset, METHOD_CODES) or ():
        if text_at(item, 0x00080100) == code and text_at(item, 0x00080102) == "DCM":
            return
    append_method_code(dataset, value=code, scheme="DCM", meaning=title)


def _characterize(dataset: Dataset, run: Run) -> None:
    """Private Data Element Characteristics (PS3.3 C.12.1): the blocks of which safe elements stayed."""
    dataset._dict.pop(CHARACTERISTICS, None)
    if not run.blocks:
        return
    items = []
    for group, creator in sorted(run.blocks):
        item = new_item(dataset)
        for tag, vr, text in ((0x00080301, "US", str(group)), (0x00080302, "LO", creator), (0x00080303, "CS", "SAFE")):
            item._dict[BaseTag(tag)] = element(tag, vr, text)
        items.append(item)
    dataset._dict[CHARACTERISTICS] = DataElement(CHARACTERISTICS, "SQ", Sequence(items))


def _clean_meta(dataset: Dataset, state: State, *, keep_uids: bool) -> None:
    dataset.preamble = bytes(PREAMBLE_LENGTH)
    meta = meta_of(dataset)
    if meta is None:
        return
    for tag in [tag for tag in meta._dict if tag in META_REMOVED]:
        del meta._dict[tag]
    if not text_at(dataset, SOP_INSTANCE) and not keep_uids and text_at(meta, 0x00020003):
        # Otherwise it follows the data set's own.
        meta._dict[BaseTag(0x00020003)] = element(0x00020003, "UI", mapped(text_at(meta, 0x00020003), state.context))
    meta._dict[BaseTag(0x00020012)] = element(0x00020012, "UI", IMPLEMENTATION_CLASS_UID)
    meta._dict[BaseTag(0x00020013)] = element(0x00020013, "SH", IMPLEMENTATION_VERSION_NAME)
