"""Comparisons of search documents as conditions (xnat-data-api 5.2)."""
from __future__ import annotations

import re
from collections.abc import Callable

from scanhouse.errors import Invalid

from . import filters
from .filters import MAX_ALTERNATIVES, BadFilter
from .fragments import Expression, Parameters, Sort

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\Z", re.ASCII)
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?\Z", re.ASCII)
_MOMENT = re.compile(r"(?P<day>[\d/-]+)(?:[ T](?P<clock>[\d:.]+))?\Z", re.ASCII)
_AND = re.compile(r"\s+AND\s+", re.IGNORECASE)
ORDERED = ("=", "<", "<=", ">", ">=")


class BadComparison(Invalid):
    """A comparison that is none, or that a field of this kind does not allow."""


def compare(expression: Expression, comparison: str, value: str, parameters: Parameters, *, keeps_empty: bool) -> str:
    """The condition. `keeps_empty`: `!=` holds for what has no value as well. Raises BadFilter, BadComparison."""
    wanted = " ".join(comparison.upper().split())
    empty = _empty(expression)
    if wanted in ORDERED:
        return f"{expression.typed} {wanted} {_put(expression.sort, value, parameters)}"
    negated = _negations(expression, value, parameters).get(wanted)
    if negated is not None:
        return f"({empty} OR NOT {negated()})" if keeps_empty else f"NOT {negated()}"
    match wanted:
        case "LIKE":
            return _like(expression, value, parameters)
        case "BETWEEN":
            low, high = _ends(value)
            ends = f"{_put(expression.sort, low, parameters)} AND {_put(expression.sort, high, parameters)}"
            return f"{expression.typed} BETWEEN {ends}"
        case "IN":
            return _in(expression, value, parameters)
        case "IS NULL" | "IS":
            return empty
        case "IS NOT NULL" | "IS NOT":
            return f"NOT {empty}"
    raise BadComparison(f"{comparison[:50]!r} is no comparison. Use =, !=, <, <=, >, >=, LIKE, BETWEEN, IN, IS NULL or IS NOT NULL.")


def _negations(expression: Expression, value: str, parameters: Parameters) -> dict[str, Callable[[], str]]:
    def equal() -> str:
        return f"({expression.typed} = {_put(expression.sort, value, parameters)})"

    return {
        "!=": equal, "<>": equal, "NOT LIKE": lambda: f"({_like(expression, value, parameters)})",
        "NOT IN": lambda: f"({_in(expression, value, parameters)})",
    }  # fmt: skip


def _empty(expression: Expression) -> str:
    return f"(nullif({expression.text}, '') IS NULL)" if expression.sort is Sort.TEXT else f"({expression.typed} IS NULL)"


def _like(expression: Expression, value: str, parameters: Parameters) -> str:
    return f"lower({expression.text}) LIKE {parameters.put(filters.like(value.strip()).lower())}"


def _in(expression: Expression, value: str, parameters: Parameters) -> str:
    values = [part.strip().strip("'") for part in value.strip().strip("()").split(",") if part.strip()]
    if len(values) > MAX_ALTERNATIVES:
        raise BadFilter(f"A condition takes at most {MAX_ALTERNATIVES} values.")
    if expression.sort is Sort.TEXT:
        return f"{expression.typed} = ANY({parameters.put(values)})"
    return f"{expression.typed} IN ({', '.join(_put(expression.sort, one, parameters) for one in values)})" if values else "FALSE"


def _ends(value: str) -> tuple[str, str]:
    ends = _AND.split(value.strip())
    if len(ends) != 2:
        raise BadFilter("BETWEEN takes two values with AND between them, such as 10 AND 20.")
    return ends[0], ends[1]


def _put(sort: Sort, text: str, parameters: Parameters) -> str:
    """A value as a parameter of the type that it is compared with. Raises BadFilter."""
    text = text.strip()
    match sort:
        case Sort.NUMBER:
            if not _NUMBER.match(text):
                raise BadFilter(f"{text[:50]!r} is no number.")
            return f"{parameters.put(text)}::numeric"
        case Sort.DATE:
            found = _MOMENT.match(text)
            day = filters.day(found["day"]) if found else None
            if day is None:
                raise BadFilter(f"{text[:50]!r} is no date: write 2018-07-01 or 07/01/2018.")
            return f"{parameters.put(day)}::date"
        case Sort.MOMENT:
            return _moment(text, parameters)
        case Sort.TIME:
            if not _CLOCK.match(text) or not _is_clock(text):
                raise BadFilter(f"{text[:50]!r} is no time of day: write it as 13:51:25.")
            return f"{parameters.put(text)}::time"
        case Sort.BOOLEAN:
            return parameters.put(text.lower() in ("1", "true", "t", "yes"))
        case _:
            return parameters.put(text)


def _moment(text: str, parameters: Parameters) -> str:
    found = _MOMENT.match(text)
    day = filters.day(found["day"]) if found else None
    clock = (found["clock"] if found else None) or "00:00:00"
    if day is None or not _CLOCK.match(clock) or not _is_clock(clock):
        raise BadFilter(f"{text[:50]!r} is no date with time: write 2018-07-01 13:51:25.")
    return f"{parameters.put(f'{day.isoformat()} {clock}')}::timestamp"


def _is_clock(text: str) -> bool:
    hour, minute, *second = text.split(":")
    return int(hour) < 24 and int(minute) < 60 and float((second or ["0"])[0]) < 60
