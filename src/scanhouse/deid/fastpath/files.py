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
from scanhouse.deid.fastpath.meta import SYNTAX, read_meta, written_meta
from scanhouse.deid.fastpath.opening import FIRST, Opened, Pixels, Span, opened, opened_head, placed_pixels, plain_syntax
from scanhouse.deid.fastpath.patching import patch
from scanhouse.deid.fastpath.plan import Plan, plan_of
from scanhouse.deid.fastpath.unfolding import Unfolding
from scanhouse.deid.fastpath.writing import NotPlain, elements_of, pixel_head
from scanhouse.deid.outcome import Outcome
from scanhouse.deid.part10 import read, written
from scanhouse.deid.program import Program
from scanhouse.deid.record import follow_identity
from scanhouse.deid.values import element, entry_of, tag_of, text_at
from scanhouse.dicom.part10 import PREAMBLE_LENGTH
from scanhouse.dicom.sources import Read, reader
from scanhouse.errors import Conflict

COPIED: Final = 1 << 20
"""Bytes copied at once where the kernel cannot copy from file to file."""


@dataclass(frozen=True)
class Identity:
    """The new UIDs of an object, "" where it has none: what its file may be named by."""

    study: str
    series: str
    instance: str


@dataclass(frozen=True)
class Edited:
    """An outcome, and its file as bytes and spans of the source; no pieces when the object must not be stored.

    `fast`: the pixels were not read, and the outcome's data sets have two bytes that stand for them.
    """

    outcome: Outcome
    pieces: tuple[bytes | Span, ...] = field(default=(), repr=False)
    fast: bool = False
    identity: Identity = Identity("", "", "")

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
    if program.touches_pixels:
        return _general(program, source, context)
    plan = None if context.record else plan_of(program)
    if plan is not None:
        try:
            return _patched(plan, program, read_at, context)
        except NotPlain:
            pass  # the interpreter can more
    found = opened(read_at)
    if found is None:
        return _general(program, source, context)
    outcome = run(program, found.dataset, context)
    if outcome.dataset is None:
        return Edited(outcome, (), True)
    if outcome.dataset is outcome.original:
        return Edited(outcome, (_whole(source),), True, _identity(outcome.dataset))
    try:
        return Edited(outcome, tuple(_pieces(outcome, found)), True, _identity(outcome.dataset))
    except NotPlain:
        return _completed(outcome, found.pixels, read_at)


def _patched(plan: Plan, program: Program, read_at: Read, context: Context) -> Edited:
    buf = read_at(0, FIRST)
    found = read_meta(buf)
    how = plain_syntax(found[0]) if found is not None else None
    if found is None or how is None or not how.explicit:
        raise NotPlain
    meta, pos = found
    done = patch(plan, buf, pos, context, whole=len(buf) < FIRST)
    identity = Identity(*(done.identity.get(tag, "") for tag in (0x0020000D, 0x0020000E, 0x00080018)))
    shell = Dataset()
    shell._dict = {tag_of(tag): element(tag, "UI", done.identity.get(tag, "")) for tag in (0x00080016, 0x00080018)}
    shell.__dict__.update(file_meta=meta, preamble=buf[:PREAMBLE_LENGTH])
    if not identity.instance or not done.identity.get(0x00080016):
        raise NotPlain
    follow_identity(shell)
    pieces: list[bytes | Span] = [*written_meta(shell), *done.pieces]
    if done.pixel is not None:
        tag, vr, length, begin, offset = done.pixel
        placed = placed_pixels(read_at, vr, tag, length, offset, encapsulated=how.encapsulated)
        if placed is None or read_at(placed[2], 1):
            raise NotPlain  # something lies behind the pixels
        pieces += (buf[begin:offset], placed[0], placed[1])
    return Edited(Unfolding(lambda: _interpreted(program, buf, context)), tuple(pieces), True, identity)


def _interpreted(program: Program, buf: bytes, context: Context) -> Outcome:
    """What the interpreter says of the header alone, for those who want to know more than the bytes."""
    found = opened_head(buf)
    if found is None:
        raise RunError("the header cannot be read again")
    return run(program, found, context)


def deidentify(program: Program, source: Path, target: Path | Callable[[Identity], Path], context: Context | None = None, *,
               overwrite: bool = True) -> tuple[Outcome, Path | None]:
    """De-identify the file `source` to `target`, or to the path that `target` gives for the new object; the path is None if nothing is stored.

    It is written under another name in the same folder, and has its own name only when it is whole. Raises `RunError`, and `Conflict`
    where the target exists and may not be overwritten.
    """
    with source.open("rb") as file:
        result = edited(program, file, context)
        if not result.pieces:
            return result.outcome, None
        path = target if isinstance(target, Path) else target(result.identity)
        part = path.with_name(f".{path.name[:200]}.{os.getpid()}.part")
        try:
            with _created(part) as out:
                write(result.pieces, file, out)
            _rename(part, path, overwrite=overwrite)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return result.outcome, path


def _created(part: Path) -> BinaryIO:
    try:
        return part.open("wb")
    except FileNotFoundError:
        part.parent.mkdir(parents=True, exist_ok=True)
        return part.open("wb")


def _rename(part: Path, path: Path, *, overwrite: bool) -> None:
    if overwrite:
        os.replace(part, path)
        return
    try:
        os.link(part, path)  # fails, unlike renaming, where another process has put a file there in between
    except FileExistsError:
        if not filecmp.cmp(path, part, shallow=False):
            raise Conflict("Another file is at the target already, of the same name and with other bytes. Choose another folder, or say that "
                           "files may be overwritten.") from None
    os.unlink(part)


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
        return Edited(outcome, (_whole(source),), False, _identity(outcome.dataset))
    return Edited(outcome, (written(outcome.dataset),), False, _identity(outcome.dataset))


def _identity(dataset: Dataset) -> Identity:
    return Identity(*(text_at(dataset, tag) for tag in (0x0020000D, 0x0020000E, 0x00080018)))


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
    return Edited(outcome, (written(dataset),), False, _identity(dataset))
