"""Bytes of stored objects on their way out: whole files and single frames as parts of multipart bodies whose length is known before."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from scanhouse.dicom.multipart import PART_END, Related
from scanhouse.errors import Broken

BLOCK = 256 << 10
"""Bytes read and sent at once. Several blocks of each answer wait in the server; larger ones cost memory and save nothing."""
SMALL = 4 << 20
"""Bodies up to this size are one piece: an iterator would cost more than it saves."""

Span = tuple[int, int]


@dataclass(frozen=True)
class Part:
    """One part: its media type, and where its bytes are. Instead of a file: `data` that are there already, or `make`, which gives
    `made` bytes when the part's turn comes, so that no more than one such part is in memory."""

    media_type: str
    path: Path | None = None
    spans: tuple[Span, ...] = ()
    data: bytes = b""
    make: Callable[[], bytes] | None = None
    made: int = 0

    @property
    def length(self) -> int:
        return len(self.data) + self.made + sum(length for _, length in self.spans)

    def pieces(self) -> Iterator[bytes]:
        if self.data:
            yield self.data
        if self.make is not None:
            data = self.make()
            for start in range(0, len(data), BLOCK):
                yield data[start : start + BLOCK]
        if self.path is None:
            return
        handle = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            for start, length in self.spans:
                while length:
                    if not (piece := os.pread(handle, min(length, BLOCK), start)):
                        raise Broken(f"The object {self.path.name} has fewer bytes than its row says. Restore it from a copy.")
                    yield piece
                    start, length = start + len(piece), length - len(piece)
        finally:
            os.close(handle)


@dataclass(frozen=True)
class Sending:
    """An answer that is ready to go: its body in pieces, how long that is, and what it is."""

    content_type: str
    length: int
    pieces: Iterable[bytes]

    @property
    def is_small(self) -> bool:
        return self.length <= SMALL

    def response(self) -> HttpResponseBase:
        """The same for Django."""
        headers = {"Content-Length": str(self.length)}
        if self.is_small:
            return HttpResponse(b"".join(self.pieces), content_type=self.content_type, headers=headers)
        return StreamingHttpResponse(self.pieces, content_type=self.content_type, headers=headers)


def multipart(parts: list[Part], media_type: str) -> Sending:
    """A multipart/related answer of these parts."""
    related = Related(media_type)
    heads = [related.head(part.media_type) for part in parts]
    length = related.length((head, part.length) for head, part in zip(heads, parts, strict=True))

    def body() -> Iterator[bytes]:
        for head, part in zip(heads, parts, strict=True):
            yield head
            yield from part.pieces()
            yield PART_END
        yield related.end

    return Sending(related.content_type, length, body())


def single(part: Part) -> Sending:
    """The bytes of one part as the whole answer."""
    return Sending(part.media_type, part.length, part.pieces())
