"""Writing an edited header as pydicom would, byte for byte, in a fraction of its time; what is not plain is left to pydicom."""
from __future__ import annotations

import struct
from typing import Final, cast

from pydicom import Dataset
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_data_element
from pydicom.tag import BaseTag
from pydicom.valuerep import PersonName

from scanhouse.deid.fastpath.elements import LONG, SHORT, is_plain_sequence
from scanhouse.deid.values import BYTES, Entry, known_vr

TEXTS: Final = frozenset(["AE", "AS", "CS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"])
_LONG_VRS: Final = frozenset(LONG.values())
_SHORT_HEAD: Final = struct.Struct("<HH2sH").pack
_LONG_HEAD: Final = struct.Struct("<HH2sHI").pack
_IMPLICIT_HEAD: Final = struct.Struct("<HHI").pack
_CODES: Final = {vr: code for code, vr in (*SHORT.items(), *LONG.items())}
MAX_SHORT: Final = 0xFFFF
UNDEFINED_ITEM: Final = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
ITEM_END: Final = b"\xfe\xff\x0d\xe0\0\0\0\0"
SEQUENCE_END: Final = b"\xfe\xff\xdd\xe0\0\0\0\0"


class NotPlain(Exception):
    """Something that only the general way writes rightly; never leaves the package."""


def elements_of(dataset: Dataset, *, implicit: bool, stop: BaseTag | None = None) -> tuple[list[bytes], list[bytes]]:
    """The data set's elements as bytes, those below `stop` and those above it (`stop` itself left out).

    Raises `NotPlain`.
    """
    before: list[bytes] = []
    after: list[bytes] = []
    out = before
    encodings: list[str] | None = None
    entries = dataset._dict
    for number in sorted(map(int, entries)):
        if number & 0xFFFF == 0 and number >> 16 > 6:
            continue
        if stop is not None and number == stop:
            out = after
            continue
        entry = entries[cast(BaseTag, number)]
        if isinstance(entry, RawDataElement):
            _raw(entry, dataset, implicit, out)
            continue
        if entry.VR == "SQ":
            _sequence(entry, implicit, out)
            continue
        value = _text_bytes(entry)
        if value is None:
            if encodings is None:
                encodings = _encodings(dataset)
            out.append(_by_pydicom(entry, implicit, encodings))
        else:
            _put(number, str(entry.VR), value, implicit, out)
    return before, after


def _encodings(dataset: Dataset) -> list[str]:
    declared = dataset._character_set
    return [declared] if isinstance(declared, str) else list(declared)


def _raw(entry: RawDataElement, holder: Dataset, implicit: bool, out: list[bytes]) -> None:
    value: bytes = entry.value or b""
    vr = entry.VR
    if entry.length == 0xFFFFFFFF or entry.is_implicit_VR != implicit:
        raise NotPlain
    if implicit:
        if _holds_items(known_vr(int(entry.tag), holder), value):
            raise NotPlain
    elif vr is None or (vr == "UN" and not entry.tag >> 16 & 1) or (vr == "SQ" and value and not is_plain_sequence(value, implicit=False)):
        raise NotPlain
    _put(int(entry.tag), vr or "", value, implicit, out)


def _sequence(entry: DataElement, implicit: bool, out: list[bytes]) -> None:
    """A parsed sequence: items and lengths as they were read, undefined ones too."""
    inner: list[bytes] = []
    for item in cast(list[Dataset], entry.value or ()):
        if item.original_encoding != (implicit, True) or item.original_character_set != item._character_set:
            raise NotPlain
        pieces, _ = elements_of(item, implicit=implicit)
        if item.is_undefined_length_sequence_item:
            inner += (UNDEFINED_ITEM, *pieces, ITEM_END)
        else:
            inner += (_IMPLICIT_HEAD(0xFFFE, 0xE000, sum(map(len, pieces))), *pieces)
    number = int(entry.tag)
    length = 0xFFFFFFFF if entry.is_undefined_length else sum(map(len, inner))
    if implicit:
        out.append(_IMPLICIT_HEAD(number >> 16, number & 0xFFFF, length))
    else:
        out.append(_LONG_HEAD(number >> 16, number & 0xFFFF, b"SQ", 0, length))
    out += inner
    if entry.is_undefined_length:
        out.append(SEQUENCE_END)


def _holds_items(vr: str, value: bytes) -> bool:
    return vr == "SQ" and bool(value)


def _put(number: int, vr: str, value: bytes, implicit: bool, out: list[bytes]) -> None:
    length = len(value)
    if implicit:
        out.append(_IMPLICIT_HEAD(number >> 16, number & 0xFFFF, length))
    elif vr in _LONG_VRS:
        out.append(_LONG_HEAD(number >> 16, number & 0xFFFF, _CODES[vr], 0, length))
    elif length > MAX_SHORT or vr not in _CODES:
        raise NotPlain
    else:
        out.append(_SHORT_HEAD(number >> 16, number & 0xFFFF, _CODES[vr], length))
    out.append(value)


def _text_bytes(entry: DataElement) -> bytes | None:
    """The value of a text element that is plain ASCII, encoded; None for everything else."""
    vr, value = entry.VR, entry.value
    if vr not in TEXTS:
        return None
    if value is None or value == "":
        return b""
    if isinstance(value, PersonName):
        value = str(value)
    elif not isinstance(value, str):
        if isinstance(value, bytes) or not all(isinstance(part, str) for part in value):
            return None
        value = "\\".join(value)
    if not value.isascii():
        return None
    data = value.encode("ascii")
    return data + (b"\0" if vr == "UI" else b" ") if len(data) & 1 else data


def _by_pydicom(entry: Entry, implicit: bool, encodings: list[str]) -> bytes:
    stream = DicomBytesIO()
    stream.is_implicit_VR, stream.is_little_endian = implicit, True
    write_data_element(stream, entry, encodings)
    return stream.getvalue()


def pixel_head(tag: BaseTag, vr: str | None, length: int, *, implicit: bool) -> bytes:
    """Tag, VR and length of pixel data whose value is copied."""
    if implicit:
        return _IMPLICIT_HEAD(tag >> 16, tag & 0xFFFF, length)
    if vr not in BYTES:
        raise NotPlain
    return _LONG_HEAD(tag >> 16, tag & 0xFFFF, _CODES[vr], 0, length)
