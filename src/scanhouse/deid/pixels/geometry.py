"""Regions made definite for one image: which rows and columns they cover, cut at its edges."""
from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from scanhouse.deid.program import Region


class Box(NamedTuple):
    """Columns left to right and rows top to bottom, half open, inside the image and not empty."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, to index an array with."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def boxes(regions: Iterable[Region], rows: int, columns: int) -> list[Box]:
    """The parts of the regions that lie in the image. Corners that wrap count from the far edge when they are negative."""
    found = []
    for region in regions:
        left, right = (_edge(value, columns, wraps=region.wraps) for value in (region.left, region.right))
        top, bottom = (_edge(value, rows, wraps=region.wraps) for value in (region.top, region.bottom))
        box = Box(max(left, 0), max(top, 0), min(right, columns), min(bottom, rows))
        if box.left < box.right and box.top < box.bottom:
            found.append(box)
    return found


def _edge(value: int, size: int, *, wraps: bool) -> int:
    return value + size if wraps and value < 0 else value
