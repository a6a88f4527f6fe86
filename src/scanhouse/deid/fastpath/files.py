"""One file de-identified: the header edited, the pixel data named as a piece of the source; nothing half-written ever has the target's name."""
from __future__ import annotations

import filecmp
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from pydicom import Dataset

from scanhouse.deid.context import Context
from scanhouse.deid.engine import run
from scanhouse.deid.errors import RunError
from scanhouse.deid.fastpath.elements import CHARACTER_SET
from scanhouse.deid.fastpath.meta import SYNTAX, written_meta
from scanhouse.deid.fastpath.opening import Opened, Pixels, Span, opened
from scanhouse.deid.fastpath.writing import NotPlain, elements_of, pixel_head
from scanhouse.deid.outcome import Outcome
from scanhouse.deid.part10 import read, written
from scanhouse.deid.program import Program
from scanhouse.deid.values import entry_of, text_at
from scanhouse.dicom.sources import Read, reader
from scanhouse.errors import Conflict

COPIED: Final = 1 << 20
"""Bytes copied at once where the kernel cannot copy from file to file."""


@dataclass(frozen=True)
class Edited:
    """An outcome, and its file as bytes and spans of the source; no pieces when the object must not be stored. `fast`: without its pixels."""

    outcome: Outcome
    pieces: tuple[bytes | Span, ...] = field(default=(), repr=False)
    fast: bool = False

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return sum(len(piece) if isinstance(piece, bytes) else piece.length for piece in self.pieces)


def edited(program: Program, source: BinaryIO, context: Context | None = None) -> Edited:
    """Run the program on the open file `source`. Raises `RunError` when the object cannot be read, de-identified or written.

    Where the program leaves pixels alone and the file is plain, only the header is read, in memory that does not grow with the pixels.
    """
    context = context or Context()
    read_at = reader(source)
    found = None if program.touches_pixels else opened(read_at)
    if found is None:
        return _general(program, source, context)
    outcome = run(program, found.dataset, context)
    if outcome.dataset is None:
        return Edited(outcome, (), True)
    if outcome.dataset is outcome.original:
        return Edited(outcome, (_whole(source),), True)
    try:
        return Edited(outcome, tuple(_pieces(outcome, found)), True)
    except NotPlain:
        return _completed(outcome, found.pixels, read_at)


def deidentify(program: Program, source: Path, target: Path | Callable[[Dataset], Path], context: Context | None = None, *,
               overwrite: bool = True) -> tuple[Outcome, Path | None]:
    """De-identify the file `source` to `target`, or to the path that `target` gives for the new object; the path is None if nothing is stored.

    It is written under another name in the same folder, and has its own name only when it is whole. Raises `RunError`, and `Conflict`
    where the target exists and may not be overwritten.
    """
    with source.open("rb") as file:
        result = edited(program, file, context)
        if not result.pieces:
            return result.outcome, None
        assert result.outcome.dataset is not None
        path = target if isinstance(target, Path) else target(result.outcome.dataset)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name[:200]}.{os.getpid()}.part")
        try:
            with part.open("wb") as out:
                write(result.pieces, file, out)
            _rename(part, path, overwrite=overwrite)
        finally:
            part.unlink(missing_ok=True)
    return result.outcome, path


def _rename(part: Path, path: Path, *, overwrite: bool) -> None:
    if overwrite:
        part.replace(path)
        return
    try:
        path.hardlink_to(part)  # fails, unlike renaming, where another process has put a file there in between
    except FileExistsError:
        if not filecmp.cmp(path, part, shallow=False):
            raise Conflict("Another file is at the target already, of the same name and with other bytes. Choose another folder, or say that "
                           "files may be overwritten.") from None


def write(pieces: tuple[bytes | Span, ...], source: BinaryIO, target: BinaryIO) -> None:
    """Write the pieces; spans go from file to file by the kernel."""
    gathered: list[bytes] = []
    for piece in pieces:
        if isinstance(piece, bytes):
            gathered.append(piece)
        else:
            target.write(b"".join(gathered))
            gathered.clear()
            target.flush()
            _copy(source, target, piece)
    target.write(b"".join(gathered))


def _copy(source: BinaryIO, target: BinaryIO, span: Span) -> None:
    """Copy by sendfile; files that have no descriptor are read and written, a piece at a time."""
    offset, left = span.offset, span.length
    read_at, descriptors = reader(source), _descriptors(source, target)
    while left:
        if descriptors is not None:
            sent = os.sendfile(descriptors[1], descriptors[0], offset, left)
        else:
            sent = target.write(read_at(offset, min(left, COPIED)))
        if not sent:
            raise RunError("the file became shorter while it was read", remedy="Try again when nobody writes to it.")
        offset, left = offset + sent, left - sent


def _descriptors(source: BinaryIO, target: BinaryIO) -> tuple[int, int] | None:
    try:
        return source.fileno(), target.fileno()
    except (OSError, AttributeError):
        return None


def _general(program: Program, source: BinaryIO, context: Context) -> Edited:
    source.seek(0)
    outcome = run(program, read(source), context)
    if outcome.dataset is None:
        return Edited(outcome)
    if outcome.dataset is outcome.original:
        return Edited(outcome, (_whole(source),))
    return Edited(outcome, (written(outcome.dataset),))


def _whole(source: BinaryIO) -> Span:
    return Span(0, source.seek(0, os.SEEK_END))


def _pieces(outcome: Outcome, found: Opened) -> list[bytes | Span]:
    dataset, pixels, implicit, source = outcome.dataset, found.pixels, found.implicit, (found.header, outcome.original)
    assert dataset is not None
    meta, old = dataset.file_meta, outcome.original.file_meta
    if not _same(dataset, outcome.original, CHARACTER_SET) or not _same(meta, old, SYNTAX):
        raise NotPlain
    if not text_at(dataset, 0x00080018) or not text_at(dataset, 0x00080016):
        raise NotPlain
    if pixels is None:
        before, after = elements_of(dataset, implicit=implicit, source=source)
        return [*written_meta(dataset), *before, *after]
    tag = pixels.entry.tag
    before, after = elements_of(dataset, implicit=implicit, stop=tag, source=source)
    left = dataset._dict.get(tag)
    if left is None:
        return [*written_meta(dataset), *before, *after]
    if left is not pixels.entry:
        raise NotPlain
    head = pixel_head(tag, left.VR, left.length, implicit=implicit)
    return [*written_meta(dataset), *before, head, pixels.span, pixels.end, *after]


def _same(one: Dataset, other: Dataset, tag: int) -> bool:
    return entry_of(one, tag) is entry_of(other, tag) or text_at(one, tag) == text_at(other, tag)


def _completed(outcome: Outcome, pixels: Pixels | None, read_at: Read) -> Edited:
    """The pixels put in where their stand-in is, and the object written the general way."""
    dataset = outcome.dataset
    assert dataset is not None
    if pixels is not None and dataset._dict.get(pixels.entry.tag) is pixels.entry:
        dataset._dict[pixels.entry.tag] = pixels.entry._replace(value=read_at(pixels.span.offset, pixels.span.length))
    return Edited(outcome, (written(dataset),))
