"""Java's properties text: `key = value` lines with escapes and continued lines, as CTP's lookup tables and old scripts are written."""
from __future__ import annotations

import re
from collections.abc import Iterator

from scanhouse.deid.errors import SyntaxFault
from scanhouse.deid.program import At

_KEY = re.compile(r"(?:\\.|[^\\=: \t\f])*", re.DOTALL)
_SEPARATOR = re.compile(r"[ \t\f]*(?:[=:][ \t\f]*)?")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)?", re.DOTALL)
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def properties(text: str) -> Iterator[tuple[str, str, At]]:
    """Key, value and the place of each entry; comments from `#` or `!` left out. Raises `SyntaxFault` without repeating a value."""
    for line, number, column in _lines(text):
        key = _KEY.match(line)
        assert key is not None
        separator = _SEPARATOR.match(line, key.end())
        assert separator is not None
        at = At(number, column)
        yield _unescaped(key[0], at), _unescaped(line[separator.end():], at), at


def _lines(text: str) -> Iterator[tuple[str, int, int]]:
    """Lines with those joined that end in an odd number of backslashes, and the number and column where each begins."""
    held, start = "", (0, 0)
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")), start=1):
        bare = line.lstrip(" \t\f")
        if not held and (not bare or bare[0] in "#!"):
            continue
        if not held:
            start = (number, len(line) - len(bare) + 1)
        held += bare
        if (len(held) - len(held.rstrip("\\"))) % 2:
            held = held[:-1]
            continue
        yield held, *start
        held = ""
    if held:
        yield held, *start


def _unescaped(text: str, at: At) -> str:
    def meaning(found: re.Match[str]) -> str:
        sign = found[1] or ""
        if sign.startswith("u"):
            if len(sign) == 1:
                raise SyntaxFault("\\u stands without four hex digits", line=at.line, column=at.column, expected="such as \\u00e9")
            return chr(int(sign[1:], 16))
        return _CONTROL.get(sign, sign)

    return _ESCAPE.sub(meaning, text) if "\\" in text else text
