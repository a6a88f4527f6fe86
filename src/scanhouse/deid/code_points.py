"""Sets of characters as ranges of code points: Java's named classes, and what is done with sets in a regular expression."""
from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from typing import Final, TypeAlias

Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""First and last code point of each range, in order, apart from one another."""

EVERY: Final[Ranges] = ((0, 0x10FFFF),)
TERMINATORS: Final[Ranges] = ((10, 10), (13, 13), (0x85, 0x85), (0x2028, 0x2029))
"""What ends a line in Java."""
_ASSIGNED: Final = 0x32400
"""Beyond it lie no letters, digits or signs that Unicode has given a meaning (but tags and private use)."""


def joined(*sets: Ranges) -> Ranges:
    """What is in any of them."""
    out: list[tuple[int, int]] = []
    for low, high in sorted(each for one in sets for each in one):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return tuple(out)


def inverted(found: Ranges) -> Ranges:
    """What is not in it."""
    out, after = [], 0
    for low, high in found:
        if low > after:
            out.append((after, low - 1))
        after = high + 1
    return (*out, (after, EVERY[0][1])) if after <= EVERY[0][1] else tuple(out)


def shared(one: Ranges, other: Ranges) -> Ranges:
    """What is in both."""
    return inverted(joined(inverted(one), inverted(other)))


def with_both_cases(found: Ranges, *, everywhere: bool) -> Ranges:
    """The set with the other case of each letter: ASCII's only, as Java does without its flag u, or `everywhere`."""
    starts = [low for low, _ in found]
    letters = _cased(0x1E944 if everywhere else 0x80)
    others = [other for code, other in letters.items() if (at := bisect_right(starts, code)) and code <= found[at - 1][1]]
    return joined(found, *(((other, other),) for other in others))


@lru_cache(maxsize=2)
def _cased(end: int) -> dict[int, int]:
    pairs = ((code, chr(code).swapcase()) for code in range(end))
    return {code: ord(other) for code, other in pairs if len(other) == 1 and ord(other) != code}


class _Named(Mapping[str, Ranges]):
    """Java's names after `\\p`: POSIX classes are ASCII, general categories and properties are Unicode's. Made when first asked for."""

    _ascii: Final[dict[str, Ranges]] = {
        "Alpha": ((65, 90), (97, 122)), "Digit": ((48, 57),), "Alnum": ((48, 57), (65, 90), (97, 122)), "Upper": ((65, 90),),
        "Lower": ((97, 122),), "Punct": ((33, 47), (58, 64), (91, 96), (123, 126)), "Space": ((9, 13), (32, 32)),
        "XDigit": ((48, 57), (65, 70), (97, 102)), "Blank": ((9, 9), (32, 32)), "ASCII": ((0, 127),), "Graph": ((33, 126),),
        "Print": ((32, 126),), "Cntrl": ((0, 31), (127, 127)),
    }
    _categories: Final[dict[str, tuple[str, ...]]] = {
        "Alphabetic": ("L", "Nl"), "Letter": ("L",), "Uppercase": ("Lu",), "Lowercase": ("Ll",), "Titlecase": ("Lt",),
        "Punctuation": ("P",), "javaLowerCase": ("Ll",), "javaUpperCase": ("Lu",), "javaLetter": ("L",), "javaDigit": ("Nd",),
        "javaLetterOrDigit": ("L", "Nd"), "javaAlphabetic": ("L", "Nl"),
        **{name: (name,) for name in ("L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps",
                                      "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "Cc", "Cf")},
    }

    def __getitem__(self, name: str) -> Ranges:
        return self._ascii[name] if name in self._ascii else _of_categories(self._categories[name])

    def __iter__(self) -> Iterator[str]:
        yield from (*self._ascii, *self._categories)

    def __len__(self) -> int:
        return len(self._ascii) + len(self._categories)

    def __contains__(self, name: object) -> bool:
        return name in self._ascii or name in self._categories


@lru_cache(maxsize=64)
def _of_categories(wanted: tuple[str, ...]) -> Ranges:
    inside = (code for code in range(_ASSIGNED) if unicodedata.category(chr(code)).startswith(wanted))
    runs = (list(run) for _, run in groupby(enumerate(inside), lambda pair: pair[1] - pair[0]))
    return tuple((run[0][1], run[-1][1]) for run in runs)


NAMED: Final = _Named()
