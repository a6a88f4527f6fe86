"""Values of a filter as conditions: alternatives by commas, wildcards, ranges, null (xnat-data-api 0.6)."""
from __future__ import annotations

import re
from datetime import date

from scanhouse.errors import Invalid

from .fragments import Expression, Parameters, Sort

MAX_ALTERNATIVES = 5000
"""Values of one filter: clients send lists of IDs; a URL ends long before that."""

_DAY = re.compile(r"(?:(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|(?P<m2>\d{1,2})/(?P<d2>\d{1,2})/(?P<y2>\d{4}))\Z", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)
_RANGE = re.compile(r"(?P<low>[+-]?\d+(?:\.\d+)?)-(?P<high>[+-]?\d+(?:\.\d+)?)\Z", re.ASCII)
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\Z", re.ASCII)


class BadFilter(Invalid):
    """A filter's value that its field cannot be compared with."""


def condition(expression: Expression, text: str, parameters: Parameters) -> str:
    """The condition that a filter's text puts on a value. Raises BadFilter."""
    alternatives = [part.strip() for part in text.split(",") if part.strip()]
    if len(alternatives) > MAX_ALTERNATIVES:
        raise BadFilter(f"A filter takes at most {MAX_ALTERNATIVES} values.")
    if not alternatives:
        return "TRUE"
    plain = [value for value in alternatives if expression.sort is Sort.TEXT and not _special(value)]
    terms = [f"{expression.typed} = ANY({parameters.put(plain)})"] if plain else []
    terms += [_one(expression, value, parameters) for value in alternatives if value not in plain]
    return f"({' OR '.join(terms)})"


def _special(value: str) -> bool:
    return "*" in value or "%" in value or value.upper() in ("NULL", "NOT NULL", "IS NULL", "IS NOT NULL")


def _one(expression: Expression, value: str, parameters: Parameters) -> str:
    match value.upper():
        case "NULL" | "IS NULL":
            return f"{expression.typed} IS NULL"
        case "NOT NULL" | "IS NOT NULL":
            return f"{expression.typed} IS NOT NULL"
    if "*" in value or "%" in value:
        return f"{expression.text} LIKE {parameters.put(like(value))}"
    match expression.sort:
        case Sort.DATE | Sort.MOMENT:
            return _days(expression, value, parameters)
        case Sort.NUMBER:
            return _numbers(expression, value, parameters)
        case Sort.BOOLEAN:
            return f"{expression.typed} = {parameters.put(value.lower() in ('1', 'true', 't', 'yes'))}"
        case Sort.TIME:
            if not _CLOCK.match(value):
                raise BadFilter(f"{value[:50]!r} is no time of day: write it as 13:51:25.")
            return f"{expression.typed} = {parameters.put(value)}::time"
        case _:
            return f"{expression.typed} = {parameters.put(value)}"


def like(value: str) -> str:
    """A pattern of LIKE: `*` and `%` stand for anything, `_` for itself."""
    return value.replace("\\", "\\\\").replace("_", "\\_").replace("*", "%")


def day(text: str) -> date | None:
    """A day in either spelling, `2018-07-01` or `07/01/2018`."""
    found = _DAY.match(text.strip())
    if not found:
        return None
    year, month, number = (int(found[a] or found[b]) for a, b in (("y", "y2"), ("m", "m2"), ("d", "d2")))
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _days(expression: Expression, value: str, parameters: Parameters) -> str:
    of_day = f"({expression.typed})::date"
    single = day(value)
    if single is not None:
        return f"{of_day} = {parameters.put(single)}::date"
    low, _, high = value.partition("-") if "/" in value else value.partition(" - ")
    first, last = day(low), day(high)
    if first is None or last is None:
        raise BadFilter(f"{value[:50]!r} is no date: write 2018-07-01, 07/01/2018, or a range 07/01/2018-07/14/2018.")
    return f"{of_day} BETWEEN {parameters.put(first)}::date AND {parameters.put(last)}::date"


def _numbers(expression: Expression, value: str, parameters: Parameters) -> str:
    if _NUMBER.match(value):
        return f"{expression.typed} = {parameters.put(value)}::numeric"
    found = _RANGE.match(value)
    if not found:
        raise BadFilter(f"{value[:50]!r} is no number.")
    return f"{expression.typed} BETWEEN {parameters.put(found['low'])}::numeric AND {parameters.put(found['high'])}::numeric"
