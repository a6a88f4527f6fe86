"""Regular expressions under a budget: a plain backtracking matcher over Python's own parse of the pattern.

Python's matcher cannot be stopped, and a pattern such as `(a+)+b` takes it years. Patterns that could do so are matched here:
slower, but counting its steps. Results are those of `re`.
"""
from __future__ import annotations

import re
import re._constants as sre  # Python's names of the parts of a pattern have no public module
import re._parser as sre_parser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from scanhouse.deid.errors import TooManySteps

BUDGET: Final = 300_000
"""Steps for one search, about half a second. A sensible pattern on a header value needs a few hundred."""

Groups = tuple[tuple[int, int] | None, ...]
Part = tuple[Any, Any]  # Any: re._parser's (operation, argument), of which each operation has its own kind
_SINGLE: Final = {sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN}
_CATEGORIES: Final = {sre.CATEGORY_DIGIT: r"\d", sre.CATEGORY_NOT_DIGIT: r"\D", sre.CATEGORY_SPACE: r"\s",
                      sre.CATEGORY_NOT_SPACE: r"\S", sre.CATEGORY_WORD: r"\w", sre.CATEGORY_NOT_WORD: r"\W"}


@dataclass(frozen=True)
class Found:
    """What was found, with the little of `re.Match` that is needed."""

    text: str
    spans: Groups

    def start(self) -> int:
        return (self.spans[0] or (0, 0))[0]

    def end(self) -> int:
        return (self.spans[0] or (0, 0))[1]

    def __getitem__(self, group: int) -> str | None:
        span = self.spans[group]
        return None if span is None else self.text[span[0]:span[1]]


class Backtracker:
    """One pattern. `search` and `fullmatch` raise `TooManySteps` when the budget is used up."""

    def __init__(self, pattern: str, flags: int) -> None:
        tree = sre_parser.parse(pattern, flags)
        self._parts: list[Part] = list(tree)
        self._flags: int = tree.state.flags
        self._groups: int = tree.state.groups

    def search(self, text: str, start: int = 0) -> Found | None:
        return self._first(text, range(start, len(text) + 1), whole=False)

    def fullmatch(self, text: str) -> Found | None:
        return self._first(text, range(1), whole=True)

    def _first(self, text: str, starts: range, *, whole: bool) -> Found | None:
        run = _Run(text)
        try:
            for start in starts:
                for end, groups in run.row(self._parts, 0, start, (None,) * self._groups, self._flags):
                    if not whole or end == len(text):
                        return Found(text, ((start, end), *groups[1:]))
        except RecursionError:
            raise TooManySteps("the regular expression goes too deep for this value",
                               remedy="Write it without repeats in repeats.") from None
        return None


class _Run:
    def __init__(self, text: str) -> None:
        self.text, self._left = text, BUDGET

    def row(self, parts: list[Part], index: int, at: int, groups: Groups, flags: int) -> Iterator[tuple[int, Groups]]:
        """Every way in which the parts from `index` on fit at `at`, the preferred first."""
        self._left -= 1
        if self._left < 0:
            raise TooManySteps("the regular expression takes too long for this value", remedy="Write it without repeats in repeats.")
        if index == len(parts):
            yield at, groups
            return
        operation, argument = parts[index]
        for then, found in self.part(operation, argument, at, groups, flags):
            yield from self.row(parts, index + 1, then, found, flags)

    def part(self, operation: Any, argument: Any, at: int, groups: Groups, flags: int) -> Iterator[tuple[int, Groups]]:
        if operation in _SINGLE:
            if at < len(self.text) and _fits(operation, argument, self.text[at], flags):
                yield at + 1, groups
        elif operation in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            yield from self._repeat(argument, at, groups, flags, greedy=operation is sre.MAX_REPEAT)
        elif operation is sre.SUBPATTERN:
            number, add, remove, inner = argument
            for end, found in self.row(list(inner), 0, at, groups, flags & ~remove | add):
                yield end, found if number is None else (*found[:number], (at, end), *found[number + 1:])
        elif operation is sre.BRANCH:
            for branch in argument[1]:
                yield from self.row(list(branch), 0, at, groups, flags)
        elif operation is sre.AT:
            if self._stands(argument, at, flags):
                yield at, groups
        elif operation is sre.GROUPREF:
            span = groups[argument]
            if span is not None and self.text.startswith(self.text[span[0]:span[1]], at):
                yield at + span[1] - span[0], groups
        else:
            yield from self._rare(operation, argument, at, groups, flags)

    def _rare(self, operation: Any, argument: Any, at: int, groups: Groups, flags: int) -> Iterator[tuple[int, Groups]]:
        if operation in (sre.ASSERT, sre.ASSERT_NOT):
            direction, inner = argument
            start = at if direction > 0 else at - inner.getwidth()[0]
            fits = (found for end, found in self.row(list(inner), 0, start, groups, flags) if direction > 0 or end == at)
            found = next(fits, None) if start >= 0 else None
            if (found is not None) == (operation is sre.ASSERT):
                yield at, found if found is not None else groups
        elif operation is sre.ATOMIC_GROUP:
            yield from _only_first(self.row(list(argument), 0, at, groups, flags))
        elif operation is sre.POSSESSIVE_REPEAT:
            yield from _only_first(self._repeat(argument, at, groups, flags, greedy=True))
        else:
            assert operation is sre.GROUPREF_EXISTS
            number, yes, no = argument
            chosen = yes if groups[number] is not None else no
            yield from self.row(list(chosen or ()), 0, at, groups, flags)

    def _repeat(self, argument: Any, at: int, groups: Groups, flags: int, *, greedy: bool) -> Iterator[tuple[int, Groups]]:
        least, most, inner = argument
        parts = list(inner)
        operation, single = parts[0] if len(parts) == 1 else (None, None)
        if operation in _SINGLE:
            run = 0
            while at + run < len(self.text) and run < most and _fits(operation, single, self.text[at + run], flags):
                run += 1
            counts = range(least, run + 1)
            yield from ((at + count, groups) for count in (reversed(counts) if greedy else counts))
            return
        yield from self._again(parts, (least, most), 0, at, -1, groups, flags, greedy)

    def _again(self, parts: list[Part], bounds: tuple[int, int], done: int, at: int, last: int, groups: Groups, flags: int,
               greedy: bool) -> Iterator[tuple[int, Groups]]:
        """`last` is where the round before began: a round that took nothing is not followed by another."""
        least, most = bounds
        if done >= least and not greedy:
            yield at, groups
        if done < least or (done < most and at != last):
            for end, found in self.row(parts, 0, at, groups, flags):
                yield from self._again(parts, bounds, done + 1, end, last if done < least else at, found, flags, greedy)
        if done >= least and greedy:
            yield at, groups

    def _stands(self, where: Any, at: int, flags: int) -> bool:
        before, after = self.text[at - 1:at] if at else "", self.text[at:at + 1]
        many = flags & re.MULTILINE
        if where in (sre.AT_BOUNDARY, sre.AT_NON_BOUNDARY):
            return (bool(re.match(r"\w", before, re.ASCII)) != bool(re.match(r"\w", after, re.ASCII))) == (where is sre.AT_BOUNDARY)
        if where is sre.AT_BEGINNING:
            return at == 0 or bool(many and before == "\n")
        if where is sre.AT_END:
            return at == len(self.text) or (after == "\n" and (bool(many) or at == len(self.text) - 1))
        return at == (0 if where is sre.AT_BEGINNING_STRING else len(self.text))


def _only_first(ways: Iterator[tuple[int, Groups]]) -> Iterator[tuple[int, Groups]]:
    for way in ways:
        yield way
        return


def _fits(operation: Any, argument: Any, sign: str, flags: int) -> bool:
    if operation is sre.ANY:
        return sign != "\n" or bool(flags & re.DOTALL)
    signs = {sign, sign.lower(), sign.upper()} if flags & re.IGNORECASE else {sign}
    if operation is sre.LITERAL:
        return any(ord(each) == argument for each in signs if len(each) == 1)
    if operation is sre.NOT_LITERAL:
        return all(ord(each) != argument for each in signs if len(each) == 1)
    negated = bool(argument) and argument[0][0] is sre.NEGATE
    inside = any(_TESTS[kind](value, each) for kind, value in argument[negated:] for each in signs if len(each) == 1)
    return inside != negated


_TESTS: Final[dict[Any, Callable[[Any, str], bool]]] = {
    sre.LITERAL: lambda value, sign: ord(sign) == value,
    sre.RANGE: lambda value, sign: value[0] <= ord(sign) <= value[1],
    sre.CATEGORY: lambda value, sign: re.match(_CATEGORIES[value], sign, re.ASCII) is not None,
}


def effort(pattern: str, flags: int) -> int | None:
    """The power of the text's length that the matcher's time may grow with; None when repeats stand in repeats: no bound."""
    return _effort(list(sre_parser.parse(pattern, flags)), inside=False)


def _effort(parts: list[Part], *, inside: bool) -> int | None:
    power = 0
    for operation, argument in parts:
        inner: list[list[Part]] = []
        if operation in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            varies = argument[0] != argument[1]
            if varies and inside:
                return None
            power += varies
            below = _effort(list(argument[2]), inside=inside or argument[1] > 1)
            if below is None:
                return None
            power += below
        elif operation is sre.SUBPATTERN:
            inner = [list(argument[3])]
        elif operation is sre.BRANCH:
            if inside:
                return None
            power += 1
            inner = [list(branch) for branch in argument[1]]
        elif operation in (sre.ASSERT, sre.ASSERT_NOT):
            inner = [list(argument[1])]
        elif operation is sre.ATOMIC_GROUP:
            inner = [list(argument)]
        elif operation is sre.GROUPREF_EXISTS:
            inner = [list(argument[1]), list(argument[2] or ())]
        for each in inner:
            below = _effort(each, inside=inside)
            if below is None:
                return None
            power += below
    return power
