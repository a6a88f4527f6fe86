"""Giving expressions their values."""
from __future__ import annotations

from scanhouse.deid.elements import Place, find
from scanhouse.deid.errors import RunError
from scanhouse.deid.functions import Value
from scanhouse.deid.program import Call, Element, Expression, Joined, Listing, Nearby, Text, This, Variable
from scanhouse.deid.state import State
from scanhouse.deid.tagpath import TagPath


def value_of(expression: Expression, state: State, *, paths: bool = False) -> Value:
    """A text or None; a list; a path unread when `paths`. Raises `RunError`."""
    state.spend()
    if isinstance(expression, Text):
        return expression.value
    if isinstance(expression, Element):
        return expression.path if paths else state.read(expression.path)
    if isinstance(expression, Variable):
        if expression.name not in state.variables:
            raise RunError(f"variable {expression.name} has no value", line=expression.at.line, column=expression.at.column,
                           remedy="Give it one before this line, on every way that leads here.")
        return state.variables[expression.name]  # type: ignore[return-value]  # only Values are stored
    if isinstance(expression, Listing):
        return [value_of(entry, state, paths=True) for entry in expression.entries]
    if isinstance(expression, Call):
        return call(expression, state)
    if isinstance(expression, This):
        return None if state.here is None or state.here.tag not in state.here.original._dict else state.here.text
    if isinstance(expression, Nearby):
        place = nearby(expression, state)
        return None if place is None else place.text
    assert isinstance(expression, Joined)
    return "".join(written(value_of(part, state), state) or "" for part in expression.parts)


def nearby(expression: Nearby, state: State) -> Place | None:
    """The first place in the original that it names, from where the walk is."""
    holder = state.original if expression.rooted or state.here is None else state.here.original
    found = find(holder, expression.path, state.spend)
    return found[0] if found else None


def call(expression: Call, state: State) -> Value:
    """Evaluate the arguments and do what the function does."""
    function = expression.function
    state.spend()
    arguments = [value_of(argument, state, paths=function.keeps_path(position))
                 for position, argument in enumerate(expression.arguments)]
    try:
        if not function.takes(len(arguments)):
            raise RunError(f"{function.name} is given {len(arguments)} arguments", expected=function.signature)
        return function.body(state, arguments, expression)
    except RunError as error:
        if error.line:
            raise
        raise error.placed(expression.at.line, expression.at.column) from None


def written(value: Value, state: State) -> str | None:
    """A value as the text that an element gets: paths are read; a list has no text. Raises `RunError`."""
    if isinstance(value, TagPath):
        return state.read(value)
    if isinstance(value, list):
        raise RunError("a list cannot be written to an element", expected="one value")
    return value

