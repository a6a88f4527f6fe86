"""Private elements that are known to identify nobody: by group, creator and low byte, wherever their block lies.

From PS3.15 table E.3.10-1 (2026a, safe private attributes), and what CTP's dictionary of private elements marks to be kept.
"""
from __future__ import annotations

from typing import Final

SAFE: Final[dict[str, frozenset[tuple[int, int]]]] = {
    "GEMS_ACQU_01": frozenset({(0x0019, 0x1E), (0x0019, 0x23), (0x0019, 0x24), (0x0019, 0x27), (0x0019, 0x9E)}),
}


def is_safe(group: int, creator: str | None, low: int) -> bool:
    """Whether the element is listed. Creators are compared exactly, without blanks around them."""
    return creator is not None and (group, low) in SAFE.get(creator.strip(), frozenset())
