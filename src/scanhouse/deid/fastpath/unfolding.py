"""An outcome that is known to be good and is worked out only when somebody asks for more: most files are written and never looked at."""
from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from scanhouse.deid.outcome import Change, Outcome, Status


class Unfolding(Outcome):
    """The outcome of a plan: `ok`, without warnings. Data sets and changes come from the interpreter, when they are asked for."""

    def __init__(self, make: Callable[[], Outcome]) -> None:
        self.status, self.reason, self.answer, self.log, self.warnings, self.pixels_changed = Status.OK, "", None, (), (), False
        self._make = make

    @property
    def rejected(self) -> bool:
        return False

    @cached_property
    def _made(self) -> Outcome:
        return self._make()

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        return self._made.changes

    def __getattr__(self, name: str) -> Any:  # Any: a data set, or None
        if name in ("dataset", "original"):
            return getattr(self._made, name)
        raise AttributeError(name)
