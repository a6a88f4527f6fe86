"""Bodies that are whole or refused: a connection that breaks looks to a WSGI application like the end of the body.

Whoever reads gets `CutShort` where the end comes before the length that was announced, so that no door can take a piece for the whole.
A body in chunks announces no length, and the server does not tell whether its last chunk came: only a form says itself where it ends.
Other chunked bodies are taken as they come, since clients that read a pipe (`curl -T -`) send nothing else (Q-107).
"""
from __future__ import annotations

from typing import Any

from django.utils.http import parse_header_parameters

from scanhouse.errors import CutShort

FORM = "multipart/form-data"
TAIL = 1024
"""Bytes at the end of a form among which its end mark is looked for: senders may write something behind it."""


def insist(environ: dict[str, Any]) -> None:
    """Have the body of a request checked as it is read."""
    chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    length = environ.get("CONTENT_LENGTH") or "0"
    if chunked:
        kind, parameters = parse_header_parameters(environ.get("CONTENT_TYPE", ""))
        if kind.lower() == FORM and (boundary := parameters.get("boundary")):
            environ["wsgi.input"] = _Form(environ["wsgi.input"], f"--{boundary}--".encode("latin-1", "replace"))
    elif length.isascii() and length.isdigit() and length != "0":
        environ["wsgi.input"] = _Measured(environ["wsgi.input"], int(length))


class _Body:
    """A body as it comes. `read` answers as much as was asked for, or what is left."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def read(self, size: int = -1) -> bytes:
        raise NotImplementedError

    def readline(self, size: int = -1) -> bytes:
        """A line with its end. Nothing of ours reads lines, so this need not be quick."""
        line = bytearray()
        while (size < 0 or len(line) < size) and not line.endswith(b"\n") and (byte := self.read(1)):
            line += byte
        return bytes(line)

    def _filled(self, size: int) -> bytes:
        """`size` bytes, fewer only at the end."""
        data: bytes = self.inner.read(size)
        if len(data) == size or not data:
            return data
        parts, got = [data], len(data)
        while got < size and (data := self.inner.read(size - got)):
            parts.append(data)
            got += len(data)
        return b"".join(parts)


class _Measured(_Body):
    """A body of a known length."""

    def __init__(self, inner: Any, length: int) -> None:
        super().__init__(inner)
        self.length = self.left = length

    def read(self, size: int = -1) -> bytes:
        wanted = self.left if size is None or size < 0 else min(size, self.left)
        data = self._filled(wanted) if wanted else b""
        self.left -= len(data)
        if len(data) < wanted:
            raise CutShort(f"The upload was cut short: {self.length - self.left} of {self.length} bytes came. Send it again.", data)
        return data


class _Form(_Body):
    """A form in chunks: it ends with its last boundary."""

    def __init__(self, inner: Any, closing: bytes) -> None:
        super().__init__(inner)
        self.closing, self.tail, self.ended = closing, b"", False

    def read(self, size: int = -1) -> bytes:
        if size is None or size < 0:
            raise ValueError("a body without a length is read in blocks")
        data = self._filled(size) if size and not self.ended else b""
        self.tail = (self.tail + data[-TAIL:])[-TAIL:]
        if len(data) < size and not self.ended:
            self.ended = True
            if self.closing not in self.tail:
                raise CutShort("The upload was cut short: the end of the form did not come. Send it again.", data)
        return data
