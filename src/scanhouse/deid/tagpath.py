"""Tag paths and tag patterns: which elements of a data set a script speaks of, at which level.

A pattern is four group digits and four element digits (or a private creator and two digits), where `X` stands for any digit,
`@` for an even one and `#` for an odd one. A path is a row of patterns with item numbers and level wildcards:
`*` this level or any below, `+` any below, `.` exactly one down. Item `None` means not written, `ALL` means `[%]`.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from scanhouse.deid.errors import SyntaxFault

ALL: Final = -1
"""The item number of `[%]`: every item."""

Address: TypeAlias = tuple[tuple[int, int], ...]
"""Where an item lies: (sequence tag, item number) from the root down. The root is `()`."""

_HEX = "0123456789ABCDEF"
_ELEMENT = re.compile(r"\(\s*([0-9A-Fa-fXx@#]{4})\s*,\s*(?:\{([^{}]+)\}([0-9A-Fa-fXx@#]{2})|([0-9A-Fa-fXx@#]{4}))\s*\)")
_ITEM = re.compile(r"\[\s*(\d{1,6}|%)\s*\]")


def _digits(text: str) -> tuple[int, int]:
    """The (mask, value) such that a number n matches the digit pattern exactly when n & mask == value."""
    mask = value = 0
    for digit in text.upper():
        m, v = {"X": (0, 0), "@": (1, 0), "#": (1, 1)}.get(digit) or (15, _HEX.index(digit))
        mask, value = mask << 4 | m, value << 4 | v
    return mask, value


@dataclass(frozen=True)
class TagPattern:
    """One element, or a family of elements of one level. `element` has four digits, or two after a `creator`.

    `raw`: wildcards stand for private creators too, as in DicomEdit 4.
    """

    group: str
    element: str
    creator: str | None = None
    raw: bool = False

    @cached_property
    def wild(self) -> bool:
        return any(digit in "X@#" for digit in self.group + self.element)

    @cached_property
    def tag(self) -> int | None:
        """The tag, when the pattern names exactly one and needs no private block."""
        return None if self.wild or self.creator is not None else int(self.group + self.element, 16)

    @cached_property
    def private(self) -> bool:
        return self.creator is not None or _digits(self.group[-1]) in {(15, n) for n in range(1, 16, 2)} | {(1, 1)}

    @cached_property
    def _bits(self) -> tuple[int, int]:
        return _digits(self.group + ("XX" if self.creator is not None else "") + self.element)

    def fits(self, tag: int) -> bool:
        """Whether the digits fit, private creators and file meta information included."""
        mask, value = self._bits
        return tag & mask == value

    def matches(self, tag: int, creator: str | None = None) -> bool:
        """Whether the element belongs to the pattern. `creator` is the text of the element's private creator, or None.

        A wildcard never stands for a private creator element, nor for a group length, nor, with a wild group, for file meta information.
        """
        if not self.fits(tag):
            return False
        if self.creator is not None:
            return creator == self.creator and bool(tag & 0x10000) and tag & 0xFF00 >= 0x1000
        if not self.wild:
            return True
        if tag & 0xFFFF == 0 or (tag & 0x10000 and tag & 0xFF00 == 0 and not self.raw):
            return False
        return tag >> 16 != 2 or int(self._bits[0] >> 16) == 0xFFFF

    def __str__(self) -> str:
        return f"({self.group},{'{' + self.creator + '}' if self.creator is not None else ''}{self.element})"


@dataclass(frozen=True)
class Step:
    """One level of a path: a pattern, and which of its items (None: not written; ALL: every item)."""

    pattern: TagPattern
    item: int | None = None

    def __str__(self) -> str:
        return str(self.pattern) + ("" if self.item is None else "[%]" if self.item == ALL else f"[{self.item}]")


@dataclass(frozen=True)
class Level:
    """A level wildcard: `*`, `+` or `.`."""

    sign: str

    def __str__(self) -> str:
        return self.sign


@dataclass(frozen=True)
class TagPath:
    """A path from the root; the last step names the element (or, with an item number, an item of a sequence)."""

    steps: tuple[Step | Level, ...]

    @cached_property
    def last(self) -> Step:
        step = self.steps[-1]
        assert isinstance(step, Step)
        return step

    @cached_property
    def plural(self) -> bool:
        """Whether the path can name several elements by a wildcard: no value can be read from it or assigned to it."""
        return any(isinstance(step, Level) or step.item == ALL or step.pattern.wild for step in self.steps)

    @cached_property
    def tag(self) -> int | None:
        """The tag, when the path names one element of the root without a private creator: the fast case."""
        return self.last.pattern.tag if len(self.steps) == 1 and self.last.item is None else None

    @cached_property
    def first(self) -> TagPath:
        """The same path, where an item that is not written on the way is the first: for reading and making one element."""
        return TagPath((*(Step(step.pattern, 0) if isinstance(step, Step) and step.item is None else step for step in self.steps[:-1]),
                        self.last))

    def __str__(self) -> str:
        return "/".join(str(step) for step in self.steps)


def root(tag: int) -> TagPath:
    """The path of one element of the root, by its tag."""
    return TagPath((Step(TagPattern(f"{tag >> 16:04X}", f"{tag & 0xFFFF:04X}")),))


def parse_pattern(text: str) -> TagPattern:
    """`(0008,103X)` or `(0019,{CREATOR}10)` as a pattern. Raises `SyntaxFault`."""
    found = _ELEMENT.fullmatch(text.strip())
    if found is None:
        raise SyntaxFault(f"{text!r} is not a tag", expected="(gggg,eeee) or (gggg,{creator}ee)")
    group, creator, low, element = found.groups()
    return TagPattern(group.upper(), (low or element).upper(), creator)


def parse_path(text: str) -> TagPath:
    """`(0008,1110)[0]/(0008,1155)`, with item numbers, `%` and level wildcards, as a path. Raises `SyntaxFault`."""
    steps: list[Step | Level] = []
    at = 0
    while True:
        rest = text[at:].lstrip()
        at = len(text) - len(rest)
        if rest[:1] in ("*", "+", ".") and rest:
            steps.append(Level(rest[0]))
            at += 1
        else:
            found = _ELEMENT.match(text, at)
            if found is None:
                raise SyntaxFault(f"{text!r} is not a tag path", column=0, expected="(gggg,eeee)[item]/(gggg,eeee)")
            at = found.end()
            item = _ITEM.match(text, at)
            if item is not None:
                at = item.end()
            number = None if item is None else ALL if item[1] == "%" else int(item[1])
            steps.append(Step(parse_pattern(found[0]), number))
        rest = text[at:].strip()
        if not rest:
            break
        if rest[0] != "/":
            raise SyntaxFault(f"{text!r} is not a tag path", expected="a slash between two levels")
        at = text.index("/", at) + 1
    if isinstance(steps[-1], Level):
        raise SyntaxFault(f"{text!r} ends in a level wildcard", expected="an element after it")
    return TagPath(tuple(steps))


def address_text(address: Address, tag: int | None = None) -> str:
    """An address as text: `(0008,1110)[0]/(0008,1155)`."""
    parts = [f"({at >> 16:04X},{at & 0xFFFF:04X})[{item}]" for at, item in address]
    if tag is not None:
        parts.append(f"({tag >> 16:04X},{tag & 0xFFFF:04X})")
    return "/".join(parts)
