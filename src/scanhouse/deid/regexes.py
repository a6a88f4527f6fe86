"""Java's regular expressions in Python: the differences that scripts use are translated, what is left over is refused by name."""
from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache

from scanhouse.deid.backtracking import Backtracker, Found, effort
from scanhouse.deid.errors import RunError

MAX_PATTERN = 2000
"""Characters in a pattern; scripts use tens."""

_CLASSES = {
    "Alpha": "a-zA-Z", "Digit": "0-9", "Alnum": "a-zA-Z0-9", "Upper": "A-Z", "Lower": "a-z", "Punct": "!-/:-@\\[-`{-~",
    "Space": " \\t\\n\\x0b\\f\\r", "XDigit": "0-9a-fA-F", "Blank": " \\t", "ASCII": "\\x00-\\x7f", "Graph": "!-~", "Print": " -~",
    "Cntrl": "\\x00-\\x1f\\x7f", "L": "^\\W\\d_", "N": "0-9", "Lu": "A-Z", "Ll": "a-z", "Nd": "0-9", "IsAlphabetic": "^\\W\\d_",
}


QUICK = 50_000_000
"""Steps of Python's own matcher that may be risked, under a second; beyond, matching is done under a budget."""


class Regex:
    """A regular expression that ends: what could take for ever raises `TooManySteps` instead."""

    def __init__(self, pattern: str) -> None:
        self._python = re.compile(pattern, re.ASCII)
        self._effort = effort(pattern, re.ASCII)
        self.groups = self._python.groups

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
        return Regex(_translated(pattern))
    except (re.error, OverflowError, RecursionError) as error:
        raise RunError(f"{pattern!r} is not a regular expression: {error}", remedy="In a script every backslash is doubled.") from None


def _translated(pattern: str) -> str:
    out: list[str] = []
    at = 0
    inside = False
    while at < len(pattern):
        two = pattern[at:at + 2]
        if two == "\\Q":
            end = pattern.find("\\E", at)
            end = len(pattern) if end < 0 else end
            out.append(re.escape(pattern[at + 2:end]))
            at = end + 2
        elif two in ("\\p", "\\P"):
            found = re.match(r"\\[pP](?:\{(\w+)\}|(\w))", pattern[at:])
            name = found and (found[1] or found[2])
            if found is None or name not in _CLASSES:
                raise RunError(f"the class {pattern[at:at + 12]!r} is not known", expected="one such as \\p{Alpha}")
            out.append(_character_class(_CLASSES[name], negated=two == "\\P", inside=inside))
            at += len(found[0])
        elif two in ("\\z", "\\Z", "\\h", "\\R"):
            out.append({"\\z": "\\Z", "\\Z": "(?=\\n?\\Z)", "\\h": "[ \\t]" if not inside else " \\t", "\\R": "(?:\\r\\n|[\\n-\\r])"}[two])
            at += 2
        elif two[0] == "\\":
            out.append(two)
            at += 2
        elif pattern.startswith("(?<", at) and pattern[at + 3:at + 4] not in ("=", "!"):
            out.append("(?P<")
            at += 3
        else:
            if two[0] == "[" and inside:
                raise RunError("a character class within a character class is not supported", remedy="Write the characters in one class.")
            inside = two[0] == "[" or (inside and two[0] != "]")
            out.append(two[0])
            at += 1
    return "".join(out)


def _character_class(content: str, *, negated: bool, inside: bool) -> str:
    if inside and (negated or content.startswith("^")):
        raise RunError("a negated class within a character class is not supported", remedy="Write the characters out.")
    if inside:
        return content
    flip = negated != content.startswith("^")
    return f"[{'^' if flip else ''}{content.removeprefix('^')}]"
