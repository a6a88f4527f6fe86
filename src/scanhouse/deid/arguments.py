"""Arguments as a function wants them: texts, numbers, paths; with errors that name the function."""
from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanhouse.deid.errors import RunError, SyntaxFault
from scanhouse.deid.functions import Value
from scanhouse.deid.state import State
from scanhouse.deid.tagpath import TagPath, parse_path


def flat(values: Sequence[Value]) -> Iterator[str | TagPath | None]:
    """Nested lists as one row."""
    for value in values:
        if isinstance(value, list):
            yield from flat(value)
        else:
            yield value


def texts(state: State, values: Sequence[Value]) -> list[str | None]:
    """Lists flattened, paths read."""
    return [state.read(value) if isinstance(value, TagPath) else value for value in flat(values)]


def exactly(state: State, values: Sequence[Value], least: int, most: int, signature: str) -> list[str | None]:
    """Texts, between `least` and `most` of them once lists are flattened. Raises `RunError`."""
    row = texts(state, values)
    if not least <= len(row) <= most:
        raise RunError(f"{len(row)} arguments are given", expected=signature)
    return row


def whole(text: str | None, what: str) -> int:
    """A whole number. Raises `RunError`."""
    try:
        return int(text or "")
    except ValueError:
        raise RunError(f"{what} is not a whole number", expected="a number such as 2") from None


def paths(values: Sequence[Value], *, private: bool = False) -> list[TagPath]:
    """Paths, also those written as texts in quotes. Raises `RunError` for anything else, or for public ones when `private`."""
    found = []
    for value in flat(values):
        if value is None:
            raise RunError("an argument has no value", expected="a tag path")
        path = value if isinstance(value, TagPath) else path_of(value)
        if private and not path.last.pattern.private:
            raise RunError(f"{path} is not private", expected="a path such as (0019,{creator}XX)")
        found.append(path)
    return found


def path_of(text: str) -> TagPath:
    """A path from a text in a script. Raises `RunError`, since the script is already running."""
    try:
        return parse_path(text)
    except SyntaxFault as fault:
        raise RunError(fault.what, expected=fault.expected) from None
