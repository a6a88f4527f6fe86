"""Java's regular expressions in Python: the differences that scripts use are translated, what is left over is refused by name."""
from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache

from scanhouse.deid.backtracking import Backtracker, Found, effort
from scanhouse.deid.errors import RunError
from scanhouse.deid.java_patterns import translated

MAX_PATTERN = 2000
"""Characters in a pattern; scripts use tens."""

QUICK = 50_000_000
"""Steps of Python's own matcher that may be risked, under a second; beyond, matching is done under a budget."""


class Regex:
    """A regular expression that ends: what could take for ever raises `TooManySteps` instead."""

    def __init__(self, pattern: str) -> None:
        self._python = re.compile(pattern, re.ASCII)
        self._effort = effort(pattern, re.ASCII)
        self.groups = self._python.groups
        self.names = self._python.groupindex

    @cached_property
    def _budgeted(self) -> Backtracker:
        return Backtracker(self._python.pattern, re.ASCII)

    def fullmatch(self, text: str) -> re.Match[str] | Found | None:
        return self._python.fullmatch(text) if self._is_quick(text) else self._budgeted.fullmatch(text)

    def search(self, text: str, start: int = 0) -> re.Match[str] | Found | None:
        return self._python.search(text, start) if self._is_quick(text) else self._budgeted.search(text, start)

    def finditer(self, text: str) -> Iterator[re.Match[str] | Found]:
        """All hits from left to right, none within another; after an empty one the search goes on one character later."""
        at = 0
        while at <= len(text) and (found := self.search(text, at)) is not None:
            yield found
            at = found.end() if found.end() > found.start() else found.end() + 1

    def _is_quick(self, text: str) -> bool:
        return self._effort is not None and (len(text) + 1) ** (self._effort + 1) <= QUICK


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Regex:
    """The pattern for Python. Digits and word characters are ASCII, as in Java. Raises `RunError`."""
    if len(pattern) > MAX_PATTERN:
        raise RunError(f"the regular expression is longer than {MAX_PATTERN} characters")
    try:
        return Regex(translated(pattern))
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        raise RunError(f"{pattern!r} is not a regular expression: {error}", remedy="In a script every backslash is doubled.") from None
