"""multipart/related bodies of DICOMweb (RFC 2387, PS3.18 8.6.1): written with a length known in advance, read as they stream in.

No I/O here: the writer gives the bytes between bodies, the reader turns the bytes fed to it into events.
"""
from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from scanhouse.errors import Invalid

MAX_HEADERS = 16 << 10
"""Bytes of the headers of one part; real ones have less than 300."""

MAX_BOUNDARY = 70  # RFC 2046 section 5.1.1
MAX_PREAMBLE = 64 << 10
"""Bytes before the first boundary, which RFC 2046 allows and nobody sends."""


class BadMultipart(Invalid):
    """A multipart body or its Content-Type that cannot be understood."""


@dataclass(frozen=True, slots=True)
class Related:
    """The form of one multipart/related body whose parts are mainly of `media_type`.

    A body is, for each part, `head(...)`, the part's bytes and `PART_END`; then `end`.
    """

    media_type: str
    boundary: str = field(default_factory=lambda: "scanhouse-" + secrets.token_hex(16))

    @property
    def content_type(self) -> str:
        """Value of the Content-Type header of the whole."""
        return f'multipart/related; type="{self.media_type}"; boundary={self.boundary}'

    def head(self, content_type: str, *, location: str = "") -> bytes:
        """What stands before the bytes of one part."""
        where = f"Content-Location: {location}\r\n" if location else ""
        return f"--{self.boundary}\r\nContent-Type: {content_type}\r\n{where}\r\n".encode()

    @property
    def end(self) -> bytes:
        """What stands after the last part."""
        return f"--{self.boundary}--\r\n".encode()

    def length(self, parts: Iterable[tuple[bytes, int]]) -> int:
        """Bytes of the whole body, from (head, length of the part's bytes) of each part."""
        return sum(len(head) + size + len(PART_END) for head, size in parts) + len(self.end)


PART_END = b"\r\n"


@dataclass(frozen=True, slots=True)
class PartBegins:
    """A new part. Names of `headers` are in lower case."""

    headers: dict[str, str]

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")


@dataclass(frozen=True, slots=True)
class PartData:
    """The next bytes of the part that began last."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PartEnds:
    """The part that began last is whole."""


Event = PartBegins | PartData | PartEnds


class Reader:
    """Reads a multipart body fed to it in pieces of any size; holds at most one piece and the headers of one part.

    `feed` gives the events that the bytes so far allow; `finished` is true after the closing boundary. What follows it is ignored.
    """

    def __init__(self, boundary: str) -> None:
        if not boundary or len(boundary) > MAX_BOUNDARY:
            raise BadMultipart(f"A multipart boundary has 1 to {MAX_BOUNDARY} characters (RFC 2046). Check the Content-Type header.")
        self.finished = False
        self._delimiter = b"\r\n--" + boundary.encode("latin-1", "replace")
        self._held = b"\r\n"  # so that the first boundary looks like every other one
        self._state = self._before_first
        self._passed = 0

    def feed(self, data: bytes) -> Iterator[Event]:
        """Events of the next bytes of the body. Raises `BadMultipart`."""
        self._held += data
        while not self.finished:
            event, go_on = self._state()
            if event is not None:
                yield event
            if not go_on:
                return
        self._held = b""

    def close(self) -> None:
        """The body has ended. Raises `BadMultipart` when its closing boundary has not been seen."""
        if not self.finished:
            raise BadMultipart("The multipart body ends before its closing boundary: it was cut. Send it again.")

    def _before_first(self) -> tuple[Event | None, bool]:
        at = self._held.find(self._delimiter)
        if at < 0:
            kept = self._held[-len(self._delimiter) + 1 :]
            self._passed += len(self._held) - len(kept)
            self._held = kept
            if self._passed > MAX_PREAMBLE:
                raise BadMultipart("The multipart body does not contain its boundary. Check the Content-Type header.")
            return None, False
        self._held = self._held[at + len(self._delimiter) :]
        self._state = self._after_boundary
        return None, True

    def _after_boundary(self) -> tuple[Event | None, bool]:
        if self._held.startswith(b"--"):
            self.finished = True
            return None, True
        line = self._held.find(b"\n")
        if line < 0:
            if len(self._held) > MAX_HEADERS:
                raise BadMultipart("A boundary of the multipart body is not followed by a line end.")
            return None, False
        if self._held[:line].strip():
            raise BadMultipart("A boundary of the multipart body is followed by something else than a line end.")
        # Headers end with an empty line; a part without headers has only that line.
        self._held = b"\r\n" + self._held[line + 1 :]
        self._state = self._headers
        return None, True

    def _headers(self) -> tuple[Event | None, bool]:
        found = re.search(rb"\r?\n\r?\n", self._held)
        if not found:
            if len(self._held) > MAX_HEADERS:
                raise BadMultipart(f"The headers of a part are longer than {MAX_HEADERS} bytes.")
            return None, False
        if found.start() > MAX_HEADERS:
            raise BadMultipart(f"The headers of a part are longer than {MAX_HEADERS} bytes.")
        headers = _parse_headers(self._held[: found.start()])
        # The line end that closes the headers may be that of the boundary of an empty part.
        self._held = b"\r\n" + self._held[found.end() :]
        self._state = self._body_first
        return PartBegins(headers), True

    def _body_first(self) -> tuple[Event | None, bool]:
        if len(self._held) < len(self._delimiter) and self._delimiter.startswith(self._held):
            return None, False
        if not self._held.startswith(self._delimiter):
            self._held = self._held[2:]
        self._state = self._body
        return None, True

    def _body(self) -> tuple[Event | None, bool]:
        at = self._held.find(self._delimiter)
        if at > 0:
            data, self._held = self._held[:at], self._held[at:]
            return PartData(data), True
        if at == 0:
            self._held = self._held[len(self._delimiter) :]
            self._state = self._after_boundary
            return PartEnds(), True
        # The boundary may have begun in the last bytes: they wait for the next piece.
        sure = len(self._held) - len(self._delimiter) + 1
        if sure <= 0:
            return None, False
        data, self._held = self._held[:sure], self._held[sure:]
        return PartData(data), False


def parse_media_type(text: str) -> tuple[str, dict[str, str]]:
    """A media type with its parameters, both in lower case but for the parameters' values (RFC 9110 section 8.3.1)."""
    parts = _PARAMETER.split(text)
    parameters: dict[str, str] = {}
    for found in _PARAMETER.finditer(text):
        value = found[2] if found[3] is None else re.sub(r"\\(.)", r"\1", found[3])
        parameters.setdefault(found[1].lower(), value)
    return parts[0].strip().lower(), parameters


_PARAMETER = re.compile(r';\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)\s*=\s*([^\s;,"]+|"((?:[^"\\]|\\.){0,512})")')


def _parse_headers(data: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in data.decode("latin-1").replace("\r\n", "\n").split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), value.strip())
        elif line.strip():
            raise BadMultipart("A part of the multipart body has a header line without a colon.")
    return headers
