"""The central directory of a zip (APPNOTE.TXT 6.3.10, 4.3.12 to 4.3.16): where it is and what it says of each file."""
from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from isal import isal_zlib

from scanhouse.storage.members import ArchiveRefused

FULL32 = 0xFFFFFFFF
UNIX = 3  # system that made the entry: its attributes tell the kind of file
_FULL16 = 0xFFFF
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR64 = struct.Struct("<4sIQI")
_END = struct.Struct("<4s4H2IH")
_MAX_COMMENT = 0xFFFF
_MAX_DIRECTORY = 128 << 20  # 200,000 entries with names of 500 bytes; it is read whole
_DOS, _NTFS = 0, 10
_UNICODE_PATH, _ZIP64 = 0x7075, 1


class Entry(NamedTuple):
    """What the directory says of one file. `offset`: of its local header, from `Directory.base`."""

    offset: int
    flags: int
    method: int
    crc32: int
    packed: int
    size: int
    raw_name: bytes
    extra: bytes
    stamp: tuple[int, int]
    system: int
    mode: int

    @property
    def name(self) -> str:
        """In UTF-8 where that is said or fits, else in code page 437, which has a character for every byte (appendix D)."""
        name = _unicode_path(self.extra, self.raw_name)
        if name is None:
            try:
                name = self.raw_name.decode("utf-8")
            except UnicodeDecodeError:
                return self.raw_name.decode("cp437")  # second bytes of other code pages may look like backslashes
        # Some packers of Windows write its own separator, against 4.4.17.1.
        return name.replace("\\", "/") if self.system in (_DOS, _NTFS) else name

    @property
    def modified(self) -> datetime | None:
        """The time of the entry, taken for UTC as zips do not say; None when it is no time."""
        day, clock = self.stamp
        try:
            return datetime((day >> 9) + 1980, day >> 5 & 15, day & 31, clock >> 11, clock >> 5 & 63, (clock & 31) * 2, tzinfo=UTC)
        except ValueError:
            return None


class Directory(NamedTuple):
    """Entries in the order in which they lie in the file; the directory begins at `start`; `base` bytes were put before the zip."""

    entries: list[Entry]
    start: int
    base: int


def read_directory(handle: int) -> Directory:
    """The directory of the zip in the file `handle`. Raises ArchiveRefused when there is none or it is damaged."""
    length = os.fstat(handle).st_size
    tail_length = min(length, _END.size + _MAX_COMMENT)
    tail = pread(handle, tail_length, length - tail_length)
    at, (_, disk, first_disk, here, count, size, offset, _) = _find_end(tail)
    position = length - tail_length + at
    if _FULL16 in (disk, first_disk, here, count) or FULL32 in (size, offset):
        end64 = _read_end64(handle, position)
        if end64 is not None:
            position, disk, first_disk, here, count, size, offset = end64
    if disk or first_disk or here != count:
        raise ArchiveRefused("The zip is one part of several. Join the parts into one zip and send that.")
    if size > _MAX_DIRECTORY:
        raise ArchiveRefused("The directory of the zip is larger than any that was made in good faith. Send it in parts.")
    start = position - size
    base = start - offset
    if base < 0 or size < count * _CENTRAL.size:
        raise damaged()
    entries = sorted(_entries(pread(handle, size, start), count))  # by offset, which comes first
    return Directory(entries, start, base)


def pread(handle: int, length: int, at: int) -> bytes:
    """Exactly `length` bytes at `at`. Raises ArchiveRefused where the file ends before."""
    data = os.pread(handle, length, at) if at >= 0 else b""
    if len(data) < length:
        raise ArchiveRefused("The zip ends where it says that more comes: the upload was cut short. Send it again.")
    return data


def widen(extra: bytes, fields: list[tuple[str, int]]) -> dict[str, int]:
    """`fields`, those that did not fit into 32 bits taken from the Zip64 field (4.5.3), where they stand in this order."""
    wide, at, found = _extra_field(extra, _ZIP64), 0, {}
    for name, value in fields:
        if value == FULL32:
            if wide is None or at + 8 > len(wide):
                raise damaged()
            (value,) = struct.unpack_from("<Q", wide, at)
            at += 8
        found[name] = value
    return found


def damaged() -> ArchiveRefused:
    """The error for a directory that makes no sense."""
    return ArchiveRefused("The directory of the zip cannot be read. The zip is damaged: make and send it again.")


def _find_end(tail: bytes) -> tuple[int, tuple[int, ...]]:
    """The end record: the last one whose comment reaches exactly to the end, so that no comment can pose as another end."""
    at = len(tail)
    while (at := tail.rfind(b"PK\5\6", 0, at)) >= 0:
        if at + _END.size <= len(tail):
            found = _END.unpack_from(tail, at)
            if at + _END.size + found[7] == len(tail):
                return at, found
    raise ArchiveRefused("The zip has no directory at its end: the upload was cut short, or it is no zip. Send it again.")


def _read_end64(handle: int, end: int) -> tuple[int, int, int, int, int, int, int] | None:
    if end < _LOCATOR64.size:
        return None
    signature, _, offset, _ = _LOCATOR64.unpack(pread(handle, _LOCATOR64.size, end - _LOCATOR64.size))
    if signature != b"PK\6\7":
        return None
    last = end - _LOCATOR64.size - _END64.size
    # Where it says, or, when something was put before the zip, right before the locator.
    for at in (offset, last):
        if 0 <= at <= last:
            found = _END64.unpack(pread(handle, _END64.size, at))
            if found[0] == b"PK\6\6" and at + 12 + found[1] == end - _LOCATOR64.size:
                return (at, *found[4:])
    raise damaged()


def _entries(directory: bytes, count: int) -> Iterator[Entry]:
    at = 0
    for _ in range(count):
        if at + _CENTRAL.size > len(directory):
            raise damaged()
        (signature, made_by, _, flags, method, clock, day, crc32, packed, size, name_length, extra_length, comment_length, disk, _,
         attributes, offset) = _CENTRAL.unpack_from(directory, at)
        extra_at = at + _CENTRAL.size + name_length
        raw_name, extra = directory[at + _CENTRAL.size : extra_at], directory[extra_at : extra_at + extra_length]
        at = extra_at + extra_length + comment_length
        if signature != b"PK\1\2" or at > len(directory) or disk not in (0, _FULL16):
            raise damaged()
        if FULL32 in (packed, size, offset):
            wide = widen(extra, [("size", size), ("packed", packed), ("offset", offset)])
            packed, size, offset = wide["packed"], wide["size"], wide["offset"]
        system = made_by >> 8
        yield Entry(offset, flags, method, crc32, packed, size, raw_name, extra, (day, clock), system, attributes >> 16)
    if at != len(directory):
        raise damaged()


def _extra_field(extra: bytes, wanted: int) -> bytes | None:
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == wanted:
            return extra[at + 4 : at + 4 + length]
        at += 4 + length
    return None


def _unicode_path(extra: bytes, raw_name: bytes) -> str | None:
    """The name in UTF-8 that Info-ZIP writes beside one in another code page (4.6.9), unless the latter was changed since."""
    field = _extra_field(extra, _UNICODE_PATH) if extra else None
    if field is None or len(field) < 5 or struct.unpack_from("<I", field, 1)[0] != isal_zlib.crc32(raw_name):
        return None
    return field[5:].decode(errors="replace")
