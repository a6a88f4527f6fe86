"""One field of a data type: where it lies, what it holds, and whether a value may be in it."""
from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import values
from .declarations import Node
from .errors import InvalidValue
from .values import ValueType


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an element, at a path below it (attributes without `@`): a value, a part or a list of documents."""

    path: str
    node: Node
    declared_in: str
    """The element that declares it: the element itself, one that it extends, or the type of the part that it lies in."""
    element: str

    @property
    def kind(self) -> ValueType | None:
        """Kind of its value; None for a part and for a list."""
        return self.node.kind

    @property
    def repeated(self) -> bool:
        return self.node.repeated

    @property
    def item(self) -> str | None:
        """The element of a part, or of a list's documents."""
        return self.node.item

    @property
    def default_item(self) -> str | None:
        """The element of a part or document without `xsi:type`."""
        return self.node.default_item or self.node.item

    @property
    def attribute(self) -> bool:
        return self.node.attribute

    @property
    def required(self) -> bool:
        """Required where its parent is there."""
        return self.node.required

    @property
    def rows(self) -> bool:
        """The list's documents are records of their own."""
        return self.node.rows

    @property
    def max_length(self) -> int | None:
        return self.node.max_length

    @property
    def minimum(self) -> int | None:
        return self.node.minimum

    @property
    def maximum(self) -> int | None:
        return self.node.maximum

    @property
    def choices(self) -> tuple[str, ...]:
        return self.node.choices

    @property
    def searchable(self) -> bool:
        """May be named in a search, a filter or a listing's columns."""
        return self.node.kind not in (None, ValueType.JSON) and not self.node.hidden

    @property
    def label(self) -> str:
        """Name for people; a list goes by what it lies in (`aliases/alias`: Aliases)."""
        place = self.path.rpartition("/")[0]
        return self.node.label or humanize(place if self.repeated and place not in ("", "parameters") else self.path)

    def parse(self, text: str) -> Any:
        """The value that a text stands for; None for a blank one. Raises InvalidValue."""
        return self._within_limits(values.parse, text)

    def check(self, value: Any) -> Any:
        """The value, of JSON's types, as it is kept; None for a blank text. Raises InvalidValue."""
        return self._within_limits(values.check, value)

    def _within_limits(self, understand: Callable[[ValueType, Any], Any], value: Any) -> Any:
        node = self.node
        kind = node.kind
        if kind is None:
            raise InvalidValue(self.element, self.path, "a list of documents" if node.repeated else "given by its parts")
        try:
            value = understand(kind, value)
        except ValueError as problem:
            # Python's own words for an impossible day ("day is out of range for month") would not say what is expected.
            said = str(problem)
            raise InvalidValue(self.element, self.path, said if said.startswith(_EXPECTATIONS) else kind.expectation) from None
        if value is None or kind is ValueType.JSON:
            return value
        if isinstance(value, str):
            limit = node.max_length or (values.MAX_TEXT if kind is ValueType.TEXT else values.MAX_STRING)
            if len(value) > limit:
                raise InvalidValue(self.element, self.path, f"at most {limit} characters long")
            if node.choices and value not in node.choices:
                raise InvalidValue(self.element, self.path, f"one of {', '.join(node.choices)}")
        elif node.minimum is not None and value < node.minimum:
            raise InvalidValue(self.element, self.path, f"at least {node.minimum}")
        elif node.maximum is not None and value > node.maximum:
            raise InvalidValue(self.element, self.path, f"at most {node.maximum}")
        return value


_EXPECTATIONS = ("an integer between", "a JSON value of")


_WORDS = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z]|\b|_|$)|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


def humanize(path: str) -> str:
    """`parameters/voxelRes/x` -> `Voxel res x`: the name for people of a path without a label of its own."""
    steps = [step for step in path.split("/") if step not in ("parameters", "fields")] or [path]
    words = [word if word.isupper() else word.lower() for step in steps for word in _WORDS.findall(step)]
    text = " ".join(words)
    return text[:1].upper() + text[1:]
