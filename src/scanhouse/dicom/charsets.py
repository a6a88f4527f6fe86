"""Text by Specific Character Set (PS3.3 C.12.1.1.2, PS3.5 section 6.1): pydicom's tables, without its warnings and without errors.

What is stored may be wrong; a reader still wants to see it. So unknown character sets are read as ISO 8859-1 and bytes that do
not fit become U+FFFD, where pydicom would warn once per value or guess any codec that Python happens to know.
"""
from __future__ import annotations

import re
from functools import lru_cache

from pydicom.charset import CODES_TO_ENCODINGS, STAND_ALONE_ENCODINGS, default_encoding, handled_encodings, python_encoding

DEFAULT = (default_encoding,)
TEXT_DELIMITERS = frozenset(b"\r\n\t\f\\")
NAME_DELIMITERS = frozenset(b"^=\\")
SINGLE_TEXT_DELIMITERS = frozenset(b"\r\n\t\f")

_PARTS = re.compile(rb"^[^\x1b]+|\x1b[^\x1b]*")


@lru_cache(maxsize=256)
def encodings(raw: bytes) -> tuple[str, ...]:
    """Python codecs for the raw value of Specific Character Set (0008,0005), the first being the one text begins in."""
    terms = [term.strip(" \x00") for term in raw.decode("ascii", "replace").split("\\")]
    if len(terms) > 1 and terms[0] in STAND_ALONE_ENCODINGS:
        terms = terms[:1]
    codecs = [_codec(term) for position, term in enumerate(terms) if position == 0 or term not in STAND_ALONE_ENCODINGS]
    return tuple(codecs) or DEFAULT


def decode(raw: bytes, codecs: tuple[str, ...] = DEFAULT, delimiters: frozenset[int] = TEXT_DELIMITERS) -> str:
    """Text of a value. Never raises; `delimiters` end a code extension (PS3.5 6.1.2.5.3). Padding stays."""
    if b"\x1b" not in raw:
        return raw.decode("ascii" if raw.isascii() else codecs[0], "replace")
    return "".join(_decode_part(part, codecs, delimiters) for part in _PARTS.findall(raw))


def _decode_part(part: bytes, codecs: tuple[str, ...], delimiters: frozenset[int]) -> str:
    if not part.startswith(b"\x1b"):
        return part.decode(codecs[0], "replace")
    size = 4 if part.startswith((b"\x1b$(", b"\x1b$)")) else 3
    codec = CODES_TO_ENCODINGS.get(part[:size], "")
    if codec not in codecs and codec != default_encoding:
        return part.decode(codecs[0], "replace")
    if codec in handled_encodings:
        return part.decode(codec, "replace")
    part = part[size:]
    end = next((at for at, byte in enumerate(part) if byte in delimiters), len(part))
    return part[:end].decode(codec, "replace") + part[end:].decode(codecs[0], "replace")


def _codec(term: str) -> str:
    found = python_encoding.get(term)
    if found is None:
        # ISO-IR 100, ISO IR 192, ISO-2022-IR 87: misspellings that scanners write
        single = re.fullmatch(r"ISO.IR.?(\d+)", term)
        extended = re.fullmatch(r"ISO.2022.IR.?(\d+)", term)
        if single:
            found = python_encoding.get(f"ISO_IR {single[1]}")
        elif extended:
            found = python_encoding.get(f"ISO 2022 IR {extended[1]}")
    return found or default_encoding
