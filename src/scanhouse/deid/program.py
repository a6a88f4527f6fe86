"""The one form that every language is parsed to: a few frozen nodes that say what to do, in order, with their place in the text.

Expressions give a value: a text, None (absent), a list of values, or a tag path. Conditions give true or false. Statements act.
A walk gives every element of the object to a policy, which decides: that is how CTP scripts and PS3.15 profiles are held.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from scanhouse.deid.functions import Function
from scanhouse.deid.tagpath import TagPath

if TYPE_CHECKING:
    from scanhouse.deid.policy import Policy


class Language(StrEnum):
    DICOMEDIT6 = "dicomedit6"
    DICOMEDIT4 = "dicomedit4"
    CTP = "ctp"
    CTP_FILTER = "ctp-filter"
    CTP_PIXEL = "ctp-pixel"
    PROFILE = "ps3.15"


class Order(StrEnum):
    """How statements meet the object."""

    IN_TURN = "in turn"
    """Top to bottom, each sees what the earlier ones did (DicomEdit 6)."""
    FIRST_WINS = "first wins"
    """All read the original; of two that speak of one element the first remains (DicomEdit 4)."""


@dataclass(frozen=True)
class At:
    """A place in the script, counted from 1."""

    line: int = 0
    column: int = 0


NOWHERE = At()


# Expressions

@dataclass(frozen=True)
class Text:
    value: str | None
    at: At = NOWHERE


@dataclass(frozen=True)
class Variable:
    name: str
    at: At = NOWHERE


@dataclass(frozen=True)
class Element:
    """A tag path: read when a value is wanted, kept as a path in lists and for functions that want paths."""

    path: TagPath
    at: At = NOWHERE


@dataclass(frozen=True)
class This:
    """The element that a walk has come to."""

    at: At = NOWHERE


@dataclass(frozen=True)
class Nearby:
    """An element of the original, in the data set that a walk has come to, or (`rooted`, or without a walk) in the object's root."""

    path: TagPath
    rooted: bool = False
    at: At = NOWHERE


@dataclass(frozen=True)
class Listing:
    entries: tuple[Expression, ...]
    at: At = NOWHERE


@dataclass(frozen=True)
class Joined:
    """Text with calls in between, put together."""

    parts: tuple[Expression, ...]
    at: At = NOWHERE


@dataclass(frozen=True)
class Call:
    """A function with its arguments; `clauses` are evaluated by the function itself, only when it wants them."""

    function: Function
    arguments: tuple[Expression, ...] = ()
    clauses: tuple[Expression, ...] = ()
    at: At = NOWHERE


Expression: TypeAlias = Text | Variable | Element | This | Nearby | Listing | Joined | Call


# Conditions

@dataclass(frozen=True)
class Compare:
    """`operator` is one of `= != ~ !~`: equality, or a regular expression over the whole value. Absent is never equal."""

    left: Expression
    operator: str
    right: Expression
    at: At = NOWHERE


@dataclass(frozen=True)
class Holds:
    """A call used as a condition: true when it gives the text `true`."""

    call: Call
    at: At = NOWHERE


@dataclass(frozen=True)
class Constant:
    value: bool
    at: At = NOWHERE


@dataclass(frozen=True)
class Both:
    """All of the conditions."""

    conditions: tuple[Condition, ...]
    at: At = NOWHERE


@dataclass(frozen=True)
class Either:
    """At least one of the conditions."""

    conditions: tuple[Condition, ...]
    at: At = NOWHERE


@dataclass(frozen=True)
class Not:
    condition: Condition
    at: At = NOWHERE


Condition: TypeAlias = Compare | Holds | Constant | Both | Either | Not


# Statements

@dataclass(frozen=True)
class Assign:
    """Give `target` the value, creating it unless `existing_only`. A value of None does nothing, see `Context.assign_absent`."""

    target: TagPath
    value: Expression
    existing_only: bool = False
    at: At = NOWHERE


@dataclass(frozen=True)
class Let:
    name: str
    value: Expression
    at: At = NOWHERE


@dataclass(frozen=True)
class Delete:
    target: TagPath
    at: At = NOWHERE


@dataclass(frozen=True)
class RemovePrivate:
    """Every element of an odd group, at every depth."""

    at: At = NOWHERE


@dataclass(frozen=True)
class Perform:
    """A function for what it does."""

    call: Call
    at: At = NOWHERE


@dataclass(frozen=True)
class Branch:
    condition: Condition
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Choose:
    """The first branch whose condition holds, else `otherwise`."""

    branches: tuple[Branch, ...]
    otherwise: tuple[Statement, ...] = ()
    at: At = NOWHERE


@dataclass(frozen=True)
class Region:
    """A rectangle in pixels, left and top inside, right and bottom outside. A negative corner counts from the far edge when `wraps`."""

    left: int
    top: int
    right: int
    bottom: int
    wraps: bool = False


@dataclass(frozen=True)
class Blank:
    """Overwrite regions in every frame."""

    regions: tuple[Region, ...]
    at: At = NOWHERE


@dataclass(frozen=True)
class Answer:
    """A filter: the outcome's `answer` is whether the condition holds."""

    condition: Condition
    at: At = NOWHERE


@dataclass(frozen=True)
class End:
    """Stop here with this status (`rejected`, `quarantined`, `skipped`, `no match`)."""

    status: str
    reason: str = ""
    at: At = NOWHERE


@dataclass(frozen=True)
class Walk:
    """Give every element to a policy and do what it decides."""

    policy: Policy
    at: At = NOWHERE


@dataclass(frozen=True)
class Note:
    """Metadata for a user interface (`describe`, `export`) or a log line (`echo`): no effect on the object."""

    kind: str
    name: str = ""
    text: str = ""
    at: At = NOWHERE


Statement: TypeAlias = Assign | Let | Delete | RemovePrivate | Perform | Choose | Blank | Answer | End | Walk | Note


@dataclass(frozen=True)
class Program:
    """A script, understood. `text` is what it was parsed from; `warnings` are for the person who wrote it."""

    language: Language
    statements: tuple[Statement, ...]
    version: str = ""
    text: str = field(default="", repr=False)
    script_id: str = ""
    order: Order = Order.IN_TURN
    warnings: tuple[str, ...] = ()

    @cached_property
    def touches_pixels(self) -> bool:
        """Whether the program may change pixels, so that an object's have to be at hand when it runs."""
        return any(isinstance(statement, Blank) or _touches(statement) for statement in self.all_statements())

    def all_statements(self) -> Iterator[Statement]:
        """Every statement, those in branches too, in the order of the text."""
        yield from _flatten(self.statements)


def _flatten(statements: tuple[Statement, ...]) -> Iterator[Statement]:
    for statement in statements:
        yield statement
        if isinstance(statement, Choose):
            for branch in statement.branches:
                yield from _flatten(branch.body)
            yield from _flatten(statement.otherwise)


def _touches(node: object) -> bool:
    """Whether a call of a function that changes pixels is anywhere below a node."""
    if isinstance(node, tuple):
        return any(map(_touches, node))
    if isinstance(node, Call) and node.function.touches_pixels:
        return True
    if not is_dataclass(node) or isinstance(node, (TagPath, Function, Walk)):
        return False
    return any(_touches(getattr(node, each.name)) for each in fields(node))
