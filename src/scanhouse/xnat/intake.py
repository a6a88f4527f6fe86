"""Bytes in: what a request carries is written to the store's staging files as it comes, never whole in memory (xnat-data-api 3.5)."""
from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO, TypeVar, cast

from django.conf import settings

from scanhouse.errors import Invalid
from scanhouse.records import bytes as stored
from scanhouse.storage import archives
from scanhouse.storage.staging import Sealed, Staged

from . import dialect
from .dialect import Call
from .faults import Teapot

BLOCK = 1 << 20
SYNCS = 4
"""Files synced at the same time; the disk sorts them better than we could."""
MAX_OPEN = 64
"""Staged files that wait for their sync; bounds open files."""
FORMS = (dialect.MULTIPART, dialect.URLENCODED)

T = TypeVar("T")


class NothingSent(Invalid):
    """An upload without bytes."""

    def __init__(self) -> None:
        super().__init__("No file was sent: the body is empty. Send the file as the body, or as a part of multipart/form-data.")


@dataclass(frozen=True)
class Arrived:
    """A file that a request carries: open on disk, or a stream to be read once. `name` is the sender's, perhaps empty."""

    name: str
    stream: BinaryIO
    on_disk: bool = False


def arrived(call: Call, name: str = "") -> list[Arrived]:
    """The files of a request: the parts of a form, else the raw body, called `name`. The body is not read yet.

    A body whose type says that it is a form is one only where nothing says otherwise (`inbody`, or a name for the file, Q-105).
    """
    if call.content_type == dialect.MULTIPART:
        if call.query.get("inbody", "").lower() == "true":
            raise Teapot(406, "The body is a form, and inbody says that it is the file itself. Leave one of them out.")
        return [Arrived(file.name or "", cast("BinaryIO", file), on_disk=True) for file in call.files]
    if call.content_type == dialect.URLENCODED and not name and not call.query.get("inbody"):
        return []
    if not _has_body(call):
        return []
    return [Arrived(name, call.stream)]


def _has_body(call: Call) -> bool:
    meta = call.request.META
    return "chunked" in meta.get("HTTP_TRANSFER_ENCODING", "").lower() or meta.get("CONTENT_LENGTH", "0") not in ("", "0")


def stage(chunks: Iterable[bytes], *, md5: bool = True) -> Staged:
    """Write chunks to a staging file. It is dropped when anything goes wrong on the way."""
    staged = stored.store().stage(md5=md5)
    try:
        for chunk in chunks:
            staged.write(chunk)
    except BaseException:
        staged.discard()
        raise
    return staged


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(BLOCK):
        yield block


def spooled(one: Arrived, stack: ExitStack) -> BinaryIO:
    """The file open on disk, as archives have to be; it is gone at the end of the stack."""
    if one.on_disk:
        return one.stream
    file = stack.enter_context(tempfile.TemporaryFile(dir=settings.STAGING_DIR))  # noqa: SIM115  # the stack closes it
    for block in chunks(one.stream):
        file.write(block)
    file.flush()
    file.seek(0)
    return cast("BinaryIO", file)


def sealed(parts: Iterator[tuple[T, Staged]]) -> list[tuple[T, Sealed]]:
    """Sync staged files, several at a time, and keep them all with one sync of their folder. All or none."""
    done: list[tuple[T, Sealed]] = []
    waiting: list[tuple[T, Staged]] = []
    try:
        with ThreadPoolExecutor(SYNCS, thread_name_prefix="sync") as pool:
            for part in parts:
                waiting.append(part)
                if len(waiting) >= MAX_OPEN:
                    done += _seal(waiting, pool)
                    waiting = []
            done += _seal(waiting, pool)
            waiting = []
        stored.store().keep([one for _, one in done])
    except BaseException:
        for _, staged in waiting:
            staged.discard()
        for _, one in done:
            one.discard()
        raise
    return done


def _seal(waiting: Sequence[tuple[T, Staged]], pool: ThreadPoolExecutor) -> list[tuple[T, Sealed]]:
    seals: list[Callable[[], Sealed]] = [staged.seal for _, staged in waiting]
    results = list(pool.map(lambda seal: seal(), seals))
    return [(label, one) for (label, _), one in zip(waiting, results, strict=True)]


def is_archive(file: BinaryIO) -> bool:
    """Whether a file on disk begins as an archive does. The position is at its begin afterwards."""
    file.seek(0)
    head = file.read(512)
    file.seek(0)
    return archives.kind(head) is not None
