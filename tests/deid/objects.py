"""Small objects for the tests of de-identification, and what is in them afterwards."""
from __future__ import annotations

from pydicom import Dataset

from scanhouse.deid.elements import everything, find
from scanhouse.deid.tagpath import address_text, parse_path
from scanhouse.deid.values import text_of, vr_of
from scanhouse.deid.vector_objects import built, reread

PATIENT = (("(0008,0005)", "CS", "ISO_IR 100"), ("(0008,0016)", "UI", "1.2.840.10008.5.1.4.1.1.4"), ("(0008,0018)", "UI", "1.2.3.4.5"),
           ("(0008,0020)", "DA", "20220101"), ("(0008,0060)", "CS", "MR"), ("(0010,0010)", "PN", "Doe^John"), ("(0010,0020)", "LO", "ID1"))
"""A minimal object about John Doe."""


def made(*elements: tuple[str, str, str | int], patient: bool = True) -> Dataset:
    """An object read back from its file: (path, VR, text), or the number of items for SQ."""
    rows = {path: (path, vr, value) for path, vr, value in ((*PATIENT, *elements) if patient else elements)}
    return built([{"tag": path, "vr": vr, "items" if isinstance(value, int) else "value": value}
                  for path, vr, value in rows.values()], None)


def text(dataset: Dataset, path: str) -> str | None:
    """The text at a path of real tags, or None when nothing is there."""
    found = find(dataset, parse_path(path))
    return found[0].text if found else None


def vr(dataset: Dataset, path: str) -> str | None:
    found = find(dataset, parse_path(path))
    return vr_of(found[0].entry, found[0].holder) if found and found[0].entry is not None else None


def contents(dataset: Dataset) -> dict[str, tuple[str, object]]:
    """Path to VR and value of every element, file meta information left out, as a reader of the written file sees them."""
    return {address_text(place.address, place.tag): (vr_of(place.entry, place.holder), _value(place))
            for place in everything(reread(dataset)) if place.entry is not None}


def _value(place) -> object:
    value = text_of(place.entry, place.holder)
    return value if value is not None or vr_of(place.entry, place.holder) == "SQ" else place.entry.value
