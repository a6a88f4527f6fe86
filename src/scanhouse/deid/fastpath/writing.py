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

from scanhouse.deid.fastpath.elements import LONG, SHORT, contents_of
from scanhouse.deid.values import BYTES, Entry, known_vr, tag_of

TEXTS: Final = frozenset(["AE", "AS", "CS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"])
_LONG_VRS: Final = frozenset(LONG.values())
_SHORT_HEAD: Final = struct.Struct("<HH2sH").pack
_LONG_HEAD: Final = struct.Struct("<HH2sHI").pack
_IMPLICIT_HEAD: Final = struct.Struct("<HHI").pack
_CODES: Final = {vr: code for code, vr in (*SHORT.items(), *LONG.items())}
WRITTEN: Final = "--"
"""In place of a VR: the bytes have their tag and length already."""
FIRST: Final = 0x00080000
NEVER: Final = 1 << 32
MAX_SHORT: Final = 0xFFFF
LARGE: Final = 4096
"""Bytes of a value from which on a piece of its own costs less than one more copy."""
UNDEFINED_ITEM: Final = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
ITEM_END: Final = b"\xfe\xff\x0d\xe0\0\0\0\0"
SEQUENCE_END: Final = b"\xfe\xff\xdd\xe0\0\0\0\0"


class NotPlain(Exception):
    """Something that only the general way writes rightly; never leaves the package."""


def elements_of(dataset: Dataset, *, implicit: bool, stop: BaseTag | None = None,
                source: tuple[bytes, Dataset] | None = None) -> tuple[list[bytes], list[bytes]]:
    """The data set's elements as bytes, those below `stop` and those above it (`stop` itself left out). Raises `NotPlain`.

    `source` is the buffer that the header was read from and the data set that it gave: elements that are the same there are copied from
    the buffer in runs.
    """
    before: list[bytes] = []
    after: list[bytes] = []
    out = before
    encodings: list[str] | None = None
    entries = dataset._dict
    buf, read = (b"", {}) if source is None else (source[0], source[1]._dict)
    begin = end = 0
    last = NEVER if stop is None else int(stop)
    for number, entry in sorted(zip(map(int, entries), entries.values(), strict=True), key=_first):
        if number < FIRST:
            raise NotPlain  # commands and file meta information have no place here
        if number & 0xFFFF == 0 and number >> 16 > 6:
            continue
        if number >= last:
            if end:
                before.append(buf[begin:end])
                begin = end = 0
            out, read = after, {}
            if number == last:
                continue
        if isinstance(entry, RawDataElement):
            value = _raw_value(entry, dataset, implicit)
            if read.get(entry.tag) is entry:
                start = entry.value_tell - (12 if entry.VR in _LONG_VRS else 8)
                if start != end:
                    if end:
                        out.append(buf[begin:end])
                    begin = start
                end = entry.value_tell + len(value)
                continue
            vr = entry.VR or ""
        else:
            vr = str(entry.VR)
            if vr == "SQ":
                if end:
                    out.append(buf[begin:end])
                    begin = end = 0
                _sequence(entry, implicit, out)
                continue
            text = _text_bytes(entry)
            if text is None:
                encodings = encodings or _encodings(dataset)
                vr, text = WRITTEN, _by_pydicom(entry, implicit, encodings)
            value = text
        if end:
            out.append(buf[begin:end])
            begin = end = 0
        if vr == WRITTEN:
            out.append(value)
        else:
            _put(number, vr, value, implicit, out)
    if end:
        out.append(buf[begin:end])
    return before, after


def element_bytes(dataset: Dataset, number: int) -> list[bytes]:
    """One element in explicit VR, of a data set that declares no character set. Raises `NotPlain`."""
    out: list[bytes] = []
    entry = dataset._dict[tag_of(number)]
    if isinstance(entry, RawDataElement):
        _put(number, entry.VR or "", _raw_value(entry, dataset, False), False, out)
    else:
        text = _text_bytes(entry)
        if text is None:
            out.append(_by_pydicom(entry, False, ["iso8859"]))
        else:
            _put(number, str(entry.VR), text, False, out)
    return out


def _first(pair: tuple[int, Entry]) -> int:
    return pair[0]


def _encodings(dataset: Dataset) -> list[str]:
    declared = dataset._character_set
    return [declared] if isinstance(declared, str) else list(declared)


def _raw_value(entry: RawDataElement, holder: Dataset, implicit: bool) -> bytes:
    """The bytes of an element that is as it was read, where writing it the general way would not change them."""
    value: bytes = entry.value or b""
    vr = entry.VR
    if entry.length == 0xFFFFFFFF or entry.is_implicit_VR != implicit:
        raise NotPlain
    if implicit:
        if value and known_vr(int(entry.tag), holder) == "SQ":
            raise NotPlain
    elif vr is None or (vr == "UN" and not entry.tag >> 16 & 1) or (vr == "SQ" and value and contents_of(entry) is None):
        raise NotPlain
    return value


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


def _put(number: int, vr: str, value: bytes, implicit: bool, out: list[bytes]) -> None:
    length = len(value)
    if implicit:
        head = _IMPLICIT_HEAD(number >> 16, number & 0xFFFF, length)
    elif vr in _LONG_VRS:
        head = _LONG_HEAD(number >> 16, number & 0xFFFF, _CODES[vr], 0, length)
    elif length > MAX_SHORT or vr not in _CODES:
        raise NotPlain
    else:
        head = _SHORT_HEAD(number >> 16, number & 0xFFFF, _CODES[vr], length)
    if length > LARGE:
        out += (head, value)
    else:
        out.append(head + value if value else head)


def _text_bytes(entry: DataElement) -> bytes | None:
    """The value of a text element that is plain ASCII, encoded; None for everything else."""
    vr, value = entry.VR, entry._value
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
