"""What an object says about its own de-identification: (0012,0062), (0012,0063) and the method codes of (0012,0064)."""
from __future__ import annotations

from pydicom import Dataset, Sequence
from pydicom.dataelem import DataElement
from pydicom.tag import BaseTag

from scanhouse.deid.elements import items_of, new_item
from scanhouse.deid.values import element, entry_of, text_of

METHOD = BaseTag(0x00120063)
METHOD_CODES = BaseTag(0x00120064)
VALUE_LIMIT = 64
"""Characters in one value of LO (PS3.5 6.2)."""


def append_method_code(dataset: Dataset, *, value: str, scheme: str, meaning: str, version: str = "") -> None:
    """Append an item to De-identification Method Code Sequence; earlier items stay, since readers look at the last."""
    item = new_item(dataset)
    fields = ((0x00080100, "SH", value), (0x00080102, "SH", scheme), (0x00080103, "SH", version), (0x00080104, "LO", meaning))
    for tag, vr, text in fields:
        if text:
            item._dict[BaseTag(tag)] = element(tag, vr, text)
    items = items_of(dataset, METHOD_CODES)
    if items is None:
        dataset._dict[METHOD_CODES] = DataElement(METHOD_CODES, "SQ", Sequence([item]))
    else:
        items.append(item)


def last_script(dataset: Dataset) -> str | None:
    """The id of the script that the last item of the method codes names, if it is one that XNAT's record form was used for.

    A project's script need not run again at archiving when it is the one named here (reference 10.1).
    """
    items = items_of(dataset, METHOD_CODES)
    if not items:
        return None
    scheme, value = (entry_of(items[-1], tag) for tag in (0x00080102, 0x00080100))
    if scheme is None or value is None or text_of(scheme, items[-1]) != "XNAT":
        return None
    return text_of(value, items[-1])


def append_method(dataset: Dataset, text: str) -> None:
    """Append a value to De-identification Method, unless it is there already; longer text is cut to one value."""
    text = text.replace("\\", "/")[:VALUE_LIMIT].rstrip()
    entry = entry_of(dataset, METHOD)
    old = (text_of(entry, dataset) or "") if entry is not None else ""
    if text not in old.split("\\"):
        dataset._dict[METHOD] = element(METHOD, "LO", f"{old}\\{text}" if old else text)


def mark_identity_removed(dataset: Dataset) -> None:
    """Patient Identity Removed: YES. Only after a whole profile ran on this object (PS3.15 E.1)."""
    dataset._dict[BaseTag(0x00120062)] = element(0x00120062, "CS", "YES")


def follow_identity(dataset: Dataset) -> None:
    """File meta information names the SOP class and instance that the data set has (PS3.10 7.1)."""
    meta = getattr(dataset, "file_meta", None)
    if meta is None:
        return
    for tag, source in ((0x00020002, 0x00080016), (0x00020003, 0x00080018)):
        entry = entry_of(dataset, source)
        text = None if entry is None else text_of(entry, dataset)
        old = entry_of(meta, tag)
        if text and (old is None or text_of(old, meta) != text):
            meta._dict[BaseTag(tag)] = element(tag, "UI", text)
