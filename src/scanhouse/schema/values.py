"""The kinds of value that a field can hold: how each is read from text, checked, and written.

A value is kept as JSON has it: str, int, float, bool; dates and times as ISO 8601 text; JSON fields as they are.
A blank text is no value: it is read as None.
"""
from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from enum import Enum
from typing import Any

MAX_STRING = 32_767
"""Characters of a text without a limit of its own. XNAT cuts at 255; DICOM texts (LT, UT, long multi-values) may be longer."""
MAX_TEXT = 1_000_000
"""Characters of a long text (custom variables, parameters): far above any that people write, far below what hurts a row."""
MAX_JSON = 4_000_000
"""Characters of a JSON field when written out; a form of hundreds of answers needs a few thousand."""
MAX_INTEGER = 2**63 - 1
"""Integers beyond 64 bits cannot be searched, and clients in Java and JavaScript cannot read them."""


class ValueType(Enum):
    """Kind of a value; the member's value is its type in an XML schema."""

    STRING = "xs:string"
    TEXT = "xdat:LONGVARCHAR"
    INTEGER = "xs:integer"
    INT = "xs:int"
    LONG = "xs:long"
    FLOAT = "xs:float"
    DOUBLE = "xs:double"
    BOOLEAN = "xs:boolean"
    DATE = "xs:date"
    TIME = "xs:time"
    DATETIME = "xs:dateTime"
    DURATION = "xs:duration"
    URI = "xs:anyURI"
    JSON = "xdat:jsonb"

    @property
    def numeric(self) -> bool:
        return self in _NUMERIC

    @property
    def expectation(self) -> str:
        """Completes "it must be ..."."""
        return _EXPECTED[self]


_NUMERIC = {ValueType.INTEGER, ValueType.INT, ValueType.LONG, ValueType.FLOAT, ValueType.DOUBLE}
_EXPECTED = {
    ValueType.STRING: "text without control characters",
    ValueType.TEXT: "text without control characters",
    ValueType.INTEGER: "an integer",
    ValueType.INT: "an integer",
    ValueType.LONG: "an integer",
    ValueType.FLOAT: "a finite number",
    ValueType.DOUBLE: "a finite number",
    ValueType.BOOLEAN: "true or false",
    ValueType.DATE: "a date (YYYY-MM-DD)",
    ValueType.TIME: "a time (HH:MM:SS)",
    ValueType.DATETIME: "a date and time (YYYY-MM-DDTHH:MM:SS)",
    ValueType.DURATION: "a duration (as PT1H30M)",
    ValueType.URI: "an address without control characters",
    ValueType.JSON: "a JSON value",
}

# What neither XML 1.0 (section 2.2) nor PostgreSQL's JSONB can hold: controls but tab, LF and CR; surrogates; two non-characters.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # JSON's escape, which JSONB refuses; not an escaped backslash before the letters
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}\Z")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?\Z")
_ZONE = r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?"
_DATE = re.compile(rf"(?P<day>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}){_ZONE}\Z")
_CLOCK = r"(?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2})(\.(?P<fraction>[0-9]{1,9}))?"
_TIME = re.compile(rf"{_CLOCK}{_ZONE}\Z")
_DATETIME = re.compile(rf"(?P<day>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})[T ]{_CLOCK}{_ZONE}\Z")
_DURATION = re.compile(
    r"-?P(?=[0-9T])([0-9]+Y)?([0-9]+M)?([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?\Z", re.ASCII)
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def clean(text: str) -> str:
    """The text without the characters that no document can hold; for values read from files, which must not be lost over one byte."""
    return _FORBIDDEN.sub("", text)


def parse(kind: ValueType, text: str) -> Any:
    """The value that a text stands for, None if the text is blank. Raises ValueError if it stands for none.

    Any, because what comes back is as varied as JSON is.
    """
    if not text or text.isspace():
        return None
    if kind is ValueType.STRING or kind is ValueType.TEXT:
        return _text(text)
    return _PARSERS[kind](text.strip())


def check(kind: ValueType, value: Any) -> Any:
    """The value as the kind keeps it (an int in a float field becomes a float, a text is parsed). Raises ValueError."""
    if value is None:
        return None
    if kind is ValueType.JSON:
        return _json_value(value)
    if isinstance(value, str):
        return parse(kind, value)
    if isinstance(value, bool):
        if kind is ValueType.BOOLEAN:
            return value
    elif isinstance(value, int):
        if kind in (ValueType.FLOAT, ValueType.DOUBLE):
            return _number(str(value))
        if kind in _NUMERIC:
            return _bounded(value, kind)
    elif isinstance(value, float) and kind in (ValueType.FLOAT, ValueType.DOUBLE) and math.isfinite(value):
        return value
    raise ValueError(kind.expectation)


def write(kind: ValueType, value: Any) -> str:
    """The text of a kept value, as XML holds it."""
    if isinstance(value, str) and kind is not ValueType.JSON:
        return value
    if isinstance(value, bool) and kind is not ValueType.JSON:
        return "true" if value else "false"
    if kind is ValueType.JSON:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return repr(value)


def _text(text: str) -> str:
    if _FORBIDDEN.search(text):
        raise ValueError(ValueType.STRING.expectation)
    return text


def _integer(text: str) -> int:
    if not _INTEGER.match(text):
        raise ValueError(ValueType.INTEGER.expectation)
    return _bounded(int(text), ValueType.INTEGER)


def _int(text: str) -> int:
    return _bounded(_integer(text), ValueType.INT)


def _bounded(value: int, kind: ValueType) -> int:
    limit = 2**31 - 1 if kind is ValueType.INT else MAX_INTEGER
    if not -limit <= value <= limit:
        raise ValueError(f"an integer between {-limit} and {limit}")
    return value


def _number(text: str) -> float:
    if not _NUMBER.match(text):
        raise ValueError(ValueType.FLOAT.expectation)
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(ValueType.FLOAT.expectation)
    return value


def _boolean(text: str) -> bool:
    try:
        return _BOOLEANS[text.lower()]
    except KeyError:
        raise ValueError(ValueType.BOOLEAN.expectation) from None


def _date(text: str) -> str:
    match = _DATE.match(text)
    if not match:
        raise ValueError(ValueType.DATE.expectation)
    date.fromisoformat(match["day"])
    return match["day"]


def _time(text: str) -> str:
    match = _TIME.match(text)
    if not match:
        raise ValueError(ValueType.TIME.expectation)
    time.fromisoformat(match["clock"])
    return match["clock"] + _fraction(match)


def _datetime(text: str) -> str:
    match = _DATETIME.match(text)
    if not match:
        raise ValueError(ValueType.DATETIME.expectation)
    moment = datetime.fromisoformat(f"{match['day']}T{match['clock']}")
    if match["zone"] not in (None, "Z"):
        # XNAT keeps no zone; a moment told in another zone than UTC is brought to it rather than silently shifted.
        try:
            moment = datetime.fromisoformat(f"{moment.isoformat()}{match['zone']}").astimezone(UTC).replace(tzinfo=None)
        except OverflowError:
            raise ValueError(ValueType.DATETIME.expectation) from None
    return moment.isoformat() + _fraction(match)


def _fraction(match: re.Match[str]) -> str:
    digits = (match["fraction"] or "").rstrip("0")
    return f".{digits}" if digits else ""


def _duration(text: str) -> str:
    if not _DURATION.match(text):
        raise ValueError(ValueType.DURATION.expectation)
    return text


def _json(text: str) -> Any:
    try:
        return _json_value(json.loads(text))
    except (json.JSONDecodeError, RecursionError):
        raise ValueError(ValueType.JSON.expectation) from None


def _json_value(value: Any) -> Any:
    try:
        written = json.dumps(value, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        raise ValueError(ValueType.JSON.expectation) from None
    if len(written) > MAX_JSON:
        raise ValueError(f"a JSON value of at most {MAX_JSON} characters")
    if _ESCAPED_NUL.search(written) or _FORBIDDEN.search(written):
        raise ValueError(ValueType.JSON.expectation)
    return value


_PARSERS: dict[ValueType, Callable[[str], Any]] = {
    ValueType.INTEGER: _integer, ValueType.INT: _int, ValueType.LONG: _integer,
    ValueType.FLOAT: _number, ValueType.DOUBLE: _number, ValueType.BOOLEAN: _boolean,
    ValueType.DATE: _date, ValueType.TIME: _time, ValueType.DATETIME: _datetime, ValueType.DURATION: _duration,
    ValueType.URI: _text, ValueType.JSON: _json,
}
