"""Java's regular expressions written as Python's: what Python lacks or means otherwise is said in its terms, or refused by name.

Different are: classes within classes and their intersections (`[a-z&&[^c]]`), flags in the middle, `\\p{...}` classes, `\\Q...\\E`,
the dot (which stops at a carriage return too), `\\k<name>`, and a handful of escapes. Python's own inventions are no Java.
"""
from __future__ import annotations

import re
from typing import Final

from scanhouse.deid.java_classes import ClassReader, class_text

_CLOSED: Final = ("(?:", "(?>", "(?=", "(?!", "(?<=", "(?<!")
_PLACES: Final = {"b": r"\b", "B": r"\B", "A": r"\A", "z": r"\Z", "Z": r"(?=\n?\Z)", "R": r"(?:\r\n|[\n-\r\x85\u2028\u2029])"}
_FLAGS: Final = re.compile(r"\(\?([idmsux]*)(?:-([idmsux]+))?([:)])")
_REPEAT: Final = re.compile(r"\{\d+(?:,\d*)?\}")


def translated(pattern: str) -> str:
    """The pattern for Python's `re` with the flag ASCII. Raises `RunError` for what Java would refuse, or Python cannot say."""
    return _Translation(pattern).whole()


class _Translation(ClassReader):
    """`flags` are those in force; `opened` counts the groups that stand for flags set in the middle of the group that is being read."""

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self._out: list[str] = []
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
            self._out.append(class_text(self._set()))
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
        changes = (flags ^ self._flags) & set("ims")
        self._flags = flags
        if changes:
            self._opened = [*self._opened, opening]
            self._out.append(opening)

    # Escapes

    def _escape(self) -> None:
        sign = self._pattern[self._at:self._at + 1]
        known = self._known_set(sign)
        if known is not None:
            self._out.append("\\" + sign if sign in "dwsDWS" else class_text(self._both(known)))
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
