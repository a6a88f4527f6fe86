"""HTTP ranges: which bytes a client asks for (RFC 9110 section 14), and whether its earlier part still fits."""
from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from scanhouse.errors import Invalid

MAX_RANGES = 16  # resuming needs one, PDF viewers ask for a handful; more is an amplification attack (RFC 9110, 17.15)
_SPEC = re.compile(r"([0-9]{1,19})?-([0-9]{1,19})?")  # 19 digits: below 2**63, more than any disk holds


class Range(NamedTuple):
    """Bytes from `start` up to, and without, `stop`."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """Number of bytes."""
        return self.stop - self.start

    def content_range(self, length: int) -> str:
        """Value of the header Content-Range for this part of `length` bytes."""
        return f"bytes {self.start}-{self.stop - 1}/{length}"


class Unsatisfiable(Invalid):
    """No byte that was asked for exists: HTTP 416, with `content_range` as header."""

    def __init__(self, length: int) -> None:
        super().__init__(f"The range asked for lies behind the end: there are {length} bytes. Ask for bytes below {length}.")
        self.length = length
        self.content_range = f"bytes */{length}"


def parse(header: str | None, length: int) -> list[Range] | None:
    """Ranges of `header` in the order asked for, cut at `length`; None when the whole is to be sent.

    Header fields that make no sense, other units, and more than 16 or overlapping ranges are ignored, as the RFC allows.
    Raises Unsatisfiable when every range starts behind the end.
    """
    unit, equals, text = (header or "").partition("=")
    if not equals or unit.strip().lower() != "bytes" or text.count(",") >= 2 * MAX_RANGES:
        return None
    asked = [_SPEC.fullmatch(part.strip()) for part in text.split(",") if part.strip()]
    if not asked or len(asked) > MAX_RANGES:
        return None
    found = []
    for match in asked:
        if match is None or (match[1] is None and match[2] is None):
            return None
        if match[1] is not None and match[2] is not None and int(match[1]) > int(match[2]):
            return None
        if (one := _cut(match[1], match[2], length)) is not None:
            found.append(one)
    if not found:
        raise Unsatisfiable(length)
    ordered = sorted(found)
    if any(after.start < before.stop for before, after in pairwise(ordered)):
        return None
    return found


def single(header: str | None, length: int) -> Range | None:
    """As `parse`, for answers that give one part only: None also when several ranges are asked for."""
    found = parse(header, length)
    return found[0] if found and len(found) == 1 else None


def unchanged(if_range: str | None, *, etag: str) -> bool:
    """Whether a range may be sent under the header If-Range: absent, or the same strong `etag`.

    A date never holds: it counts only where nothing can change twice within its second (13.1.5, 8.8.2.2), and a file is replaced
    as often as anybody likes. Clients that were given an ETag must use that.
    """
    if not if_range:
        return True
    return if_range.strip() == etag and etag.startswith('"')


def _cut(first: str | None, last: str | None, length: int) -> Range | None:
    if first is None:
        count = min(int(last or 0), length)
        return Range(length - count, length) if count else None
    if int(first) >= length:
        return None
    return Range(int(first), length if last is None else min(int(last) + 1, length))
