"""Deciding element by element: what a CTP script or a PS3.15 profile says about each, as data that can be shown before it is done."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from scanhouse.deid.program import At
    from scanhouse.deid.state import Here, State


@dataclass(frozen=True)
class Keep:
    """Leave it. `why` names the rule; `covered` is False when no rule speaks of the element."""

    why: str = ""
    covered: bool = True


@dataclass(frozen=True)
class Remove:
    why: str = ""


@dataclass(frozen=True)
class Empty:
    """Zero length, VR kept."""

    why: str = ""


@dataclass(frozen=True)
class Replace:
    """A new value as text (values joined by backslashes), with another VR if given. `at` is where the script says so, for errors."""

    text: str
    why: str = ""
    vr: str | None = None
    at: At | None = None


@dataclass(frozen=True)
class Enter:
    """Keep the sequence and decide on the elements of its items."""

    why: str = ""


Decision: TypeAlias = Keep | Remove | Empty | Replace | Enter


@dataclass(frozen=True)
class Rule:
    """One line of what a policy would do, for `explain` and for planning: which elements, what, why."""

    target: str
    action: str
    why: str = ""


class Policy(Protocol):
    """The engine calls `begin` once, `decide` for each element in tag order (root first, items when entered), `finish` once.

    `begin` may insert elements into `state.dataset`; `decide` reads from `state.original`; `finish` may record methods.
    """

    def begin(self, state: State) -> None: ...

    def decide(self, state: State, here: Here) -> Decision: ...

    def finish(self, state: State) -> None: ...

    def rules(self) -> Iterable[Rule] | Iterator[Rule]: ...
