"""A piece of a script file with the place of each of its characters."""
from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from scanhouse.deid.program import At


@dataclass(frozen=True)
class Source:
    """`marks` are (offset, line, column) where a run of characters begins that stand in the file as they stand here."""

    text: str
    marks: tuple[tuple[int, int, int], ...]

    def at(self, offset: int) -> At:
        start, line, column = self.marks[max(bisect_right(self.marks, (offset, 1 << 60, 0)) - 1, 0)]
        between = self.text[start:offset]
        newlines = between.count("\n")
        return At(line + newlines, len(between) - between.rfind("\n") if newlines else column + len(between))


def whole(text: str, at: At) -> Source:
    return Source(text, ((0, at.line, at.column),))
