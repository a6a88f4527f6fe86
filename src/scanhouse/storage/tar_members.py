"""Reading tars of others as a stream (POSIX.1-2017 pax, ustar and GNU): never back, never a member whole in memory."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from scanhouse.storage.members import BLOCK, ArchiveRefused, Budget, MemberRefused
from scanhouse.storage.streams import Source

RECORD = 512
_MAX_EXTENSION = 1 << 20  # names and attributes of one member; read whole
_FILES, _FOLDER = (b"0", b"\0", b"7"), b"5"
_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL = b"L", b"K", b"x", b"g"
_REFUSED = {b"1": "is a link, not a file", b"2": "is a link, not a file", b"3": "is a device, not a file", b"4": "is a device, not a file",
            b"6": "is a pipe, not a file", b"S": "is stored with holes, which is not supported; make the tar without --sparse"}


class TarMember:
    """One file of a tar: see members.Member. Its content must be read before the next member is asked for."""

    __slots__ = ("_chunks", "modified", "name", "refused", "size")

    def __init__(self, name: str, size: int, modified: datetime | None, refused: MemberRefused | None, chunks: Iterator[bytes]) -> None:
        self.name = name
        self.size: int | None = size
        self.modified = modified
        self.refused = refused
        self._chunks = chunks

    def chunks(self) -> Iterator[bytes]:
        """The content. Tars have no checksum of it: only the stream's end or the gzip around it tells that it is whole."""
        if self.refused is not None:
            raise self.refused
        yield from self._chunks


def tar_members(source: Source, budget: Budget) -> Iterator[TarMember]:
    """Members of the tar that `source` gives. Raises ArchiveRefused when it is damaged, cut short or beyond a bound."""
    stream = _Stream(source)
    pax_global: dict[str, str] = {}
    pending: dict[str, str] = {}  # what the extensions before a header say of it
    while True:
        header = stream.exactly(RECORD)
        if not header.strip(b"\0"):
            stream.drain()
            return
        _check(header)
        kind, size = header[156:157], _number(header[124:136])
        if kind in (_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL):
            body = stream.padded(size)
            if kind == _LONG_NAME:
                pending["path"] = _text(body.split(b"\0", 1)[0])
            elif kind == _PAX:
                pending |= _pax(body)
            elif kind == _PAX_GLOBAL:
                pax_global |= _pax(body)
            budget.count_member()  # an endless row of extensions is an attack, too
            continue
        said, pending = pax_global | pending, {}
        name = said.get("path") or _name(header)
        size = _size(said, size)
        budget.count_member()
        content = stream.content(size)
        if kind in _FILES and not name.endswith("/"):
            refused = MemberRefused(name, _REFUSED[b"S"]) if "sparse" in said else budget.judge_member(name, size, size)
            yield TarMember(name, size, _moment(said.get("mtime"), header), refused, content)
        elif kind != _FOLDER and kind not in _FILES:
            yield TarMember(name, size, None, MemberRefused(name, _REFUSED.get(kind, "is of a kind that is not supported")), content)
        stream.skip_rest()


class _Stream:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._left = self._padding = 0

    def exactly(self, count: int) -> bytes:
        parts, left = [], count
        while left:
            part = self._source.read(left)
            if not part:
                raise ArchiveRefused("The tar ends before its end mark: the upload was cut short. Send it again.")
            parts.append(part)
            left -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def padded(self, size: int) -> bytes:
        if size > _MAX_EXTENSION:
            raise ArchiveRefused("A name or attribute in the tar is longer than any that was made in good faith.")
        return self.exactly(size + -size % RECORD)[:size]

    def content(self, size: int) -> Iterator[bytes]:
        self._left, self._padding = size, -size % RECORD
        return self._content()

    def _content(self) -> Iterator[bytes]:
        while self._left:
            chunk = self._source.read(min(BLOCK, self._left))
            if not chunk:
                raise ArchiveRefused("The tar ends within a file: the upload was cut short. Send it again.")
            self._left -= len(chunk)
            yield chunk

    def skip_rest(self) -> None:
        for _ in self._content():
            pass
        if self._padding:
            self.exactly(self._padding)

    def drain(self) -> None:
        """Read what is padding, so that a gzip around it can check its sum."""
        while self._source.read(BLOCK):
            pass


def _check(header: bytes) -> None:
    """The header's sum, over unsigned bytes, or signed ones as some old tars took it."""
    said = _number(header[148:156])
    blanked = header[:148] + b" " * 8 + header[156:]
    if said != (unsigned := sum(blanked)) and said != unsigned - 256 * sum(byte > 127 for byte in blanked):
        raise ArchiveRefused("A header in the tar is damaged, or it is no tar. Make and send it again.")


def _number(field: bytes) -> int:
    """A size, or a sum: nothing that can be negative."""
    value = _signed(field)
    if not 0 <= value < 1 << 63:
        raise ArchiveRefused("A size in the tar is larger than any disk, or less than nothing. Make and send it again.")
    return value


def _signed(field: bytes) -> int:
    """Octal text, or GNU's big-endian binary with the first bit set, whose other bits are a two's complement: times before 1970."""
    if field[0] & 0x80:
        bits = 8 * len(field) - 1
        value = int.from_bytes(field, "big") - (1 << bits)
        return value - (1 << bits) if value >> (bits - 1) else value
    text = field.split(b"\0", 1)[0].strip() or b"0"
    if not all(48 <= byte <= 55 for byte in text):
        raise ArchiveRefused("A number in the tar is damaged. Make and send it again.")
    return int(text, 8)


def _pax(body: bytes) -> dict[str, str]:
    """Records `length key=value\\n` (pax, section 4.18.2 "pax Extended Header")."""
    found: dict[str, str] = {}
    at = 0
    while at < len(body):
        digits, blank, _ = body[at : at + 20].partition(b" ")
        if not blank or not digits.isdigit() or int(digits) <= len(digits) + 1 or at + int(digits) > len(body):
            raise ArchiveRefused("An attribute in the tar is damaged. Make and send it again.")
        record = body[at + len(digits) + 1 : at + int(digits)]
        key, _, value = record.rstrip(b"\n").partition(b"=")
        if key.startswith(b"GNU.sparse."):
            found["sparse"] = "yes"
        elif key in (b"path", b"size", b"mtime"):  # nothing else is of use, or may take memory
            found[_text(key)] = _text(value)
        at += int(digits)
    return found


def _size(said: dict[str, str], size: int) -> int:
    if "size" not in said:
        return size
    text = said["size"]
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise ArchiveRefused("A size in the tar is damaged. Make and send it again.")
    return int(text)


def _name(header: bytes) -> str:
    name = header[:100].split(b"\0", 1)[0]
    prefix = header[345:500].split(b"\0", 1)[0] if header[257:263] == b"ustar\0" else b""
    return _text(prefix + b"/" + name if prefix else name)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _moment(said: str | None, header: bytes) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(said) if said else _signed(header[136:148]), UTC)
    except (ValueError, OverflowError, OSError):
        return None
