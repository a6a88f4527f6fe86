"""Shifting dates and date-times as DICOM writes them (PS3.5 6.2: DA, DT), keeping their precision, fraction and zone."""
from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Final

from scanhouse.deid.errors import RunError

SECONDS: Final = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400, "years": 365 * 86400}
"""Units of DicomEdit; a year is 365 days."""
_DATE_TIME = re.compile(r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(\.\d{1,6})?)?)?)?)?)?([+-]\d{4})?")
_MIDDLE = (7, 15, 12, 30, 30)
"""What missing months, days, hours, minutes and seconds count as: the middle of their range."""
_FORMS = ("%Y", "%Y%m", "%Y%m%d", "%Y%m%d%H", "%Y%m%d%H%M", "%Y%m%d%H%M%S")


def duration(number: str | None, unit: str) -> timedelta:
    """A whole number of units as a duration. Raises `RunError`."""
    seconds = SECONDS.get(unit.lower())
    if seconds is None:
        raise RunError(f"{unit!r} is not a unit of time", expected=f"one of {', '.join(SECONDS)}")
    try:
        return timedelta(seconds=int((number or "").strip()) * seconds)
    except (ValueError, OverflowError):
        raise RunError("the increment is not a whole number", expected="a number such as -37") from None


def parse_date(text: str) -> date:
    """Exactly YYYYMMDD. Raises `RunError`, without repeating the value."""
    try:
        if len(text) != 8 or not text.isdecimal() or not text.isascii():
            raise ValueError
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise RunError("the value is not a date", expected="YYYYMMDD",
                       remedy="Guard the line with a condition such as ~ \"\\\\d{8}\".") from None


def shifted_date(text: str, by: timedelta) -> str:
    """The date, moved; parts of a day count from noon."""
    start = parse_date(text)
    return _moved(datetime(start.year, start.month, start.day, 12), by).strftime("%Y%m%d").zfill(8)


def shifted_date_time(text: str, by: timedelta) -> str:
    """`YYYY[MM[DD[HH[MM[SS[.f]]]]]][+ZZZZ]`, moved, with the precision, fraction and zone it had. Raises `RunError`."""
    found = _DATE_TIME.fullmatch(text)
    if found is None or not text.isascii():
        raise RunError("the value is not a date or date-time", expected="YYYYMMDDHHMMSS.ffffff+ZZZZ, from the right as little as YYYY")
    given = [int(part) for part in found.groups()[:6] if part is not None]
    whole = given + list(_MIDDLE[len(given) - 1:])
    try:
        moment = datetime(whole[0], whole[1], whole[2], whole[3], whole[4], min(whole[5], 59) if whole[5] == 60 else whole[5])
    except ValueError:
        raise RunError("the value is not a date or date-time that exists") from None
    return _moved(moment, by).strftime(_FORMS[len(given) - 1]).zfill(2 + 2 * len(given)) + (found[7] or "") + (found[8] or "")


def _moved(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        raise RunError("the shifted date lies outside the years 1 to 9999") from None
