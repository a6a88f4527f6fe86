"""Fragments of encapsulated pixel data: their lengths, and which of them begin a frame (PS3.5 A.4)."""
from __future__ import annotations

import struct
from array import array

from scanhouse.dicom.header import UNDEFINED
from scanhouse.dicom.refusals import BadEncoding, TooComplex, Truncated
from scanhouse.dicom.sources import Read

MAX_FRAGMENTS = 1_000_000
"""Fragments of one instance; the largest whole-slide images have some 100,000 tiles, one fragment each."""

_STARTS = (b"\xff\xd8", b"\xff\x4f\xff\x51")  # JPEG and JPEG-LS; JPEG 2000: the first bytes of a frame (PS3.5 A.4.1, A.4.4)
_ITEM = struct.Struct("<HHI")
_ITEM_TAG = b"\xfe\xff\x00\xe0"


def walk(read: Read, pos: int) -> tuple[array[int], list[bytes]]:
    """Lengths of the fragments whose first item is at `pos`, and their first four bytes."""
    lengths = array("I")
    heads: list[bytes] = []
    for _ in range(MAX_FRAGMENTS):
        head = read(pos, 12)
        length = item_length(head, pos)
        if length is None:
            return lengths, heads
        if length and not read(pos + 7 + length, 1):
            raise Truncated(f"A fragment of the pixel data, at byte {pos}, is longer than the file. Send the whole file.", at=pos)
        lengths.append(length)
        heads.append(head[8:])
        pos += 8 + length
    raise TooComplex(f"The pixel data has more than {MAX_FRAGMENTS} fragments.")


def check(read: Read, pos: int, size: int) -> None:
    """Refuse pixel data whose items, the first at `pos` (the Basic Offset Table), go on beyond the file of `size` bytes.

    Reads eight bytes of each item and keeps none. Where something else than an item follows, or nothing, it looks no further: such
    data sets are sent, and whoever decodes them says what is wrong. Raises `Truncated` and `TooComplex`.
    """
    for _ in range(MAX_FRAGMENTS + 1):
        head = read(pos, 8)
        if len(head) < 8 or head[:4] != _ITEM_TAG:
            return
        end = pos + 8 + int.from_bytes(head[4:], "little")
        if end > size:
            raise Truncated(f"A fragment of the pixel data, at byte {pos}, is longer than the file. Send the whole file.", at=pos)
        pos = end
    raise TooComplex(f"The pixel data has more than {MAX_FRAGMENTS} fragments.")


def item_length(head: bytes, pos: int) -> int | None:
    """Length of the item whose header this is; None for the delimiter that ends them, and for the end of the file in its place."""
    if len(head) < 8:
        return None
    group, element, length = _ITEM.unpack_from(head)
    if (group, element) == (0xFFFE, 0xE0DD):
        return None
    if (group, element) != (0xFFFE, 0xE000) or length == UNDEFINED:
        raise BadEncoding(f"The encapsulated pixel data has something else than a fragment, at byte {pos}.")
    return int(length)


def starts_by_table(data: bytes, lengths: array[int]) -> array[int] | None:
    """First fragments of the frames by a Basic Offset Table, if it fits the fragments."""
    position = 0
    at: dict[int, int] = {}
    for index, length in enumerate(lengths):
        at[position] = index
        position += length + 8
    starts = array("I")
    for (offset,) in struct.iter_unpack("<I", data):
        if offset not in at or (starts and at[offset] <= starts[-1]):
            return None
        starts.append(at[offset])
    return starts if starts and starts[0] == 0 else None


def starts_by_content(heads: list[bytes], count: int) -> array[int] | None:
    """First fragments of the frames by the markers that compressed images begin with."""
    starts = array("I", [index for index, head in enumerate(heads) if head.startswith(_STARTS)])
    return starts if len(starts) == count and starts[0] == 0 else None
