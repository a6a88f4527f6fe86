"""File meta information read and written by bytes (PS3.10 7.1); files whose meta information is odd are read the general way."""
from __future__ import annotations

import struct
from typing import Final

from pydicom import Dataset
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.tag import BaseTag

from scanhouse.deid.fastpath.elements import LONG, SHORT
from scanhouse.deid.fastpath.writing import NotPlain, element_bytes
from scanhouse.deid.values import element, entry_of, text_of
from scanhouse.dicom.part10 import PREAMBLE_LENGTH

SYNTAX: Final = 0x00020010
START: Final = PREAMBLE_LENGTH + 4
NEEDED: Final = (0x00020001, 0x00020002, 0x00020003, 0x00020010, 0x00020012, 0x00020013)
"""Elements without which pydicom would add something."""
REWRITTEN: Final = (0x00020002, 0x00020003, 0x00020010, 0x00020012)
_EXPLICIT: Final = struct.Struct("<HH2sH").unpack_from
_U32: Final = struct.Struct("<I").unpack_from


def read_meta(buf: bytes) -> tuple[Dataset, int] | None:
    """File meta information and the offset of the data set; None for anything but a plain Part 10 file."""
    if buf[PREAMBLE_LENGTH:START] != b"DICM":
        return None
    meta = FileMetaDataset()
    pos, end, last = START, len(buf) - 12, 0
    while pos < end:
        group, element_number, code, length = _EXPLICIT(buf, pos)
        if group != 2:
            break
        pos += 8
        vr = SHORT.get(code)
        if vr is None:
            vr = LONG.get(code)
            if vr is None or vr == "SQ":
                return None
            length = _U32(buf, pos)[0]
            pos += 4
        number = 0x00020000 | element_number
        if (number <= last and last) or pos + length > end:
            return None
        last = number
        tag = BaseTag(number)
        meta._dict[tag] = RawDataElement(tag, vr, length, buf[pos:pos + length], pos, False, True)
        pos += length
    meta.set_original_encoding(False, True, "iso8859")
    length_entry = meta._dict.get(BaseTag(0x00020000))
    if not isinstance(length_entry, RawDataElement) or length_entry.length != 4 or START + 12 + _U32(length_entry.value or b"")[0] != pos:
        return None
    return meta, pos


def written_meta(dataset: Dataset) -> list[bytes]:
    """Preamble, prefix and group 0002 with its true length. Raises `NotPlain`."""
    meta = dataset.file_meta
    for tag in NEEDED:
        entry = entry_of(meta, tag)
        if entry is None or not entry.value:
            raise NotPlain
    plain = Dataset()
    plain._dict = {tag: entry for tag, entry in meta._dict.items() if tag != 0x00020000}
    for tag in REWRITTEN:
        entry = plain._dict[BaseTag(tag)]
        if not isinstance(entry, DataElement):
            plain._dict[BaseTag(tag)] = element(tag, "UI", text_of(entry, meta) or "")
    pieces = [piece for number in sorted(map(int, plain._dict)) for piece in element_bytes(plain, number)]
    size = sum(map(len, pieces))
    preamble = getattr(dataset, "preamble", None) or bytes(PREAMBLE_LENGTH)
    if len(preamble) != PREAMBLE_LENGTH:
        raise NotPlain
    return [preamble, b"DICM", struct.pack("<HH2sHI", 2, 0, b"UL", 4, size), *pieces]
