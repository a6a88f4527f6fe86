"""What every archive reader gives: members, one by one, within bounds, or the reason why one is refused."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from isal import isal_zlib

from scanhouse.errors import Invalid

BLOCK = 1 << 20  # a member's content comes in pieces of at most this size, so memory does not grow with it
INFLATE_ERROR = cast("type[Exception]", isal_zlib.error)  # its type stub calls it an instance


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much an archive may hold. Sizes in bytes, unpacked. Ratio is unpacked to packed size.

    Images of nothing but zeros compress 1000:1 (deflate's limit is 1032:1), so the ratio counts only above `member_free`
    for one member and above `total_free` for the whole.
    """

    members: int = 200_000  # ten whole-body dynamic PET studies
    member_bytes: int = 64 << 30  # the largest whole-slide images
    total_bytes: int = 1 << 40
    ratio: int = 200  # DICOM seldom exceeds 10
    member_free: int = 32 << 20
    total_free: int = 256 << 20
    depth: int = 3  # archives inside archives


class ArchiveRefused(Invalid):
    """The whole archive is unreadable or goes beyond a bound: nothing more can be read from it."""


class MemberRefused(Invalid):
    """One member cannot be read; those after it can. `name` is the member's; the message leaves it out, as it may name a patient."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"A file in the archive {reason}.")
        self.name = name
        self.reason = reason


class Member(Protocol):
    """One file of an archive. Folders are not given; links, devices and encrypted files are given as refused."""

    @property
    def name(self) -> str:
        """As the archive has it, decoded; `outer.zip!/inner` for nested ones. NOT judged: see names.relative and names.tame."""

    @property
    def size(self) -> int | None:
        """Bytes unpacked, None when only reading tells."""

    @property
    def modified(self) -> datetime | None:
        """As far as the archive says. Zips have no time zone: UTC is assumed."""

    @property
    def refused(self) -> MemberRefused | None:
        """Why its content cannot be had, when that is known before reading."""

    def chunks(self) -> Iterator[bytes]:
        """The content in pieces of at most 1 MB; once. Only when it ends without an error is it whole and true to its checksum.

        Raises MemberRefused (go on with the next member) or ArchiveRefused (stop).
        """


class Budget:
    """Counts what one upload has unpacked so far, with all archives nested in it."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self._members = self._bytes = self._packed = 0

    def read(self, count: int) -> None:
        """Take note of `count` bytes of the upload itself."""
        self._packed += count

    def count_member(self, count: int = 1) -> None:
        """Raises ArchiveRefused when there are too many members."""
        self._members += count
        self.check()

    def spend(self, count: int) -> None:
        """Raises ArchiveRefused when `count` more bytes are too many, for any upload or for one as small as this."""
        self._bytes += count
        self.check()

    def check(self) -> None:
        """Raises ArchiveRefused when a bound of the whole upload is passed."""
        bounds = self.bounds
        if self._members > bounds.members:
            raise ArchiveRefused(f"The archive holds more than {bounds.members} files. Send it in parts.")
        if self._bytes > bounds.total_bytes:
            raise ArchiveRefused(f"The archive unpacks to more than {bounds.total_bytes >> 30} GB. Send it in parts.")
        if self._bytes > bounds.total_free and self._bytes > bounds.ratio * self._packed:
            raise ArchiveRefused(f"The archive unpacks to more than {bounds.ratio} times its size, as hardly anything but archives made to "
                                 "do harm does. If it is genuine, send it with less compression.")

    def judge_member(self, name: str, size: int, packed: int) -> MemberRefused | None:
        """Why a member of `size` bytes, `packed` in the archive, is too much, or None."""
        if size > self.bounds.member_bytes:
            return MemberRefused(name, f"is larger than {self.bounds.member_bytes >> 30} GB")
        if size > self.bounds.member_free and size > self.bounds.ratio * packed:
            return MemberRefused(name, f"unpacks to more than {self.bounds.ratio} times its size; if it is genuine, send it uncompressed")
        return None
