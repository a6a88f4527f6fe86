"""What a language's functions look like: a name, its arguments, one line of documentation, and the Python that does it.

A language keeps its functions as one table; parsing looks them up, the reference page is generated from them.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, Union

from scanhouse.deid.tagpath import TagPath

if TYPE_CHECKING:
    from scanhouse.deid.program import Call
    from scanhouse.deid.state import State

Value: TypeAlias = Union[str, TagPath, "list[Value]", None]
"""What expressions give: a text, None for what is absent, a path, or a list of these."""

Body: TypeAlias = "Callable[[State, Sequence[Value], Call], Value]"
"""Takes the state of the run, the evaluated arguments, and the call itself (for its place and its clauses)."""


@dataclass(frozen=True)
class Function:
    """`signature` and `doc` are for people; `least` and `most` bound the arguments (`most` None: any number).

    `paths` lists the argument positions, or is True for all, that stay tag paths and are not read.
    """

    name: str
    signature: str
    doc: str
    body: Body = field(repr=False, compare=False)
    least: int = 0
    most: int | None = 0
    paths: bool | tuple[int, ...] = ()
    touches_pixels: bool = False

    def takes(self, number: int) -> bool:
        """Whether it can be called with so many arguments."""
        return self.least <= number and (self.most is None or number <= self.most)

    def keeps_path(self, position: int) -> bool:
        return self.paths if isinstance(self.paths, bool) else position in self.paths


def table(*functions: Function) -> dict[str, Function]:
    return {function.name: function for function in functions}
