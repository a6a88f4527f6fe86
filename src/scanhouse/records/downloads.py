"""Files of resources as one download: its length and validator before the first byte, and any part of it.

    content = downloads.archive(downloads.entries(files, layout=Layout(Structure.DEFAULT)), Form.ZIP)
    sent = downloads.send(content, range_header=..., if_range=...)

A zip can be resumed with ranges (design 4.7). A tar has a known length, too; a tar.gz is made while it is sent.
"""
from __future__ import annotations

import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum
from typing import Protocol

from django.db.models import QuerySet
from isal import isal_zlib

from scanhouse.errors import Broken
from scanhouse.storage import names, ranges
from scanhouse.storage.objects import ObjectStore
from scanhouse.storage.zips import Entry, Span, ZipPlan

from . import bytes as stored
from . import resources
from .layouts import Layout, Structure, folder
from .models import File, Resource

__all__ = ["Content", "Form", "Layout", "Sent", "Single", "Structure", "archive", "entries", "send"]

BLOCK = 256 << 10
"""Bytes of one piece: memory of a download does not grow with it."""
GZIP_LEVEL = 1
"""Pixels hardly shrink at any level; this one keeps up with the disk."""
PLAIN = Layout()


class Form(StrEnum):
    """Kinds of archives that are sent."""

    ZIP = "zip"
    TAR = "tar"
    TAR_GZ = "tar.gz"


MEDIA_TYPES = {Form.ZIP: "application/zip", Form.TAR: "application/x-tar", Form.TAR_GZ: "application/x-gtar"}


class Content(Protocol):
    """Something to send: its media type; length in bytes and validator where they are known beforehand ("" for none)."""

    @property
    def media_type(self) -> str: ...
    @property
    def length(self) -> int | None: ...
    @property
    def etag(self) -> str: ...
    @property
    def modified(self) -> datetime | None: ...
    def pieces(self, start: int = 0, stop: int | None = None) -> Iterator[bytes | Span]: ...


@dataclass(frozen=True)
class Sent:
    """An answer: status, headers and blocks of about 256 kB."""

    status: int
    headers: dict[str, str]
    blocks: Iterator[bytes]


def entries(files: QuerySet[File], *, layout: Layout = PLAIN) -> list[Entry]:
    """An entry for each file, in the order of the query. Names are tamed, and no two are equal."""
    rows = list(files.order_by("resource_id", "path").values_list("resource_id", "path", "size", "crc32", "modified_at", "object"))
    wanted = {row[0] for row in rows}
    folders = {one.pk: folder(one, layout) for one in Resource.objects.select_related(*resources.WITH_OWNERS).filter(pk__in=wanted)}
    taken: set[str] = set()
    found = []
    for resource, path, size, crc32, modified, key in rows:
        name = _free(names.tame(f"{folders[resource]}/{path}"), taken)
        taken.add(name)
        found.append(Entry(name, size, crc32, modified, key))
    return found


def _free(name: str, taken: set[str]) -> str:
    chosen, count = name, 0
    while chosen in taken:
        count += 1
        chosen = f"{name}_{count}"
    return chosen


def archive(of: list[Entry], form: Form) -> Content:
    """The entries as one archive. Raises what `ZipPlan` raises."""
    if form is Form.ZIP:
        return _Zip(ZipPlan(of))
    return _Tar(of, packed=form is Form.TAR_GZ)


@dataclass(frozen=True)
class Single:
    """One object by itself: its key, size in bytes and time."""

    key: str
    length: int
    modified: datetime
    media_type: str = "application/octet-stream"

    @classmethod
    def of(cls, file: File, media_type: str = "application/octet-stream") -> Single:
        """A file, from its row."""
        return cls(file.object, file.size, file.modified_at, media_type)

    @property
    def etag(self) -> str:
        return f'"{self.key[:40]}"'

    def pieces(self, start: int = 0, stop: int | None = None) -> Iterator[bytes | Span]:
        stop = self.length if stop is None else stop
        if start < stop:
            yield Span(self.key, start, stop - start)


@dataclass
class _Zip:
    plan: ZipPlan
    media_type: str = MEDIA_TYPES[Form.ZIP]
    modified: datetime | None = None

    @property
    def length(self) -> int:
        return self.plan.length

    @property
    def etag(self) -> str:
        return self.plan.etag

    def pieces(self, start: int = 0, stop: int | None = None) -> Iterator[bytes | Span]:
        return self.plan.pieces(start, stop)


@dataclass
class _Tar:
    """A tar in the format of POSIX.1-2001 (pax), one file after another."""

    entries: list[Entry]
    packed: bool
    etag: str = ""
    modified: datetime | None = None
    heads: list[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.heads = [_tar_head(entry) for entry in self.entries]

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[Form.TAR_GZ if self.packed else Form.TAR]

    @property
    def length(self) -> int | None:
        if self.packed:
            return None
        return sum(len(head) + _padded(entry.size) for head, entry in zip(self.heads, self.entries, strict=True)) + 2 * tarfile.BLOCKSIZE

    def pieces(self, start: int = 0, stop: int | None = None) -> Iterator[bytes | Span]:
        for head, entry in zip(self.heads, self.entries, strict=True):
            yield head
            if entry.size:
                yield Span(entry.key, 0, entry.size)
            if padding := _padded(entry.size) - entry.size:
                yield bytes(padding)
        yield bytes(2 * tarfile.BLOCKSIZE)


def _tar_head(entry: Entry) -> bytes:
    info = tarfile.TarInfo(entry.name)
    info.size, info.mtime, info.mode = entry.size, int(entry.modified.timestamp()), 0o644
    return info.tobuf(tarfile.PAX_FORMAT)


def _padded(size: int) -> int:
    return -(-size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE


def send(content: Content, *, range_header: str | None = None, if_range: str | None = None, if_none_match: str | None = None) -> Sent:
    """The answer to a request: 200, 206 for one range, 304 when the client has it. Raises `ranges.Unsatisfiable` (416)."""
    headers = {"Content-Type": content.media_type, "Cache-Control": "private, must-revalidate"}
    if content.etag:
        headers["ETag"] = content.etag
    if content.modified is not None:
        headers["Last-Modified"] = format_datetime(content.modified.astimezone(UTC), usegmt=True)
    if content.etag and if_none_match and content.etag in [one.strip() for one in if_none_match.split(",")]:
        return Sent(304, headers, iter(()))
    store, length, start, stop = stored.store(), content.length, 0, None
    status = 200
    if length is not None and content.etag:
        headers["Accept-Ranges"] = "bytes"
        fits = ranges.unchanged(if_range, etag=content.etag)
        part = ranges.single(range_header, length) if fits else None
        if part is not None:
            status, start, stop = 206, part.start, part.stop
            headers["Content-Range"], length = part.content_range(length), part.length
    if length is not None:
        headers["Content-Length"] = str(length)
    if isinstance(content, _Tar) and content.packed:
        return Sent(status, headers, _packed(blocks(store, content.pieces())))
    return Sent(status, headers, blocks(store, content.pieces(start, stop)))


def blocks(store: ObjectStore, pieces: Iterable[bytes | Span]) -> Iterator[bytes]:
    """The bytes themselves, in blocks of about 256 kB: small pieces are put together, large ones read step by step."""
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        for block in [piece] if isinstance(piece, bytes) else _read(store, piece):
            waiting.append(block)
            size += len(block)
            if size >= BLOCK:
                yield b"".join(waiting)
                waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def _read(store: ObjectStore, span: Span) -> Iterator[bytes]:
    """Raises `Broken` where the object ends before its row says so: what is sent must break off there, not go on and look whole."""
    if span.length <= BLOCK:
        block = store.read(span.key, span.start, span.length)
        if len(block) < span.length:
            raise _too_short(span.key)
        yield block
        return
    with store.open(span.key) as file:
        file.seek(span.start)
        left = span.length
        while left:
            block = file.read(min(BLOCK, left))
            if not block:
                raise _too_short(span.key)
            left -= len(block)
            yield block


def _too_short(key: str) -> Broken:
    return Broken(f"The object {key} has fewer bytes than its row says. Run a consistency check and restore it from a copy.")


def _packed(plain: Iterator[bytes]) -> Iterator[bytes]:
    squeeze = isal_zlib.compressobj(GZIP_LEVEL, isal_zlib.DEFLATED, 31)
    for block in plain:
        if out := squeeze.compress(block):
            yield out
    yield squeeze.flush()
