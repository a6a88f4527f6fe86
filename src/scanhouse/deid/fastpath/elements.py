"""Reading a header to the data set that the engine edits, element by element, as pydicom would, in a fraction of its time.

Only what is plainly well formed is read here; anything odd gives None, and the whole file is read the general way.
"""
from __future__ import annotations

import io
import struct
from functools import lru_cache
from typing import Final, NamedTuple, cast

from pydicom import Dataset, Sequence
from pydicom.charset import convert_encodings, default_encoding
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.filereader import read_sequence
from pydicom.tag import BaseTag

from scanhouse.deid.values import UNREADABLE, tag_of
from scanhouse.dicom.header import UNDEFINED

PIXEL_TAGS: Final = frozenset((0x7FE00008, 0x7FE00009, 0x7FE00010))
SHORT: Final = {code: code.decode() for code in b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split()}
LONG: Final = {code: code.decode() for code in b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split()}
CHARACTER_SET: Final = 0x00080005
_EXPLICIT: Final = struct.Struct("<HH2sH").unpack_from
_IMPLICIT: Final = struct.Struct("<HHI").unpack_from
_U32: Final = struct.Struct("<I").unpack_from


class Head:
    """Elements read so far. `pixel` is tag, VR, length and offset of the pixel data's value when the reading came to it."""

    def __init__(self, *, implicit: bool) -> None:
        self.implicit = implicit
        self.entries: dict[BaseTag, RawDataElement | DataElement] = {}
        self.pixel: tuple[BaseTag, str | None, int, int] | None = None
        self.last = 0
        self.encoding: str | list[str] = default_encoding


def read_elements(head: Head, buf: bytes, pos: int, end: int) -> int | None:
    """Read elements of `buf` from `pos` on, until pixel data or `end`. The offset reached; None for what is not plain.

    An offset before `end` without pixel data means that the element there is longer than `buf`.
    """
    implicit, entries = head.implicit, head.entries
    new = tuple.__new__  # as RawDataElement(...) in half the time
    while pos < end:
        begin = pos
        if pos + 12 > end:
            return begin if pos + 8 > end or not _is_short(buf, pos, implicit) else _one(head, buf, pos, end)
        if implicit:
            group, element, length = _IMPLICIT(buf, pos)
            vr: str | None = None
            pos += 8
        else:
            group, element, code, length = _EXPLICIT(buf, pos)
            pos += 8
            vr = SHORT.get(code)
            if vr is None:
                vr = LONG.get(code)
                if vr is None:
                    return None
                length = _U32(buf, pos)[0]
                pos += 4
        number = group << 16 | element
        if number <= head.last or group < 8 or group == 0xFFFE or (vr == "UN" and not group & 1):
            return None
        head.last = number
        tag = tag_of(number)
        if number in PIXEL_TAGS:
            head.pixel = (tag, vr, length, pos)
            return pos
        if length == UNDEFINED:
            if vr != "SQ":
                return None
            read = _undefined(head, buf, pos, tag)
            if read is None:
                head.last = number - 1
                return begin
            pos = read
            continue
        if pos + length > end:
            head.last = number - 1
            return begin
        entries[tag] = new(RawDataElement, (tag, vr, length, buf[pos:pos + length], pos, implicit, True, True, False))
        if number == CHARACTER_SET:
            try:
                head.encoding = convert_encodings(buf[pos:pos + length].decode("latin-1").rstrip(" \0").split("\\"))
            except UNREADABLE:
                return None
        pos += length
    return pos


def _is_short(buf: bytes, pos: int, implicit: bool) -> bool:
    return implicit or buf[pos + 4:pos + 6] in SHORT


def _one(head: Head, buf: bytes, pos: int, end: int) -> int | None:
    """The last element of a file, when it is too short to be unpacked with what follows."""
    padded = buf[:end] + bytes(12)
    if head.implicit:
        length = _IMPLICIT(padded, pos)[2]
    else:
        length = _EXPLICIT(padded, pos)[3]
    if pos + 8 + length != end:
        return pos
    group, element = struct.unpack_from("<HH", padded, pos)
    number = group << 16 | element
    if number <= head.last or number in PIXEL_TAGS or group < 8:
        return None
    tag = tag_of(number)
    vr = None if head.implicit else SHORT[padded[pos + 4:pos + 6]]
    head.entries[tag] = RawDataElement(tag, vr, length, padded[pos + 8:end], pos + 8, head.implicit, True)
    return end


def _undefined(head: Head, buf: bytes, pos: int, tag: BaseTag) -> int | None:
    """Parse a sequence of undefined length, by pydicom itself; the offset after it, None when `buf` ends before it."""
    stream = io.BytesIO(buf)
    stream.seek(pos)
    try:
        items = read_sequence(stream, head.implicit, True, UNDEFINED, head.encoding)
    except UNREADABLE:
        return None
    if buf[stream.tell() - 8:stream.tell() - 4] != b"\xfe\xff\xdd\xe0":
        return None
    head.entries[tag] = DataElement(tag, "SQ", items, pos, is_undefined_length=True)
    return stream.tell()


def data_set(head: Head, meta: Dataset, preamble: bytes) -> Dataset:
    """The data set with its file meta information, as pydicom's reader makes it."""
    dataset = Dataset(head.entries)
    dataset.set_original_encoding(head.implicit, True, head.encoding)
    dataset.file_meta = cast(FileMetaDataset, meta)
    dataset.preamble = preamble
    return dataset


_BLANK: Final = dict(Dataset().__dict__)


def parsed_sequence(entry: RawDataElement, holder: Dataset) -> DataElement | None:
    """A sequence that is still bytes, parsed as pydicom would in a third of its time; None for what is not plain explicit little endian."""
    if entry.VR != "SQ" or entry.is_implicit_VR or not entry.is_little_endian or entry.length == UNDEFINED or holder._read_implicit is None:
        return None
    data = entry.value or b""
    encoding = holder.original_character_set or holder._character_set
    items, pos, end = [], 0, len(data)
    while pos < end:
        if pos + 8 > end:
            return None
        group, element, length = _IMPLICIT(data, pos)
        begin = pos + 8
        pos = begin + length
        if group != 0xFFFE or element != 0xE000 or pos > end:
            return None
        head = Head(implicit=False)
        head.encoding = encoding  # type: ignore[assignment]  # pydicom's own type is wider
        if read_elements(head, data, begin, pos) != pos or head.pixel is not None:
            return None
        item = Dataset.__new__(Dataset)
        item.__dict__.update(_BLANK, _dict=head.entries, _parent_encoding=encoding, _private_blocks={}, _read_implicit=False, _read_little=True,
                             _read_charset=head.encoding, seq_item_tell=begin - 8, file_tell=begin - 8)
        items.append(item)
    sequence = Sequence(items)
    sequence.is_undefined_length = False
    return DataElement(entry.tag, "SQ", sequence, entry.value_tell, already_converted=True)


class Contents(NamedTuple):
    """What lies in a sequence at all depths: its tags, and their VRs."""

    tags: frozenset[int]
    vrs: frozenset[bytes]


MAX_DEPTH: Final = 16
"""Levels looked into; deeper ones are read the general way."""
SMALL: Final = 4096
"""Bytes of a sequence that is remembered: the objects of a series have many in common."""


def contents_of(entry: object) -> Contents | None:
    """What lies in a sequence that is still bytes, without parsing it; None for what is not plainly written in explicit VR.

    Plain means that writing the parsed sequence again would give these very bytes.
    """
    if not isinstance(entry, RawDataElement) or entry.VR != "SQ" or entry.is_implicit_VR or not entry.is_little_endian or entry.length == UNDEFINED:
        return None
    return contents_of_bytes(entry.value or b"")


def contents_of_bytes(data: bytes) -> Contents | None:
    """The same of the bytes of a sequence in explicit VR little endian."""
    return _remembered(data) if len(data) <= SMALL else _contents(data)


def _contents(data: bytes) -> Contents | None:
    tags: set[int] = set()
    vrs: set[bytes] = set()
    return Contents(frozenset(tags), frozenset(vrs)) if _plain_items(data, 0, len(data), 0, tags, vrs) else None


_remembered = lru_cache(maxsize=2048)(_contents)


def _plain_items(data: bytes, pos: int, end: int, depth: int, tags: set[int], vrs: set[bytes]) -> bool:
    if depth > MAX_DEPTH:
        return False
    while pos < end:
        if pos + 8 > end:
            return False
        group, element, length = _IMPLICIT(data, pos)
        pos += 8
        if group != 0xFFFE or element != 0xE000 or length == UNDEFINED or pos + length > end:
            return False
        if not _plain_elements(data, pos, pos + length, depth, tags, vrs):
            return False
        pos += length
    return True


def _plain_elements(data: bytes, pos: int, end: int, depth: int, tags: set[int], vrs: set[bytes]) -> bool:
    last = 0
    while pos < end:
        if pos + 8 > end:
            return False
        group, element, code, length = _EXPLICIT(data, pos)
        pos += 8
        if code not in SHORT:
            if code not in LONG or code == b"UN" or pos + 4 > end:
                return False
            length = _U32(data, pos)[0]
            pos += 4
        number = group << 16 | element
        if number <= last or element == 0 or group < 8 or number == CHARACTER_SET or length == UNDEFINED or pos + length > end:
            return False
        tags.add(number)
        vrs.add(code)
        if code == b"SQ" and not _plain_items(data, pos, pos + length, depth + 1, tags, vrs):
            return False
        last = number
        pos += length
    return True
