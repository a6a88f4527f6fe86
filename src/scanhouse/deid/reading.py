"""What recursive-descent parsers share: looking at the next token, taking it, and saying what was expected instead."""
from __future__ import annotations

from scanhouse.deid.errors import SyntaxFault
from scanhouse.deid.tokens import Token

DEEPEST = 60
"""Brackets and blocks within one another; scripts have fewer than ten."""


class Reader:
    """A row of tokens and the place reached."""

    def __init__(self, row: list[Token]) -> None:
        self._row, self._next, self._depth = row, 0, 0

    @property
    def token(self) -> Token:
        return self._row[self._next]

    def look(self, ahead: int) -> Token:
        return self._row[min(self._next + ahead, len(self._row) - 1)]

    def is_next(self, *kinds: str) -> bool:
        return self.token.kind in kinds

    def word(self, *words: str) -> bool:
        """Whether one of these keywords is next."""
        return self.token.kind == "ID" and self.token.text in words

    def take(self) -> Token:
        token = self.token
        self._next = min(self._next + 1, len(self._row) - 1)
        return token

    def accept(self, kind: str) -> bool:
        if self.token.kind == kind:
            self.take()
            return True
        return False

    def expect(self, kind: str, expected: str) -> Token:
        if self.token.kind != kind:
            raise self.fault(expected)
        return self.take()

    def skip_newlines(self) -> None:
        while self.is_next("NEWLINE"):
            self.take()

    def fault(self, expected: str, *, what: str = "", remedy: str = "", token: Token | None = None) -> SyntaxFault:
        token = token or self.token
        return SyntaxFault(what or f"found {token}", line=token.at.line, column=token.at.column, expected=expected, remedy=remedy)

    def deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self.fault(f"at most {DEEPEST} brackets within one another", what="the script nests too deeply")

    def higher(self) -> None:
        self._depth -= 1
