"""Values that stand for nothing: what D of PS3.15 table E.1-1a puts in place of a value, by VR, and empty documents by their type."""
from __future__ import annotations

from typing import Final

from pydicom import Dataset, Sequence
from pydicom.dataelem import DataElement
from pydicom.tag import BaseTag

from scanhouse.deid.elements import new_item
from scanhouse.deid.values import element, entry_of, text_of

WORD: Final = "ANONYMIZED"
BY_VR: Final = {
    "AE": "ANON", "AS": "000Y", "CS": "ANON", "DA": "19000101", "DS": "0", "DT": "19000101000000", "IS": "0", "LO": WORD, "LT": WORD,
    "PN": "ANON", "SH": WORD, "ST": WORD, "TM": "000000", "UC": WORD, "UR": "urn:anon", "UT": WORD, "AT": "00000000", "FL": "0", "FD": "0",
    "SL": "0", "SS": "0", "SV": "0", "UL": "0", "US": "0", "UV": "0",
}
"""Text by VR; UI and bytes have none, since a UID is mapped and bytes have no text."""
BY_TAG: Final = {0x04000565: "COERCE"}
"""Attributes whose defined terms do not include ANON (PS3.3 C.12.1.1.9)."""

_PDF: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\nxref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n"
    b"0000000052 00000 n \n0000000101 00000 n \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n162\n%%EOF\n")
_DOCUMENTS: Final = {
    "application/pdf": _PDF,
    "text/xml": b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>\n',
    "model/stl": bytes(80) + bytes(4),
    "model/obj": b"# \n",
    "model/mtl": b"# \n",
}
"""Empty documents of the types that DICOM encapsulates (PS3.3 A.45, A.85)."""


def document(dataset: Dataset) -> bytes:
    """An empty document of the type that the object says it holds; two zero bytes where the type is not known."""
    entry = entry_of(dataset, 0x00420012)
    kind = (text_of(entry, dataset) or "").strip().lower() if entry is not None else ""
    data = _DOCUMENTS.get(kind, b"\0\0")
    return data + b"\0" * (len(data) % 2)


def coded(holder: Dataset) -> Dataset:
    """An item with a code that means nothing."""
    return _item(holder, {0x00080100: ("SH", "ANON"), 0x00080102: ("SH", "99ANON"), 0x00080104: ("LO", "Anonymized")})


def comment(holder: Dataset, *, related: bool = True) -> Dataset:
    """A content item (PS3.3 C.17.3) that holds no content: a comment. `related` ones say how they belong to the item above."""
    item = _item(holder, ({0x0040A010: ("CS", "CONTAINS")} if related else {}) | {0x0040A040: ("CS", "TEXT"), 0x0040A160: ("UT", WORD)})
    name = _item(item, {0x00080100: ("SH", "121106"), 0x00080102: ("SH", "DCM"), 0x00080104: ("LO", "Comment")})
    item._dict[BaseTag(0x0040A043)] = DataElement(0x0040A043, "SQ", Sequence([name]))
    return item


def point(holder: Dataset) -> Dataset:
    """A graphic object (PS3.3 C.10.5.1.2) of one point."""
    return _item(holder, {0x00700005: ("CS", "PIXEL"), 0x00700020: ("US", "2"), 0x00700021: ("US", "1"), 0x00700022: ("FL", "1\\1"),
                          0x00700023: ("CS", "POINT"), 0x00700024: ("CS", "N")})


def _item(holder: Dataset, fields: dict[int, tuple[str, str]]) -> Dataset:
    item = new_item(holder)
    for tag, (vr, text) in fields.items():
        new = element(tag, vr, text)
        item._dict[new.tag] = new
    return item
