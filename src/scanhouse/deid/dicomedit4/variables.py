"""DicomEdit 4 declares variables anywhere: they are put in an order in which each is known before it is used."""
from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from scanhouse.deid.errors import ScriptError
from scanhouse.deid.program import Call, Expression, Let, Variable


def in_order(declarations: list[Let]) -> list[Let]:
    """The declarations by dependency; of two with one name the later one. Raises `ScriptError` when they go round in a circle."""
    last = {declaration.name: declaration for declaration in declarations}
    graph = {name: {used for used in _used(declaration.value) if used in last} for name, declaration in last.items()}
    try:
        return [last[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        circle = error.args[1]
        at = last[circle[0]].at
        raise ScriptError(f"the variables {' and '.join(sorted(set(circle)))} need one another", line=at.line, column=at.column,
                          remedy="Give one of them a value of its own.") from None


def _used(value: Expression) -> Iterator[str]:
    if isinstance(value, Variable):
        yield value.name
    elif isinstance(value, Call):
        for argument in value.arguments:
            yield from _used(argument)
