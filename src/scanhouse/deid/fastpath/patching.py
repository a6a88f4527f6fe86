"""Carrying a plan out on the bytes of a header in explicit VR little endian: one pass, and what is not spoken of is copied in runs."""
from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

from scanhouse.deid.context import Context
from scanhouse.deid.fastpath.elements import LONG, PIXEL_TAGS, SHORT, contents_of_bytes
from scanhouse.deid.fastpath.plan import Action, Plan
from scanhouse.deid.fastpath.writing import MAX_SHORT, NotPlain
from scanhouse.dicom.header import UNDEFINED

IDENTITY: Final = frozenset((0x00080016, 0x00080018, 0x0020000D, 0x0020000E))
"""Elements whose new values the file's meta information and its name are made of."""
_EXPLICIT: Final = struct.Struct("<HH2sH").unpack_from
_IMPLICIT: Final = struct.Struct("<HHI").unpack_from
_U32: Final = struct.Struct("<I").unpack_from
_SHORT_HEAD: Final = struct.Struct("<HH2sH").pack
_LONG_HEAD: Final = struct.Struct("<HH2sHI").pack
_ITEM: Final = struct.Struct("<HHI").pack


@dataclass
class Patched:
    """Pieces of the new header; where the pixel data begins, if it was reached; new values of `IDENTITY`."""

    pieces: list[bytes] = field(default_factory=list)
    pixel: tuple[int, str, int, int, int] | None = None
    """Tag, VR, length, and the offsets of element and value."""
    identity: dict[int, str] = field(default_factory=dict)


def patch(plan: Plan, buf: bytes, pos: int, context: Context, *, whole: bool) -> Patched:
    """The header from `pos` on, up to pixel data or to the end if the buffer is the `whole` file. Raises `NotPlain`."""
    done = Patched()
    out, root, private, end = done.pieces, plan.root, plan.private, len(buf)
    missing = [*plan.missing, (1 << 32, b"", b"")]
    at = keep = 0
    keep, last, next_missing = pos, 0, missing[0][0]
    while pos < end:
        if pos + 12 > end:
            raise NotPlain
        group, element, code, length = _EXPLICIT(buf, pos)
        begin = pos
        pos += 8
        if code not in SHORT:
            if code not in LONG:
                raise NotPlain
            length = _U32(buf, pos)[0]
            pos += 4
        number = group << 16 | element
        if number <= last or group < 8 or group == 0xFFFE or (code == b"UN" and not group & 1):
            raise NotPlain
        last = number
        while next_missing <= number:
            if next_missing < number:
                out.append(buf[keep:begin])
                keep = begin
                tag, vr, value = missing[at]
                out.append(_written(tag, vr, value))
                _note(done, tag, value)
            at += 1
            next_missing = missing[at][0]
        if number in PIXEL_TAGS:
            done.pixel = (number, LONG.get(code, ""), length, begin, pos)
            out.append(buf[keep:begin])
            return done
        if length == UNDEFINED or pos + length > end:
            raise NotPlain
        action = root.get(number)
        if (group & 1 and private) or element == 0:
            out.append(buf[keep:begin])
            keep = pos + length
        elif action is not None:
            if code == b"SQ":
                raise NotPlain
            new = action.value(code, buf[pos:pos + length], context)
            out.append(buf[keep:begin])
            keep = pos + length
            if new is not None:
                out.append(_written(number, code, new))
                _note(done, number, new)
        elif code == b"SQ" and length:
            inner = _sequence(plan, buf[pos:pos + length], context)
            if inner is not None:
                out.append(buf[keep:pos - 4])
                out.append(struct.pack("<I", len(inner)))
                out.append(inner)
                keep = pos + length
        elif number in IDENTITY:
            _note(done, number, buf[pos:pos + length])
        pos += length
    if not whole:
        raise NotPlain
    out.append(buf[keep:end])
    for tag, vr, value in missing[at:-1]:
        out.append(_written(tag, vr, value))
        _note(done, tag, value)
    return done


def _note(done: Patched, number: int, value: bytes) -> None:
    if number in IDENTITY:
        done.identity[number] = value.decode("latin-1").strip(" \0")


def _written(number: int, code: bytes, value: bytes) -> bytes:
    length = len(value)
    if code in LONG:
        return _LONG_HEAD(number >> 16, number & 0xFFFF, code, 0, length) + value
    if length > MAX_SHORT:
        raise NotPlain
    return _SHORT_HEAD(number >> 16, number & 0xFFFF, code, length) + value


def _sequence(plan: Plan, data: bytes, context: Context) -> bytes | None:
    """The sequence's new value, None where nothing in it changes."""
    contents = contents_of_bytes(data)
    if contents is None:
        raise NotPlain
    if plan.inner.keys().isdisjoint(contents.tags) and not (plan.private and any(tag & 0x10000 for tag in contents.tags)):
        return None
    out: list[bytes] = []
    pos = 0
    while pos < len(data):
        length = _IMPLICIT(data, pos)[2]
        item = _item(plan, data, pos + 8, pos + 8 + length, context)
        out += (_ITEM(0xFFFE, 0xE000, len(item)), item)
        pos += 8 + length
    return b"".join(out)


def _item(plan: Plan, data: bytes, pos: int, end: int, context: Context) -> bytes:
    out: list[bytes] = []
    inner: dict[int, Action] = plan.inner
    while pos < end:
        begin = pos
        group, element, code, length = _EXPLICIT(data, pos)
        pos += 8
        if code in LONG:
            length = _U32(data, pos)[0]
            pos += 4
        number, stop = group << 16 | element, pos + length
        action = inner.get(number)
        if group & 1 and plan.private:
            pass
        elif action is not None:
            new = action.value(code, data[pos:stop], context)
            if new is not None:
                out.append(_written(number, code, new))
        else:
            changed = _sequence(plan, data[pos:stop], context) if code == b"SQ" and length else None
            out.append(data[begin:stop] if changed is None else _written(number, code, changed))
        pos = stop
    return b"".join(out)
