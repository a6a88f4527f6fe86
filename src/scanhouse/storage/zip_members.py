"""Reading zips of others (APPNOTE.TXT 6.3.10) from a file on disk: the central directory rules, each local header must agree.

Two readers that see different files in one zip are how malice passes checks; so what is ambiguous is refused: entries
that overlap, headers that differ, sizes or checksums that do not hold.
"""
from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from isal import isal_zlib

from scanhouse.storage.members import BLOCK, INFLATE_ERROR, ArchiveRefused, Budget, MemberRefused
from scanhouse.storage.zip_directory import FULL32, UNIX, Entry, pread, read_directory, widen

_LOCAL = struct.Struct("<4s5H3I2H")  # 4.3.7
_ENCRYPTED = 1 | 1 << 6 | 1 << 13
_HAS_DESCRIPTOR = 1 << 3  # sizes and checksum follow the content; the directory has them too
_STORED, _DEFLATED = 0, 8
_FORMAT_MASK, _REGULAR, _FOLDER = 0o170000, 0o100000, 0o040000
_AGAIN = "make and send the zip again"


BEGINNING = 64 << 10
"""Bytes of the first piece of a member: who only looks at how it begins pays for no more."""


class ZipMembers:
    """The members of the zip in the file `handle`, in the order in which they lie there.

    Their content may be read at any time while the file is open, also by several threads at once.
    Raises ArchiveRefused when it is no zip, was cut short, is ambiguous, or beyond a bound.
    """

    def __init__(self, handle: int, budget: Budget) -> None:
        self._handle, self._budget = handle, budget
        self._entries, directory, self._base = read_directory(handle)
        # Where each entry has to end at the latest: where the next begins.
        self._stops = [*(self._base + entry.offset for entry in self._entries), directory][1:]
        for entry, stop in zip(self._entries, self._stops, strict=False):
            if self._base + entry.offset + _LOCAL.size + len(entry.raw_name) + entry.packed > stop:
                raise ArchiveRefused("Files of the zip overlap, as only zips made to do harm do. Make and send it again.")
        budget.count_member(len(self._entries))
        budget.spend(sum(entry.size for entry in self._entries))

    def __iter__(self) -> Iterator[ZipMember]:
        for entry, stop in zip(self._entries, self._stops, strict=False):
            if not (entry.size == 0 and entry.name.endswith("/")):
                yield ZipMember(self._handle, entry, self._base, stop, self._budget)


class ZipMember:
    """One file of a zip: see members.Member."""

    __slots__ = ("_entry", "_handle", "_start", "_stop", "modified", "name", "refused", "size")

    def __init__(self, handle: int, entry: Entry, base: int, stop: int, budget: Budget) -> None:
        self._handle, self._entry, self._start, self._stop = handle, entry, base + entry.offset, stop
        self.name = entry.name
        self.size: int | None = entry.size
        self.modified: datetime | None = entry.modified
        self.refused: MemberRefused | None = self._judge() or budget.judge_member(self.name, entry.size, entry.packed)

    def chunks(self) -> Iterator[bytes]:
        """The content, checked against size and CRC-32 of the directory."""
        if self.refused is not None:
            raise self.refused
        entry = self._entry
        start = self._check_local()
        crc32 = produced = 0
        for chunk in self._inflated(start) if entry.method == _DEFLATED else self._stored(start):
            produced += len(chunk)
            if produced > entry.size:
                raise self._refuse(f"unpacks to more than the {entry.size} bytes that the directory says")
            crc32 = isal_zlib.crc32(chunk, crc32)
            yield chunk
        if produced != entry.size or crc32 != entry.crc32:
            raise self._refuse(f"is damaged, as its checksum does not match; {_AGAIN}")

    def _judge(self) -> MemberRefused | None:
        entry = self._entry
        if entry.flags & _ENCRYPTED:
            return self._refuse("is encrypted; send it without a password, over an encrypted connection")
        if entry.method not in (_STORED, _DEFLATED):
            return self._refuse(f"is compressed by method {entry.method}, which is not supported; store or deflate it")
        if entry.method == _STORED and entry.packed != entry.size:
            return self._refuse(f"has two sizes that contradict each other; {_AGAIN}")
        if entry.system == UNIX and entry.mode & _FORMAT_MASK not in (0, _REGULAR, _FOLDER):
            return self._refuse("is a link or a device, not a file")
        return None

    def _check_local(self) -> int:
        """Where the content starts, once the local header agreed with the directory."""
        entry = self._entry
        head = pread(self._handle, _LOCAL.size + len(entry.raw_name), self._start)
        signature, _, flags, method, _, _, crc32, packed, size, name_length, extra_length = _LOCAL.unpack_from(head)
        start: int = self._start + _LOCAL.size + name_length + extra_length
        agrees = (signature, method, name_length, head[_LOCAL.size :]) == (b"PK\3\4", entry.method, len(entry.raw_name), entry.raw_name)
        if agrees and not flags & _HAS_DESCRIPTOR:
            if FULL32 in (packed, size):
                wide = widen(pread(self._handle, extra_length, self._start + len(head)), [("size", size), ("packed", packed)])
                packed, size = wide["packed"], wide["size"]
            agrees = (crc32, packed, size) == (entry.crc32, entry.packed, entry.size)
        if not agrees or (flags ^ entry.flags) & _ENCRYPTED or start + entry.packed > self._stop:
            raise self._refuse(f"has two headers that contradict each other; {_AGAIN}")
        return start

    def _stored(self, start: int) -> Iterator[bytes]:
        for first, after in pairwise([*range(start, start + self._entry.packed, BLOCK), start + self._entry.packed]):
            yield pread(self._handle, after - first, first)

    def _inflated(self, start: int) -> Iterator[bytes]:
        stop = start + self._entry.packed
        inflate, at, left, data, block = isal_zlib.decompressobj(-15), start, self._entry.size, b"", BEGINNING
        while not inflate.eof:
            if not data and at < stop:
                data = pread(self._handle, min(block, stop - at), at)
                at += len(data)
            ended = not data
            try:
                # One byte more than may come, so that a lie shows.
                chunk = inflate.decompress(data, max(1, min(block, left + 1)))
            except INFLATE_ERROR as error:
                raise self._refuse(f"is damaged, as its compressed content cannot be read; {_AGAIN}") from error
            data, left, block = inflate.unconsumed_tail, left - len(chunk), BLOCK
            if chunk:
                yield chunk
            elif ended and not inflate.eof:
                raise self._refuse(f"is damaged, as its compressed content ends too early; {_AGAIN}")
        if inflate.unused_data or at < stop:
            raise self._refuse(f"is followed by bytes that belong to no file; {_AGAIN}")

    def _refuse(self, reason: str) -> MemberRefused:
        return MemberRefused(self.name, reason)
