"""Zips of stored objects as a plan: length and every byte are known before the first is sent, so a download can be resumed.

Members are stored, not compressed (APPNOTE.TXT 6.3.10): a header, the object's bytes as they lie on disk, and so on, then
the central directory. CRC-32 and size come from the rows, so no byte is read to make the plan. Equal entries give equal
bytes, on every machine and after every restart.
"""
from __future__ import annotations

import hashlib
import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import accumulate
from typing import NamedTuple

from scanhouse.errors import Conflict, Invalid
from scanhouse.storage import names

_LOCAL = struct.Struct("<4s5H3I2H")  # 4.3.7
_CENTRAL = struct.Struct("<4s6H3I5H2I")  # 4.3.12
_END64 = struct.Struct("<4sQ2H2I4Q")  # 4.3.14
_LOCATOR64 = struct.Struct("<4sIQI")  # 4.3.15
_END = struct.Struct("<4s4H2IH")  # 4.3.16
_EXTRA64 = 20  # Zip64 field of a local header: two sizes (4.5.3)
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_UTF8 = 1 << 11
_MADE_BY_UNIX = 3 << 8
_REGULAR_FILE = 0o100644 << 16
_BLOCK = 1 << 16  # directory bytes are yielded in pieces of about this size
_LAYOUT = b"scanhouse zip 1"  # part of the etag: to be changed whenever the bytes of a plan change


class Entry(NamedTuple):
    """One file of a zip: its path in it, bytes and CRC-32 of the object, time, and the object's key."""

    name: str
    size: int
    crc32: int
    modified: datetime
    key: str


class Span(NamedTuple):
    """Bytes of an object to be sent: `length` bytes from `start`."""

    key: str
    start: int
    length: int


class RepeatedName(Conflict):
    """Two entries have one name, so one would hide the other."""

    def __init__(self, name: str) -> None:
        super().__init__("Two files of the zip would have the same name. Choose another structure, or fewer files.")
        self.name = name


class ZipPlan:
    """The zip of `entries`, in their order. Raises UnsafeName or RepeatedName when it would not unpack well.

    length: bytes of the whole zip. etag: strong validator of exactly these bytes, with its quotes.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = tuple(entries)
        self._names = [names.relative(entry.name).encode() for entry in self._entries]
        if len(set(self._names)) < len(self._names):
            raise RepeatedName(_first_repeated(self._names).decode())
        for entry in self._entries:
            if not 0 <= entry.size < 1 << 63 or not 0 <= entry.crc32 <= _FULL32:
                raise Invalid(f"A file of {entry.size} bytes with CRC-32 {entry.crc32} cannot be: its row is damaged. Check the records.")
        steps = (_LOCAL.size + len(name) + (_EXTRA64 if entry.size >= _FULL32 else 0) + entry.size
                 for entry, name in zip(self._entries, self._names, strict=True))
        # Where each local header starts; one more: where the central directory starts.
        self._offsets = [0, *accumulate(steps)]
        self._directory_length = sum(self._central_length(i) for i in range(len(self._entries)))
        self._tail = self._end_records()
        self.length = self._offsets[-1] + self._directory_length + len(self._tail)
        self.etag = self._etag()

    def pieces(self, start: int = 0, stop: int | None = None) -> Iterator[bytes | Span]:
        """The zip's bytes from `start` up to `stop`: bytes to send as they are, and spans of objects. None of them is empty."""
        stop = self.length if stop is None else min(stop, self.length)
        if start < 0 or start > stop:
            raise Invalid(f"Bytes {start} to {stop} are no part of a zip of {self.length} bytes.")
        return self._pieces(start, stop)

    def _pieces(self, start: int, stop: int) -> Iterator[bytes | Span]:
        directory = self._offsets[-1]
        for index in range(max(0, bisect_right(self._offsets, start) - 1), len(self._entries)):
            at = self._offsets[index]
            if at >= stop:
                return
            head, entry = self._local(index), self._entries[index]
            if piece := _part(head, at, start, stop):
                yield piece
            begin = at + len(head)
            low, high = max(start, begin), min(stop, begin + entry.size)
            if low < high:
                yield Span(entry.key, low - begin, high - low)
        at = directory
        for block in self._directory():
            if at >= stop:
                return
            if piece := _part(block, at, start, stop):
                yield piece
            at += len(block)

    def _local(self, index: int) -> bytes:
        entry, name = self._entries[index], self._names[index]
        big = entry.size >= _FULL32
        size = _FULL32 if big else entry.size
        extra = struct.pack("<2H2Q", 1, 16, entry.size, entry.size) if big else b""
        day, clock = _dos_time(entry.modified)
        version = 45 if big else 20
        return _LOCAL.pack(b"PK\3\4", version, _UTF8, 0, clock, day, entry.crc32, size, size, len(name), len(extra)) + name + extra

    def _directory(self) -> Iterator[bytes]:
        block: list[bytes] = []
        length = 0
        for index in range(len(self._entries)):
            block.append(self._central(index))
            length += len(block[-1])
            if length >= _BLOCK:
                yield b"".join(block)
                block, length = [], 0
        yield b"".join((*block, self._tail))

    def _central(self, index: int) -> bytes:
        entry, name, offset = self._entries[index], self._names[index], self._offsets[index]
        wide = [value for value in (entry.size, entry.size, offset) if value >= _FULL32]
        extra = struct.pack(f"<2H{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
        version = 45 if wide else 20
        size = min(entry.size, _FULL32)
        day, clock = _dos_time(entry.modified)
        return _CENTRAL.pack(b"PK\1\2", _MADE_BY_UNIX | version, version, _UTF8, 0, clock, day, entry.crc32, size, size,
                             len(name), len(extra), 0, 0, 0, _REGULAR_FILE, min(offset, _FULL32)) + name + extra

    def _central_length(self, index: int) -> int:
        wide = (16 if self._entries[index].size >= _FULL32 else 0) + (8 if self._offsets[index] >= _FULL32 else 0)
        return _CENTRAL.size + len(self._names[index]) + (4 + wide if wide else 0)

    def _end_records(self) -> bytes:
        count, offset, length = len(self._entries), self._offsets[-1], self._directory_length
        end = _END.pack(b"PK\5\6", 0, 0, min(count, _FULL16), min(count, _FULL16), min(length, _FULL32), min(offset, _FULL32), 0)
        if count < _FULL16 and length < _FULL32 and offset < _FULL32:
            return end
        end64 = _END64.pack(b"PK\6\6", _END64.size - 12, _MADE_BY_UNIX | 45, 45, 0, 0, count, count, length, offset)
        return end64 + _LOCATOR64.pack(b"PK\6\7", 0, offset + length, 1) + end

    def _etag(self) -> str:
        digest = hashlib.sha256(_LAYOUT)
        for entry, name in zip(self._entries, self._names, strict=True):
            digest.update(struct.pack("<I", len(name)) + name + struct.pack("<QI2H", entry.size, entry.crc32, *_dos_time(entry.modified)))
            digest.update(entry.key.encode())
        return f'"{digest.hexdigest()[:40]}"'


def _part(block: bytes, at: int, start: int, stop: int) -> bytes:
    """What of `block`, which lies at `at`, is between `start` and `stop`."""
    if at >= start and at + len(block) <= stop:
        return block
    return block[max(0, start - at) : max(0, stop - at)]


def _dos_time(moment: datetime) -> tuple[int, int]:
    """Date and time of a zip (4.4.6): 1980 to 2107, steps of two seconds; always in UTC, so that all servers agree."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    if moment.year < 1980:
        return 1 << 5 | 1, 0
    if moment.year > 2107:
        return 127 << 9 | 12 << 5 | 31, 23 << 11 | 59 << 5 | 29
    return (moment.year - 1980) << 9 | moment.month << 5 | moment.day, moment.hour << 11 | moment.minute << 5 | moment.second // 2


def _first_repeated(encoded: list[bytes]) -> bytes:
    seen: set[bytes] = set()
    return next(name for name in encoded if name in seen or seen.add(name))  # type: ignore[func-returns-value]
