"""Pages of a list by keyset: an address says where the list goes on, never how many rows to skip."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

ROWS = 50
"""Rows of one page."""
MAX_KEY = 400
MAX_PART = 200
"""Characters of a key in an address, and of a filter."""


@dataclass(frozen=True)
class Ask:
    """Which part of a list is wanted: what comes `after` a key (towards the end), or `before` one. `number` is that of its first row."""

    after: str = ""
    before: str = ""
    number: int = 1
    filter: str = ""
    others: dict[str, str] = field(default_factory=dict)
    """Further parameters that the addresses of other pages keep."""

    @classmethod
    def of(cls, request: HttpRequest, *keep: str) -> Ask:
        def text(name: str, most: int) -> str:
            return request.GET.get(name, "").replace("\0", "")[:most]

        number = text("row", 9)
        others = {name: value for name in keep if (value := text(name, MAX_PART))}
        return cls(
            text("after", MAX_KEY), text("before", MAX_KEY), max(1, int(number)) if number.isascii() and number.isdigit() else 1,
            text("filter", MAX_PART).strip(), others,
        )  # fmt: skip

    @property
    def backwards(self) -> bool:
        return bool(self.before)

    @property
    def key(self) -> str:
        return self.before or self.after


@dataclass(frozen=True)
class Page:
    """One page of a list: numbers of its first and last row, addresses of its neighbours ("" for none)."""

    first: int
    last: int
    previous: str
    next: str


def cut(ask: Ask, found: list[Any], key: Callable[[Any], str], *, rows: int = ROWS) -> tuple[list[Any], Page]:
    """The rows of one page out of up to `rows` + 1 that were fetched in the list's own order, and the page's neighbours."""
    more = len(found) > rows
    shown = (found[-rows:] if ask.backwards else found[:rows]) if more else found
    earlier, later = (more, True) if ask.backwards else (bool(ask.after), more)
    first = max(1, ask.number if earlier else 1)

    def address(**change: str | int) -> str:
        return "?" + urlencode({**ask.others, **({"filter": ask.filter} if ask.filter else {}), **change})

    previous = address(before=key(shown[0]), row=max(1, first - rows)) if earlier and shown else ""
    following = address(after=key(shown[-1]), row=first + len(shown)) if later and shown else ""
    return shown, Page(first, first + len(shown) - 1, previous, following)
