"""What CTP's functions look like: besides name, doc and body, what each argument is (an element, a text, a parameter)."""
from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from scanhouse.deid.errors import RunError, TooManySteps
from scanhouse.deid.functions import Function, Value
from scanhouse.deid.state import State, Stop

LONGEST = 1_000_000
"""Characters that a function may give: the longest values of real objects are reports of some 100 000."""


class Kind(Enum):
    """What an argument is read as."""

    ELEMENT = "an element"
    ROOT_ELEMENT = "an element, sought in the root"
    ELEMENTS = "elements joined by |"
    SCRIPT = "an element whose script is run"
    TEXT = "a text, with or without quotes"
    PARAMETER = "a text, or @NAME or $NAME for a parameter"
    TEXT_OR_PARAMETER = "a text, or @NAME for a parameter that there is"


@dataclass(frozen=True)
class Scripted(Function):
    """`kinds` by position; beyond them the last one counts. `longer` replaces them in calls with more arguments. `clauses`: `{...}`
    that follow the call."""

    kinds: tuple[Kind, ...] = ()
    longer: tuple[Kind, ...] = ()
    blocks: int = 0

    def kind(self, position: int, count: int) -> Kind:
        kinds = self.longer if self.longer and count > len(self.kinds) else self.kinds
        return kinds[min(position, len(kinds) - 1)] if kinds else Kind.TEXT


def read(value: Value) -> str:
    """The text of an element argument; CTP gives the empty text for what is missing."""
    return value if isinstance(value, str) else ""


def number(value: Value, otherwise: int) -> int:
    """A whole number as Java reads it, or the other number."""
    text = value if isinstance(value, str) else ""
    digits = text[1:] if text[:1] in ("+", "-") else text
    return int(text) if digits.isascii() and digits.isdecimal() and len(digits) <= 10 else otherwise


def leftmost(text: str, most: int) -> str:
    """The first `most` characters, all when that is less than one."""
    return text[:most] if most > 0 else text


def within(size: int, state: State) -> None:
    """A step of a function whose result has grown to this size. Raises `TooManySteps` where it has no end."""
    state.spend()
    if size > LONGEST:
        raise TooManySteps(f"a function gives more than {LONGEST} characters")


def quarantine(reason: str) -> Stop:
    return Stop("quarantined", reason)


def defined(value: Value, what: str) -> str:
    """A parameter's text. Raises `RunError` where the script does not define it."""
    if not isinstance(value, str):
        raise RunError(f"{what} is a parameter that the script does not define", remedy="Add a <p> node for it.")
    return value
