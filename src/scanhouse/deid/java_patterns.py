"""Java's regular expressions written as Python's: what Python lacks or means otherwise is said in its terms, or refused by name.

Different are: classes within classes and their intersections (`[a-z&&[^c]]`), flags in the middle, `\\p{...}` classes, `\\Q...\\E`,
the dot (which stops at a carriage return too), `\\k<name>`, and a handful of escapes. Python's own inventions are no Java.
"""
from __future__ import annotations

import re
from typing import Final

from scanhouse.deid.code_points import EVERY, NAMED, TERMINATORS, Ranges, inverted, joined, shared, with_both_cases
from scanhouse.deid.errors import RunError

_CLOSED: Final = ("(?:", "(?>", "(?=", "(?!", "(?<=", "(?<!")
_LETTERS: Final = {"d": NAMED["Digit"], "w": joined(NAMED["Alnum"], ((0x5F, 0x5F),)), "s": NAMED["Space"], "v": ((10, 13), *TERMINATORS[2:]),
                   "h": ((9, 9), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x180E, 0x180E), (0x2000, 0x200A), (0x202F, 0x202F),
                         (0x205F, 0x205F), (0x3000, 0x3000))}
_SIGNS: Final = {"t": 9, "n": 10, "r": 13, "f": 12, "a": 7, "e": 27}
_PLACES: Final = {"b": r"\b", "B": r"\B", "A": r"\A", "z": r"\Z", "Z": r"(?=\n?\Z)", "R": r"(?:\r\n|[\n-\r\x85\u2028\u2029])"}
_NUMBER: Final = re.compile(r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|x\{([0-9A-Fa-f]{1,6})\}|0([0-3]?[0-7]{1,2})")
_FLAGS: Final = re.compile(r"\(\?([idmsux]*)(?:-([idmsux]+))?([:)])")
_REPEAT: Final = re.compile(r"\{\d+(?:,\d*)?\}")


def translated(pattern: str) -> str:
    """The pattern for Python's `re` with the flag ASCII. Raises `RunError` for what Java would refuse, or Python cannot say."""
    return _Translation(pattern).whole()


class _Translation:
    """`flags` are those in force; `opened` counts the groups that stand for flags set in the middle of the group that is being read."""

    def __init__(self, pattern: str) -> None:
        self._pattern, self._at = pattern, 0
        self._out: list[str] = []
        self._flags: frozenset[str] = frozenset()
        self._opened: list[str] = []
        self._outer: list[tuple[frozenset[str], list[str]]] = []
        self._groups = 0

    def whole(self) -> str:
        while self._at < len(self._pattern):
            self._next()
        if self._outer:
            raise self._fault("a bracket is not closed")
        return "".join(self._out) + ")" * len(self._opened)

    def _next(self) -> None:
        sign = self._pattern[self._at]
        if self._pattern.startswith("\\Q", self._at):
            self._quoted()
        elif sign == "\\":
            self._at += 1
            self._escape()
        elif sign == "[":
            self._at += 1
            self._out.append(_class(self._set()))
        elif sign == "(":
            self._group()
        elif sign == ")":
            self._close()
        elif sign == "|":
            # Flags set in the middle hold for the alternatives that follow as well.
            self._out.append(")" * len(self._opened) + "|" + "".join(self._opened))
            self._at += 1
        elif sign == ".":
            self._out.append("." if "s" in self._flags else "[^\\n]" if "d" in self._flags else "[^\\n\\r\\x85\\u2028\\u2029]")
            self._at += 1
        elif sign in "^$*+?":
            self._out.append(sign)
            self._at += 1
        elif sign == "{":
            self._repeat()
        elif "x" in self._flags and (sign.isspace() or sign == "#"):
            self._skip()
        else:
            self._literal(sign)
            self._at += 1

    def _literal(self, sign: str) -> None:
        other = sign.swapcase()
        if {"i", "u"} <= self._flags and not sign.isascii() and len(other) == 1 and other != sign:
            self._out.append(f"[{sign}{other}]")
        else:
            self._out.append(re.escape(sign))

    def _skip(self) -> None:
        """Blanks and, from # on, the rest of the line mean nothing under the flag x."""
        end = self._pattern.find("\n", self._at) if self._pattern[self._at] == "#" else self._at
        self._at = len(self._pattern) if end < 0 else end + 1

    def _quoted(self) -> None:
        end = self._pattern.find("\\E", self._at)
        end = len(self._pattern) if end < 0 else end
        for sign in self._pattern[self._at + 2:end]:
            self._literal(sign)
        self._at = end + 2

    def _repeat(self) -> None:
        found = _REPEAT.match(self._pattern, self._at)
        if found is None:
            raise self._fault("{ begins no number of repeats")
        self._out.append(found[0])
        self._at = found.end()

    # Groups

    def _group(self) -> None:
        rest = self._pattern[self._at:self._at + 4]
        name = re.compile(r"\(\?<([A-Za-z][A-Za-z0-9]*)>").match(self._pattern, self._at)
        flags = _FLAGS.match(self._pattern, self._at)
        opening = next((each for each in _CLOSED if rest.startswith(each)), None)
        if not rest.startswith("(?"):
            opening, width = "(", 1
            self._groups += 1
        elif opening is not None:
            width = len(opening)
        elif name is not None:
            opening, width = f"(?P<{name[1]}>", len(name[0])
            self._groups += 1
        elif flags is not None:
            self._set_flags(flags)
            return
        else:
            raise self._fault(f"{rest!r} begins no group")
        self._open(opening, self._flags)
        self._at += width

    def _open(self, opening: str, flags: frozenset[str]) -> None:
        self._outer.append((self._flags, self._opened))
        self._opened, self._flags = [], flags
        self._out.append(opening)

    def _close(self) -> None:
        if not self._outer:
            raise self._fault("a bracket is closed that was not opened")
        self._out.append(")" * len(self._opened) + ")")
        self._flags, self._opened = self._outer.pop()
        self._at += 1

    def _set_flags(self, found: re.Match[str]) -> None:
        """`(?i)` holds to the end of its group, `(?i:...)` within its own. Blanks (x), line ends (d) and case (u) are dealt with here."""
        on, off = frozenset(found[1]), frozenset(found[2] or "")
        flags = (self._flags | on) - off
        said, unsaid = "".join(sorted((on - off) & set("ims"))), "".join(sorted(off & set("ims")))
        opening = f"(?{said}{'-' if unsaid else ''}{unsaid}:"
        self._at = found.end()
        if found[3] == ":":
            self._open(opening, flags)
            return
        self._flags = flags
        if opening != "(?:":
            self._opened = [*self._opened, opening]
            self._out.append(opening)

    # Escapes and classes

    def _escape(self) -> None:
        sign = self._pattern[self._at:self._at + 1]
        known = self._known_set(sign)
        if known is not None:
            self._out.append("\\" + sign if sign in "dwsDWS" else _class(self._both(known)))
        elif sign == "k":
            found = re.compile(r"k<([A-Za-z][A-Za-z0-9]*)>").match(self._pattern, self._at)
            if found is None:
                raise self._fault("\\k names no group")
            self._out.append(f"(?P={found[1]})")
            self._at = found.end()
        elif sign in _PLACES and sign:
            self._out.append(_PLACES[sign])
            self._at += 1
        elif sign in "123456789" and sign:
            self._reference()
        else:
            self._literal(chr(self._code_point()))

    def _reference(self) -> None:
        """As many digits as make the number of a group that there is."""
        digits = self._pattern[self._at]
        self._at += 1
        while (following := self._pattern[self._at:self._at + 1]).isdecimal() and int(digits + following) <= self._groups:
            digits += following
            self._at += 1
        self._out.append(f"\\{digits}" + ("(?:)" if following.isdecimal() else ""))

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

    def _set(self) -> Ranges:
        """A class up to its closing bracket; the opening one has been read."""
        negated = self._pattern.startswith("^", self._at)
        self._at += negated
        whole: Ranges | None = None
        part: Ranges = ()
        first = True
        while not self._pattern.startswith("]", self._at) or (first and whole is None):
            if self._at >= len(self._pattern):
                raise self._fault("a class of characters is not closed")
            if self._pattern.startswith("&&", self._at):
                self._at += 2
                whole, part = part if whole is None else shared(whole, part), ()
                continue
            part, first = joined(part, self._member()), False
        self._at += 1
        found = part if whole is None else shared(whole, part)
        return inverted(found) if negated else found

    def _member(self) -> Ranges:
        sign = self._pattern[self._at]
        if sign == "[":
            self._at += 1
            return self._set()
        if self._pattern.startswith("\\Q", self._at):
            end = self._pattern.find("\\E", self._at)
            end = len(self._pattern) if end < 0 else end
            quoted, self._at = self._pattern[self._at + 2:end], end + 2
            return self._both(joined(*(((ord(each), ord(each)),) for each in quoted)))
        if "x" in self._flags and (sign.isspace() or sign == "#"):
            self._skip()
            return ()
        self._at += sign == "\\"
        known = self._known_set(self._pattern[self._at:self._at + 1]) if sign == "\\" else None
        if known is not None:
            return self._both(known)
        low = high = self._bound(sign)
        if self._pattern.startswith("-", self._at) and self._pattern[self._at + 1:self._at + 2] not in ("]", "[", ""):
            self._at += 1
            sign = self._pattern[self._at]
            self._at += sign == "\\"
            high = self._bound(sign)
        if high < low:
            raise self._fault("a range of characters runs backwards")
        return self._both(((low, high),))

    def _bound(self, sign: str) -> int:
        if sign == "\\":
            return self._code_point()
        self._at += 1
        return ord(sign)

    def _both(self, found: Ranges) -> Ranges:
        return with_both_cases(found, everywhere="u" in self._flags) if "i" in self._flags else found

    def _fault(self, what: str) -> RunError:
        return RunError(f"{self._pattern!r} is not a regular expression: {what}, at position {self._at}",
                        remedy="In a script every backslash is doubled.")


def _class(found: Ranges) -> str:
    if not found:
        return "(?!)"
    if found == EVERY:
        return "(?s:.)"
    negated = found[0][0] == 0 and found[-1][1] == EVERY[0][1]
    return f"[{'^' if negated else ''}{''.join(map(_range, inverted(found) if negated else found))}]"


def _range(bounds: tuple[int, int]) -> str:
    low, high = (chr(code) if code < 128 and chr(code).isalnum() else f"\\U{code:08x}" for code in bounds)
    return low if bounds[0] == bounds[1] else f"{low}-{high}"
