"""Streams that archive readers are built from: bytes from front to end, counted, looked ahead, or inflated."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from isal import isal_zlib

from scanhouse.storage.members import BLOCK, INFLATE_ERROR, ArchiveRefused, Budget


class Source(Protocol):
    """Bytes from front to end: at least one at a time, none only at the end."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes."""


class Front:
    """A stream whose first bytes can be looked at."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._held = b""

    def peek(self, count: int) -> bytes:
        """The next `count` bytes, fewer at the end; `read` gives them again."""
        while len(self._held) < count and (more := self._source.read(count - len(self._held))):
            self._held += more
        return self._held[:count]

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes."""
        if self._held:
            data, self._held = self._held[:size], self._held[size:]
            return data
        return self._source.read(size)

    def rest(self) -> Iterator[bytes]:
        """All that was not read yet, in pieces."""
        while chunk := self.read(BLOCK):
            yield chunk


class Counted:
    """The upload itself: what is read of it counts as packed bytes."""

    def __init__(self, source: Source, budget: Budget) -> None:
        self._source, self._budget = source, budget

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes."""
        data = self._source.read(size)
        self._budget.read(len(data))
        return data


class Spent:
    """A stream that is not compressed: its bytes count as unpacked as they pass."""

    def __init__(self, source: Source, budget: Budget) -> None:
        self._source, self._budget = source, budget

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes."""
        data = self._source.read(size)
        self._budget.spend(len(data))
        return data


class Joined:
    """Chunks as a stream."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._held = chunks, memoryview(b"")

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes."""
        if not self._held:
            self._held = memoryview(next(self._chunks, b""))
        data, self._held = self._held[:size], self._held[size:]
        return bytes(data)


class Gunzip:
    """The inflated content of a gzip (RFC 1952), also of several one after another, with their sums checked."""

    def __init__(self, source: Source, budget: Budget) -> None:
        self._source, self._budget = source, budget
        self._inflate, self._data, self._packed, self._unpacked = isal_zlib.decompressobj(31), b"", 0, 0

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes."""
        while True:
            if self._inflate.eof and not self._next():
                return b""
            if not self._data:
                self._data = self._source.read(BLOCK)
                self._packed += len(self._data)
            ended = not self._data
            try:
                chunk = self._inflate.decompress(self._data, min(size, BLOCK))
            except INFLATE_ERROR as error:
                raise ArchiveRefused("The gzip is damaged: its content cannot be read. Make and send it again.") from error
            self._data = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            if chunk:
                self._count(len(chunk))
                return chunk
            if ended and not self._inflate.eof:
                raise ArchiveRefused("The gzip ends before its checksum: the upload was cut short. Send it again.")

    def _count(self, count: int) -> None:
        self._budget.spend(count)
        self._unpacked += count
        if refused := self._budget.judge_member("", self._unpacked, self._packed):
            raise ArchiveRefused(str(refused))

    def _next(self) -> bool:
        """Begin the gzip that follows, if one does; padding of zeros and other bytes after the end are left."""
        if not self._data:
            self._data = self._source.read(BLOCK)
            self._packed += len(self._data)
        if self._data[:2] != b"\x1f\x8b":
            self._data = b""
            return False
        self._inflate = isal_zlib.decompressobj(31)
        return True
