"""What is wrong with a script but runs in CTP all the same: a warning for its author, or an error where the caller is strict."""
from __future__ import annotations

from typing import Final

from scanhouse.deid.errors import ScriptError, SyntaxFault
from scanhouse.deid.program import At

MOST: Final = 200
"""Warnings kept: a script with more is wrong as a whole."""


class Faults:
    """Gathers warnings in the order of the text. With `strict` the first fault is raised; mere advice never is."""

    def __init__(self, *, strict: bool = False) -> None:
        self.strict = strict
        self.warnings: list[str] = []

    def add(self, what: str, at: At, *, expected: str = "", remedy: str = "", kind: type[ScriptError] = SyntaxFault) -> None:
        fault = kind(what, line=at.line, column=at.column, expected=expected, remedy=remedy)
        if self.strict:
            raise fault
        self.advise(str(fault))

    def advise(self, warning: str) -> None:
        if len(self.warnings) < MOST:
            self.warnings.append(warning)
