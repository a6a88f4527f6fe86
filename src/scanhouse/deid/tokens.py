"""Cutting DicomEdit scripts into tokens, with the place in the original text for each. Versions 4 and 6 differ only in tables."""
from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from scanhouse.deid.errors import SyntaxFault
from scanhouse.deid.program import At


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is a name such as STRING or the sign itself; `text` is the value: of a string, what it means."""

    kind: str
    text: str
    at: At

    def __str__(self) -> str:
        return {"NEWLINE": "the end of the line", "END": "the end of the script"}.get(self.kind) or repr(self.text)


def tokens(text: str, pattern: re.Pattern[str], escapes: Mapping[str, str]) -> list[Token]:
    """All tokens, an END last. `pattern` names its groups by the kinds; `escapes` are those known after a backslash in strings.

    Comments run from `//` to the line's end, not within strings, not after a colon; a backslash before the line's end joins lines.
    """
    joined, origins = _joined(text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    line_starts = [0, *(m.end() for m in re.finditer("\n", origins.text))]
    found: list[Token] = []
    position, line = 0, 0
    while position < len(joined):
        origin = origins.at(position)
        while line + 1 < len(line_starts) and line_starts[line + 1] <= origin:
            line += 1
        place = At(line + 1, origin - line_starts[line] + 1)
        match = pattern.match(joined, position)
        if match is None:
            raise _unknown(joined, position, place)
        position = match.end()
        kind = match.lastgroup or ""
        if kind == "STRING":
            found.append(Token(kind, _unescaped(match[0][1:-1], escapes, place), place))
        elif kind == "SIGN":
            found.append(Token(match[0], match[0], place))
        elif kind not in ("BLANK", "COMMENT"):
            found.append(Token(kind, match[0], place))
    end = At(len(line_starts), len(origins.text) - line_starts[-1] + 1)
    return [*found, Token("NEWLINE", "\n", end), Token("END", "", end)]


@dataclass(frozen=True, slots=True)
class _Origins:
    """Maps places of the joined text back: at each of the `cuts` two characters, a backslash and a newline, were left out."""

    text: str
    cuts: list[int]

    def at(self, position: int) -> int:
        return position + 2 * bisect_right(self.cuts, position)


def _joined(text: str) -> tuple[str, _Origins]:
    pieces = text.split("\\\n")
    cuts = list(accumulate(len(piece) for piece in pieces[:-1]))
    return "".join(pieces), _Origins(text, cuts)


def _unescaped(text: str, escapes: Mapping[str, str], at: At) -> str:
    def meaning(found: re.Match[str]) -> str:
        for length in (4, 2):
            if found[0][:length] in escapes:
                return escapes[found[0][:length]] + found[0][length:]
        if re.match(r"\\[0-3]?[0-7]{1,2}", found[0]):
            return found[0]
        raise SyntaxFault(f"{found[0][:2]!r} is not known in a string".replace("\\\\", "\\"), line=at.line, column=at.column,
                          remedy="Write two backslashes for one.")

    return re.sub(r"\\(?:[0-7]{1,3}|.|$)", meaning, text, flags=re.DOTALL)


def _unknown(text: str, position: int, at: At) -> SyntaxFault:
    sign = text[position]
    if sign == '"':
        return SyntaxFault("this string does not end on its line", line=at.line, column=at.column,
                           remedy="Close it with a quote, or end the line with a backslash.")
    return SyntaxFault(f"{sign!r} means nothing here", line=at.line, column=at.column)
