"""Methods of filter expressions: what an element's text is compared with. A missing element is the empty text."""
from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from scanhouse.deid.ctp.calls import read
from scanhouse.deid.functions import Body, Function, Value, table
from scanhouse.deid.program import Call
from scanhouse.deid.regexes import compiled
from scanhouse.deid.state import State


def _method(test: Callable[[str, str], bool]) -> Body:
    def body(_state: State, arguments: Sequence[Value], _call: Call) -> Value:
        return "true" if test(read(arguments[0]), read(arguments[1])) else "false"

    return body


def _numbers(left: str, right: str) -> tuple[float, float] | None:
    """Digits and dots of both as numbers; None when one is none."""
    try:
        first, second = (float(re.sub(r"[^0-9.]", "", text)) for text in (left, right))
    except ValueError:
        return None
    return first, second


def _less(left: str, right: str) -> bool:
    numbers = _numbers(left, right)
    return numbers is not None and numbers[0] < numbers[1]


def _greater(left: str, right: str) -> bool:
    numbers = _numbers(left, right)
    return numbers is not None and numbers[0] > numbers[1]


METHODS: Final = table(*(Function(name, f'element.{name}("text")', doc, _method(test), 2, 2) for name, doc, test in (
    ("equals", "The text is this one.", lambda a, b: a == b),
    ("equalsIgnoreCase", "The same, in any case.", lambda a, b: a.lower() == b.lower()),
    ("matches", "The regular expression (Java's) fits the whole text.", lambda a, b: compiled(b).fullmatch(a) is not None),
    ("contains", "The text has this in it.", lambda a, b: b in a),
    ("containsIgnoreCase", "The same, in any case.", lambda a, b: b.lower() in a.lower()),
    ("startsWith", "The text begins with this.", lambda a, b: a.startswith(b)),
    ("startsWithIgnoreCase", "The same, in any case.", lambda a, b: a.lower().startswith(b.lower())),
    ("endsWith", "The text ends with this.", lambda a, b: a.endswith(b)),
    ("endsWithIgnoreCase", "The same, in any case.", lambda a, b: a.lower().endswith(b.lower())),
    ("isLessThan", "Digits and dots of both are numbers, and the element's is smaller.", _less),
    ("isGreaterThan", "Digits and dots of both are numbers, and the element's is larger.", _greater),
)))
