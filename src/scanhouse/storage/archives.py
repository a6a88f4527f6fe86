"""Archives that people send: zip, tar, tar.gz, a single gzipped file, and archives inside archives. The content decides, not the name."""
from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import BinaryIO

from scanhouse.storage.disks import answering
from scanhouse.storage.members import ArchiveRefused, Bounds, Budget, Member, MemberRefused
from scanhouse.storage.streams import Counted, Front, Gunzip, Joined, Spent
from scanhouse.storage.tar_members import RECORD, tar_members
from scanhouse.storage.zip_members import ZipMembers

__all__ = ["ArchiveRefused", "Bounds", "Kind", "Member", "MemberRefused", "kind", "members"]

_INNER_SUFFIXES = (".zip", ".tar", ".tgz", ".gz")  # so that documents which are zips (.docx, .jar) stay documents


class Kind(Enum):
    """What the first bytes of a file say it is."""

    ZIP = "zip"
    TAR = "tar"
    GZIP = "gzip"


def kind(head: bytes) -> Kind | None:
    """Kind of archive of a file that begins with `head` (262 bytes are enough), or None. DICOM is none, whatever its preamble imitates."""
    if head[128:132] == b"DICM":
        return None
    if head[:4] in (b"PK\3\4", b"PK\5\6"):
        return Kind.ZIP
    if head[:2] == b"\x1f\x8b":
        return Kind.GZIP
    if head[257:262] == b"ustar":
        return Kind.TAR
    return None


def members(
    file: BinaryIO, *, name: str = "", bounds: Bounds | None = None, nested: bool = False, spool: Path | None = None
) -> Iterator[Member]:
    """Members of the archive in `file`, one by one; read each one's content before asking for the next.

    file: an open file on disk, which a zip needs; a tar or tar.gz may be any stream with `read`.
    name: of the archive, from which a single gzipped file gets its own. nested: open archives inside it, too; zips among
    them are copied to an unnamed temporary file in the folder `spool`. Raises ArchiveRefused, also between members.
    """
    budget = Budget(bounds or Bounds())
    source = Front(Counted(file, budget))
    found = kind(source.peek(RECORD))
    listed: Iterator[Member]
    if found is None:
        listed = _prefixed_zip(file, budget)
    elif found is Kind.ZIP:
        budget.read(_length(file))
        listed = iter(ZipMembers(file.fileno(), budget))
    else:
        listed = _streamed(found, source, name, budget)
    return _opened(listed, budget, 1, spool) if nested else listed


def _prefixed_zip(file: BinaryIO, budget: Budget) -> Iterator[Member]:
    """A zip with something before it, as self-extracting files are: its directory at the end decides."""
    try:
        budget.read(_length(file))
        return iter(ZipMembers(file.fileno(), budget))
    except (OSError, ArchiveRefused) as error:
        raise ArchiveRefused("This is neither a zip nor a tar nor a gzip, or it is damaged. Send one of these.") from error


def _streamed(found: Kind, source: Front, name: str, budget: Budget) -> Iterator[Member]:
    if found is Kind.TAR:
        return tar_members(Spent(source, budget), budget)
    inflated = Front(Gunzip(source, budget))
    if kind(inflated.peek(RECORD)) is Kind.TAR:
        return tar_members(inflated, budget)
    return iter([_Single(_without_suffix(name), inflated, budget)])


def _opened(listed: Iterator[Member], budget: Budget, depth: int, spool: Path | None) -> Iterator[Member]:
    """`listed`, with the members of an archive in place of the archive."""
    for member in listed:
        plain = member.name.rpartition("/")[2].lower()
        if member.refused is not None or not (plain.endswith(_INNER_SUFFIXES) or "." not in plain):
            yield member
            continue
        front = Front(Joined(member.chunks()))
        try:
            found = kind(front.peek(RECORD))
        except MemberRefused as error:
            yield _Seen(member, front, error)
            continue
        if found is None:
            yield _Seen(member, front, None)
        elif depth > budget.bounds.depth:
            refused = MemberRefused(member.name, f"is an archive inside {depth} others, and at most {budget.bounds.depth} are opened")
            yield _Seen(member, front, refused)
        else:
            yield from _inner(found, front, member, budget, depth, spool)


def _inner(found: Kind, front: Front, member: Member, budget: Budget, depth: int, spool: Path | None) -> Iterator[Member]:
    """Members of the archive that `member` is, named `outer!/inner`. Damage inside it is its own: the outer one goes on."""
    try:
        if found is Kind.ZIP:
            with tempfile.TemporaryFile(dir=spool) as file:
                for chunk in front.rest():
                    with answering("unpack an archive", spool or Path(tempfile.gettempdir())):
                        file.write(chunk)
                file.flush()
                listed: Iterator[Member] = iter(ZipMembers(file.fileno(), budget))
                yield from (_Inner(inner, member.name, budget) for inner in _opened(listed, budget, depth + 1, spool))
        else:
            listed = _streamed(found, front, member.name.rpartition("/")[2], budget)
            yield from (_Inner(inner, member.name, budget) for inner in _opened(listed, budget, depth + 1, spool))
    except (ArchiveRefused, MemberRefused) as error:
        budget.check()  # if the whole upload went beyond a bound this says so again, and ends it
        yield _Seen(member, front, MemberRefused(member.name, _inside(error)))


class _Inner:
    """A member of an archive inside another: damage of the inner archive is damage of one member of the outer."""

    def __init__(self, member: Member, outer: str, budget: Budget) -> None:
        self._member, self._budget = member, budget
        self.name = f"{outer}!/{member.name}"
        self.size, self.modified = member.size, member.modified
        self.refused = None if member.refused is None else MemberRefused(self.name, member.refused.reason)

    def chunks(self) -> Iterator[bytes]:
        try:
            yield from self._member.chunks()
        except MemberRefused as error:
            raise MemberRefused(self.name, error.reason) from error
        except ArchiveRefused as error:
            self._budget.check()
            raise MemberRefused(self.name, _inside(error)) from error


class _Seen:
    """A member whose first bytes were looked at."""

    def __init__(self, member: Member, front: Front, refused: MemberRefused | None) -> None:
        self._front = front
        self.name, self.size, self.modified, self.refused = member.name, member.size, member.modified, refused

    def chunks(self) -> Iterator[bytes]:
        if self.refused is not None:
            raise self.refused
        return self._front.rest()


class _Single:
    """The one file of a gzip that holds no tar."""

    def __init__(self, name: str, content: Front, budget: Budget) -> None:
        self.name = name
        self.size: int | None = None
        self.modified: datetime | None = None
        self.refused: MemberRefused | None = None
        self._content = content
        budget.count_member()

    def chunks(self) -> Iterator[bytes]:
        return self._content.rest()


def _inside(error: Exception) -> str:
    """The reason for a member that is an archive which cannot be opened because of `error`."""
    return f"is an archive that cannot be opened: {error}".rstrip(".")


def _length(file: BinaryIO) -> int:
    return file.seek(0, 2)


def _without_suffix(name: str) -> str:
    return name[:-3] if name.lower().endswith(".gz") else name or "file"
