"""Sets of characters in Java's regular expressions: `[a-z&&[^c]]`, `\\p{Lu}`, `\\h`, and the characters that escapes stand for."""
from __future__ import annotations

import re
from typing import Final

from scanhouse.deid.code_points import EVERY, NAMED, TERMINATORS, Ranges, inverted, joined, shared, with_both_cases
from scanhouse.deid.errors import RunError

_LETTERS: Final = {"d": NAMED["Digit"], "w": joined(NAMED["Alnum"], ((0x5F, 0x5F),)), "s": NAMED["Space"], "v": ((10, 13), *TERMINATORS[2:]),
                   "h": ((9, 9), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x180E, 0x180E), (0x2000, 0x200A), (0x202F, 0x202F),
                         (0x205F, 0x205F), (0x3000, 0x3000))}
_SIGNS: Final = {"t": 9, "n": 10, "r": 13, "f": 12, "a": 7, "e": 27}
_NUMBER: Final = re.compile(r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|x\{([0-9A-Fa-f]{1,6})\}|0([0-3]?[0-7]{1,2})")


class ClassReader:
    """A pattern, the place reached, and the flags in force."""

    def __init__(self, pattern: str) -> None:
        self._pattern, self._at = pattern, 0
        self._flags: frozenset[str] = frozenset()

    def _set(self) -> Ranges:
        """A class up to its closing bracket; the opening one has been read."""
        negated = self._pattern.startswith("^", self._at)
        self._at += negated
        whole: Ranges | None = None
        part: list[Ranges] = []
        while not self._pattern.startswith("]", self._at) or (not part and whole is None):
            if self._at >= len(self._pattern):
                raise self._fault("a class of characters is not closed")
            if self._pattern.startswith("&&", self._at):
                self._at += 2
                whole, part = self._in_all(whole, part), []
                continue
            part.append(self._member())
        self._at += 1
        found = self._in_all(whole, part)
        return inverted(found) if negated else found

    def _in_all(self, whole: Ranges | None, part: list[Ranges]) -> Ranges:
        """What is in the part, and in the parts before it if there are any."""
        found = self._both(joined(*part))
        return found if whole is None else shared(whole, found)

    def _member(self) -> Ranges:
        sign = self._pattern[self._at]
        if sign == "[":
            self._at += 1
            return self._set()
        if self._pattern.startswith("\\Q", self._at):
            end = self._pattern.find("\\E", self._at)
            end = len(self._pattern) if end < 0 else end
            quoted, self._at = self._pattern[self._at + 2:end], end + 2
            return joined(*(((ord(each), ord(each)),) for each in quoted))
        if "x" in self._flags and (sign.isspace() or sign == "#"):
            self._skip()
            return ()
        self._at += sign == "\\"
        known = self._known_set(self._pattern[self._at:self._at + 1]) if sign == "\\" else None
        if known is not None:
            return known
        low = high = self._bound(sign)
        if self._pattern.startswith("-", self._at) and self._pattern[self._at + 1:self._at + 2] not in ("]", "[", ""):
            self._at += 1
            sign = self._pattern[self._at]
            self._at += sign == "\\"
            high = self._bound(sign)
        if high < low:
            raise self._fault("a range of characters runs backwards")
        return ((low, high),)

    def _bound(self, sign: str) -> int:
        if sign == "\\":
            return self._code_point()
        self._at += 1
        return ord(sign)

    def _both(self, found: Ranges) -> Ranges:
        return with_both_cases(found, everywhere="u" in self._flags) if "i" in self._flags else found

    def _known_set(self, sign: str) -> Ranges | None:
        """The set that the escape at hand stands for, if it stands for one."""
        if sign and sign in "pP":
            found = re.compile(r"[pP](?:\{(?:Is|general_category=|gc=)?(\w+)\}|(\w))").match(self._pattern, self._at)
            name = (found[1] or found[2]) if found is not None else ""
            if found is None or name not in NAMED:
                raise RunError(f"the class {self._pattern[self._at - 1:self._at + 11]!r} is not known", expected="one such as \\p{Alpha}")
            self._at = found.end()
            return inverted(NAMED[name]) if sign == "P" else NAMED[name]
        if sign and sign.lower() in _LETTERS:
            self._at += 1
            return _LETTERS[sign] if sign.islower() else inverted(_LETTERS[sign.lower()])
        return None

    def _code_point(self) -> int:
        """The character that an escape stands for; what follows the backslash is at hand."""
        found = _NUMBER.match(self._pattern, self._at)
        if found is not None:
            self._at = found.end()
            code = int(found[4], 8) if found[4] else int(found[1] or found[2] or found[3], 16)
            if code > EVERY[0][1]:
                raise self._fault("there is no such character")
            return code
        sign = self._pattern[self._at:self._at + 1]
        self._at += 1
        if sign == "c" and self._at < len(self._pattern):
            self._at += 1
            return ord(self._pattern[self._at - 1]) ^ 64
        if sign in _SIGNS and sign:
            return _SIGNS[sign]
        if not sign or (sign.isascii() and sign.isalnum()):
            raise self._fault(f"\\{sign} means nothing")
        return ord(sign)

    def _skip(self) -> None:
        """Blanks and, from # on, the rest of the line mean nothing under the flag x."""
        end = self._pattern.find("\n", self._at) if self._pattern[self._at] == "#" else self._at
        self._at = len(self._pattern) if end < 0 else end + 1

    def _fault(self, what: str) -> RunError:
        return RunError(f"{self._pattern!r} is not a regular expression: {what}, at position {self._at}",
                        remedy="In a script every backslash is doubled.")


def class_text(found: Ranges) -> str:
    if not found:
        return "(?!)"
    if found == EVERY:
        return "(?s:.)"
    negated = found[0][0] == 0 and found[-1][1] == EVERY[0][1]
    return f"[{'^' if negated else ''}{''.join(map(_range, inverted(found) if negated else found))}]"


def _range(bounds: tuple[int, int]) -> str:
    low, high = (chr(code) if code < 128 and chr(code).isalnum() else f"\\U{code:08x}" for code in bounds)
    return low if bounds[0] == bounds[1] else f"{low}-{high}"
