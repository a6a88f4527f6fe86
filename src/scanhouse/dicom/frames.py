"""Where every frame of an instance lies in its file, found once on the way in; a frame is then some byte ranges (PS3.5 A.4, 8.2)."""
from __future__ import annotations

import struct
import zlib
from array import array
from dataclasses import dataclass, field

from scanhouse.dicom.facts import Facts
from scanhouse.dicom.fragments import check, item_length, starts_by_content, starts_by_table, walk
from scanhouse.dicom.header import MAX_INFLATED, PIXEL_TAGS, UNDEFINED, scan
from scanhouse.dicom.refusals import BadEncoding, NoSuchFrame, Truncated
from scanhouse.dicom.sources import Read, Source, reader
from scanhouse.dicom.transfer_syntaxes import EXPLICIT_BIG, syntax

Range = tuple[int, int]
"""Offset in the file and length, in bytes."""

_NATIVE, _ENCAPSULATED, _DEFLATED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class FrameTable:
    """The frames that are whole in the file, `count` of them; their numbers begin at 1, as everywhere in DICOM.

    Native frames follow one another from `first` on, `frame_bits` long each. Encapsulated ones are the values of fragments, which
    follow one another behind item headers of 8 bytes: `lengths` of the fragments, `starts` the first fragment of each frame (empty:
    one fragment each). Those of a deflated data set (`inflated`) lie in the inflated bytes: only `read_frame` can give them.
    """

    count: int
    first: int = 0
    frame_bits: int = 0
    lengths: array[int] = field(default_factory=lambda: array("I"))
    starts: array[int] = field(default_factory=lambda: array("I"))
    encapsulated: bool = False
    inflated: bool = False
    dataset_offset: int = 0

    def ranges(self, number: int) -> list[Range]:
        """Byte ranges in the file that, joined, are frame `number`. Raises `NoSuchFrame`, also where a frame is not whole bytes of
        the file (`addressable` says so before)."""
        self._check(number)
        if not self.addressable:
            raise NoSuchFrame("The frames of this instance are no byte ranges of its file; read them one by one.")
        if not self.encapsulated:
            size = self.frame_bits // 8
            return [(self.first + (number - 1) * size, size)]
        begin, end = (self.starts[number - 1], self._end(number)) if self.starts else (number - 1, number)
        offset = self.first + sum(self.lengths[:begin]) + 8 * begin
        found: list[Range] = []
        for at in range(begin, end):
            found.append((offset, self.lengths[at]))
            offset += self.lengths[at] + 8
        return found

    def length(self, number: int) -> int:
        """Bytes of frame `number`."""
        if self.encapsulated:
            return sum(length for _, length in self.ranges(number))
        self._check(number)
        return (self.frame_bits + 7) // 8

    @property
    def addressable(self) -> bool:
        """Whether every frame is made of whole bytes of the file as it lies there."""
        return not self.inflated and (self.encapsulated or self.frame_bits % 8 == 0 or self.count <= 1)

    def pack(self) -> bytes:
        """The table as bytes for a row: 34 bytes, and 4 for each fragment."""
        form = _ENCAPSULATED if self.encapsulated else _DEFLATED if self.inflated else _NATIVE
        head = _HEAD.pack(form, self.count, self.first, self.frame_bits, self.dataset_offset, len(self.lengths))
        return head + _little(self.lengths) + _little(self.starts)

    @classmethod
    def unpack(cls, data: bytes) -> FrameTable:
        """The table that `pack` made these bytes of."""
        form, count, first, bits, dataset_offset, fragments = _HEAD.unpack_from(data)
        cut = _HEAD.size + 4 * fragments
        lengths, starts = _from_little(data[_HEAD.size : cut]), _from_little(data[cut:])
        return cls(count, first, bits, lengths, starts, form == _ENCAPSULATED, form == _DEFLATED, dataset_offset)

    def _check(self, number: int) -> None:
        if not 1 <= number <= self.count:
            raise NoSuchFrame(f"The instance has no frame {number}: it has {self.count} that can be read.")

    def _end(self, number: int) -> int:
        return self.starts[number] if number < len(self.starts) else len(self.lengths)


def frame_table(source: Source, facts: Facts) -> FrameTable:
    """Find the frames of the instance in `source` that has these facts. Reads no pixels, only the headers of fragments.

    Frames that are cut off at the end of native pixel data are not counted. Encapsulated streams whose frames cannot be told apart
    (video, damaged tables) give a table without frames. Raises `Truncated` and `BadEncoding` where fragments do not fit the file.
    """
    read = reader(source)
    how = syntax(facts.transfer_syntax_uid)
    if how.deflated:
        return _deflated(read, facts)
    if facts.pixel_offset is None:
        return FrameTable(0)
    if facts.pixel_length is None:
        return _encapsulated(read, facts)
    if how.encapsulated:
        return FrameTable(0)  # native pixels under a compressed syntax: nobody can say what they are
    length = facts.pixel_length if not facts.pixels_cut else _available(read, facts.pixel_offset, facts.pixel_length)
    return _native(facts, facts.pixel_offset, length)


def check_fragments(source: Source, facts: Facts, *, size: int) -> None:
    """Refuse an instance with these facts whose fragments are longer than its file of `size` bytes, as it comes in: some microseconds
    for each fragment, no memory. Native pixels are not looked at (`Facts.pixels_cut` tells). Raises `Truncated` and `TooComplex`."""
    if facts.pixel_offset is not None and facts.pixel_length is None:
        check(reader(source), facts.pixel_offset, size)


def read_frame(source: Source, table: FrameTable, number: int) -> bytes:
    """The bytes of one frame: its fragments joined, or its native pixels (those of a bit each begin at the first bit)."""
    table._check(number)
    read = reader(source)
    if table.addressable:
        parts = [read(offset, length) for offset, length in table.ranges(number)]
        if len(parts) == 1:
            return parts[0]
        return b"".join(parts)
    begin, end = (number - 1) * table.frame_bits, number * table.frame_bits
    first, length = table.first + begin // 8, (end + 7) // 8 - begin // 8
    data = _read_inflated(read, table.dataset_offset, first, length) if table.inflated else read(first, length)
    if begin % 8:
        # Frames of single bits follow one another without padding (PS3.5 section 8.1.1), the first pixel in the lowest bit.
        data = (int.from_bytes(data, "little") >> begin % 8).to_bytes(len(data), "little")[: (table.frame_bits + 7) // 8]
    return data


_HEAD = struct.Struct("<BIQQQI")


def _little(numbers: array[int]) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)


def _from_little(data: bytes) -> array[int]:
    return array("I", struct.unpack(f"<{len(data) // 4}I", data))


def frame_bits(facts: Facts) -> int:
    """Bits of one native frame, 0 when the header does not say. Chroma-subsampled native pixels have two samples each, or one and a
    half (PS3.3 C.7.6.3.1.2)."""
    if not facts.rows or not facts.columns or not facts.bits_allocated:
        return 0
    pixels = facts.rows * facts.columns
    samples = facts.samples_per_pixel or 1
    if facts.photometric in ("YBR_FULL_422", "YBR_PARTIAL_422") and samples == 3:
        return pixels * 2 * facts.bits_allocated
    if facts.photometric == "YBR_PARTIAL_420" and samples == 3:
        return pixels * facts.bits_allocated * 3 // 2
    return pixels * samples * facts.bits_allocated


def _native(facts: Facts, first: int, length: int, *, inflated: bool = False) -> FrameTable:
    bits = frame_bits(facts)
    if not bits:
        return FrameTable(0)
    count = min(facts.number_of_frames, length * 8 // bits)
    if facts.transfer_syntax_uid == EXPLICIT_BIG and bits % 16 == 8 and count == 1 and length > bits // 8:
        bits += 8  # 8-bit pixels in big endian words: the last one is swapped with the padding
    return FrameTable(count, first, bits, inflated=inflated, dataset_offset=facts.dataset_offset if inflated else 0)


def _available(read: Read, offset: int, length: int) -> int:
    """Bytes that are really there of a value that the file cuts off: found by halving, in 32 reads at most."""
    low, high = 0, length
    while low < high:
        middle = (low + high + 1) // 2
        if read(offset + middle - 1, 1):
            low = middle
        else:
            high = middle - 1
    return low


def _encapsulated(read: Read, facts: Facts) -> FrameTable:
    assert facts.pixel_offset is not None
    table_length = item_length(read(facts.pixel_offset, 8), facts.pixel_offset)
    if table_length is None:
        return FrameTable(0)  # not even a Basic Offset Table
    offsets_at = facts.pixel_offset + 8
    first = offsets_at + table_length + 8
    lengths, heads = walk(read, first - 8)
    count = facts.number_of_frames
    if len(lengths) == count:  # one fragment each: also wherever there is an Extended Offset Table (PS3.3 C.7.6.3.1.8)
        return FrameTable(count, first, 0, lengths, encapsulated=True)
    if syntax(facts.transfer_syntax_uid).media_type.startswith("video/"):
        return FrameTable(0)
    if len(lengths) < count:
        return FrameTable(len(lengths), first, 0, lengths, encapsulated=True)
    offsets = read(offsets_at, table_length) if table_length == 4 * count else b""
    starts = array("I", [0]) if count == 1 else starts_by_table(offsets, lengths) or starts_by_content(heads, count)
    return FrameTable(count, first, 0, lengths, starts, encapsulated=True) if starts else FrameTable(0)


def _deflated(read: Read, facts: Facts) -> FrameTable:
    header = scan(read(facts.dataset_offset, MAX_INFLATED), 0, facts.transfer_syntax_uid, PIXEL_TAGS)
    if header.pixel_offset is None or header.pixel_length == UNDEFINED:
        return FrameTable(0)
    return _native(facts, header.pixel_offset, header.pixel_length, inflated=True)


def _read_inflated(read: Read, dataset_offset: int, first: int, length: int) -> bytes:
    """`length` bytes at `first` of the inflated data set; what lies before is inflated and dropped block by block."""
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    kept, passed, pos = bytearray(), 0, dataset_offset
    try:
        while len(kept) < length and not engine.eof:
            piece = engine.unconsumed_tail or read(pos, 1 << 16)
            if not engine.unconsumed_tail:
                pos += len(piece)
                if not piece:
                    break
            data = engine.decompress(piece, 1 << 20)
            begin = max(0, first - passed)
            kept += data[begin : begin + length - len(kept)] if begin < len(data) else b""
            passed += len(data)
    except zlib.error as error:
        raise BadEncoding("The deflated data set is damaged and does not inflate.") from error
    if len(kept) < length:
        raise Truncated("The deflated pixel data ends before its last frame.", at=pos)
    return bytes(kept)
