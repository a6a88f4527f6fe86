"""Functions on dates: today, shifted, replaced in parts, counted in days."""
from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from scanhouse.deid.ctp.calls import Kind, Scripted, defined, number, quarantine, read
from scanhouse.deid.ctp.hashes import md5_number
from scanhouse.deid.ctp.lookup import looked_up
from scanhouse.deid.ctp.results import EMPTY, REMOVE
from scanhouse.deid.errors import RunError
from scanhouse.deid.functions import Value
from scanhouse.deid.program import Call
from scanhouse.deid.state import State

SHORTEST = 8
"""Characters of a whole date."""
TEN_YEARS = 3650
_DATE = re.compile(r"(\d{4})(-?)(\d\d)\2(\d\d)(.*)", re.ASCII | re.DOTALL)


def _now(state: State) -> datetime:
    if state.context.now is None:
        raise RunError("the script asks for today's date, and the run has none", remedy="Give the run its date and time.")
    return state.context.now


def today(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    separator = read(arguments[0]) if arguments else ""
    now = _now(state)
    return separator.join((f"{now.year:04}", f"{now.month:02}", f"{now.day:02}"))


def time_now(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    separator = read(arguments[0]) if arguments else ""
    now = _now(state)
    return separator.join((f"{now.hour:02}", f"{now.minute:02}", f"{now.second:02}"))


def _each(value: Value, change: Callable[[date], date]) -> str:
    """Each date of a value changed, what follows the day kept; the empty word when one is no date."""
    if value is None:
        return REMOVE
    text = read(value).rstrip("\\")
    if len(text) < SHORTEST:
        return EMPTY
    out = []
    for part in text.split("\\"):
        found = _DATE.fullmatch(part.strip())
        if found is None:
            return EMPTY
        try:
            new = change(date(int(found[1]), int(found[3]), int(found[4])))
        except (ValueError, OverflowError):
            return EMPTY
        out.append(f"{new.year:04}{new.month:02}{new.day:02}{found[5]}")
    return "\\".join(out)


def increment(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    if len(arguments) == 2:
        days = arguments[1]
    else:
        days = looked_up(state.context.lookup, read(arguments[2]), read(arguments[1])) if arguments[1] is not None else None
    shift = number(days.strip() if isinstance(days, str) else None, 10 ** 10)
    return _each(arguments[0], lambda day: day + timedelta(days=shift))


def hash_date(_state: State, arguments: Sequence[Value], _call: Call) -> Value:
    if arguments[1] is None:
        return REMOVE
    shift = -(int(md5_number(read(arguments[1]))[-4:]) % TEN_YEARS) or -1
    return _each(arguments[0], lambda day: day + timedelta(days=shift))


def modify(_state: State, arguments: Sequence[Value], _call: Call) -> Value:
    year, month, day = (number(defined(part, "a part of the date").strip(), -1) for part in arguments[1:4])

    def changed(old: date) -> date:
        """Months and days beyond their range go over into the next, as in Java's calendar."""
        months = (year if year >= 0 else old.year) * 12 + (month if month >= 0 else old.month) - 1
        return date(months // 12, months % 12 + 1, 1) + timedelta(days=(day if day >= 0 else old.day) - 1)

    return _each(arguments[0], changed)


def interval(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    base = looked_up(state.context.lookup, read(arguments[1]), read(arguments[2]))
    start = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", (base or "").strip(), re.ASCII)
    end = _DATE.fullmatch(read(arguments[0])[:10])
    if start is None or end is None:
        raise quarantine("dateinterval finds no base date for the key, or no date in the element")
    try:
        days = (date(int(end[1]), int(end[3]), int(end[4])) - date(int(start[3]), int(start[1]), int(start[2]))).days
    except ValueError:
        raise quarantine("dateinterval meets a date that does not exist") from None
    if len(arguments) == 3:
        return str(days)
    moved = _each(defined(arguments[3], "the origin date"), lambda day: day + timedelta(days=days))
    if moved == EMPTY:
        raise quarantine("the origin date of dateinterval is no date")
    return moved


E, R, T, P = Kind.ELEMENT, Kind.ROOT_ELEMENT, Kind.TEXT, Kind.PARAMETER
FUNCTIONS = (
    Scripted("date", "date(separator)", "Today's date: year, month, day.", today, 0, 1, kinds=(T,)),
    Scripted("time", "time(separator)", "The time of day: hours, minutes, seconds.", time_now, 0, 1, kinds=(T,)),
    Scripted("incrementdate", "incrementdate(element, days) or incrementdate(element, keyElement, keyType)", "The date moved by days, from "
             "the script, a parameter or the lookup table; a time after it is kept. Missing is removed; what is no whole date, or has no "
             "key in the table, becomes empty.", increment, 2, 3, kinds=(E, P), longer=(E, E, P)),
    Scripted("hashdate", "hashdate(element, keyElement)", "The date moved 1 to 3649 days back, by the hash of the key element.", hash_date, 2,
             2, kinds=(E, E)),
    Scripted("modifydate", "modifydate(element, year, month, day)", "The date with parts replaced; `*` leaves a part.", modify, 4, 4,
             kinds=(E, P, P, P)),
    Scripted("dateinterval", "dateinterval(element, keyType, keyElement[, @ORIGIN])", "Days from the base date in the lookup table "
             "(month/day/year) to the date, or the origin date moved by them. Without base date the object is quarantined.", interval, 3, 4,
             kinds=(E, T, R, P)),
)
