"""DicomEdit 6: functions that move dates and date-times, and the one that caps ages."""
from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from scanhouse.deid.arguments import flat, paths, texts
from scanhouse.deid.dates import duration, parse_date, shifted_date, shifted_date_time
from scanhouse.deid.elements import everything
from scanhouse.deid.errors import RunError
from scanhouse.deid.functions import Function, Value
from scanhouse.deid.program import Call
from scanhouse.deid.state import State
from scanhouse.deid.tagpath import TagPath, root
from scanhouse.deid.values import vr_of

LIMIT_DAYS: Final = 32506
"""89 years of 365.24 days: the age above which a date of birth identifies (HIPAA safe harbour)."""
STUDY_DATE, BIRTH_DATE, AGE = 0x00080020, 0x00100030, 0x00101010
_YEARS = re.compile(r"(\d{3})Y")


def shift_date(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    return _shifted(state, arguments, shifted_date, ("DA",), "days", "shiftDateByIncrement[date, n, unit]")


def shift_date_time(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    return _shifted(state, arguments, shifted_date_time, ("DA", "DT"), "seconds", "shiftDateTimeByIncrement[datetime, n, unit]")


def _shifted(state: State, arguments: Sequence[Value], shift: Callable[[str, timedelta], str], vrs: tuple[str, ...], unit: str,
             signature: str) -> Value:
    first, *rest = list(flat(arguments)) or [None]
    words = texts(state, rest)
    if not 1 <= len(words) <= 2:
        raise RunError(f"{len(words) + 1} arguments are given", expected=signature)
    by = duration(words[0], (words[1] or "") if len(words) == 2 else unit)
    if isinstance(first, TagPath):
        text = state.read(first)
        if text is None:
            return None
        _check_vr(state, first, vrs)
        return shift(text, by)
    return None if first is None else shift(first, by)


def _check_vr(state: State, path: TagPath, vrs: tuple[str, ...]) -> None:
    for place in state.find(path)[:1]:
        if place.entry is not None and vr_of(place.entry, place.holder) not in vrs:
            raise RunError(f"{path} is no date: its VR is {vr_of(place.entry, place.holder)}", expected=f"VR {' or '.join(vrs)}")


def shift_sequence(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    first, *rest = list(flat(arguments)) or [None]
    number = state.read(first) if isinstance(first, TagPath) else first
    _shift_in_place(state, paths(rest), duration(number, "seconds"), "shiftDateTimeSequenceByIncrement")
    return None


def shift_list(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    if not 2 <= len(arguments) <= 3:
        raise RunError(f"{len(arguments)} arguments are given", expected="shiftDateTimeListByIncrement[{paths}, n, unit]")
    words = texts(state, arguments[1:])
    _shift_in_place(state, paths(arguments[:1]), duration(words[0], (words[1] or "") if len(words) > 1 else "seconds"),
                    "shiftDateTimeListByIncrement")
    return None


def _shift_in_place(state: State, targets: Sequence[TagPath], by: timedelta, why: str) -> None:
    for path in targets:
        for place in state.find(path):
            entry, text = place.entry, place.text
            if entry is None or not text:
                continue
            if vr_of(entry, place.holder) not in ("DA", "DT"):
                raise RunError(f"{place.tag} is no date: its VR is {vr_of(entry, place.holder)}", expected="VR DA or DT")
            state.put(place, "\\".join(shifted_date_time(part, by) if part else "" for part in text.split("\\")), why=why)


def scale_age(state: State, _arguments: Sequence[Value], _call: Call) -> Value:
    """Cap the age at 89 years in (0010,1010) and, by moving it, in (0010,0030), at every depth (reference 2.9.3)."""
    values = [state.read(root(tag)) for tag in (STUDY_DATE, BIRTH_DATE, AGE)]
    if values[1] and not values[0]:
        return None
    over = (parse_date(values[0]) - parse_date(values[1])).days - LIMIT_DAYS if values[0] and values[1] else 0
    years = _YEARS.fullmatch(values[2] or "")
    for place in list(everything(state.dataset)):
        text = place.text if place.tag in (BIRTH_DATE, AGE) else None
        if text and place.tag == BIRTH_DATE and over > 0:
            state.put(place, shifted_date(text, timedelta(days=over)), why="older than 89 years")
        elif text is not None and place.tag == AGE and years is not None and int(years[1]) > 89:
            state.put(place, "089Y", why="older than 89 years")
    return None


FUNCTIONS = (
    Function("shiftDateByIncrement", "shiftDateByIncrement[date, n, unit]", "The date (YYYYMMDD, or the path of a DA element) moved by n "
             "days, or by another unit: seconds, minutes, hours, days, years of 365 days. Fails for an empty value.",
             shift_date, 1, 3, paths=(0,)),
    Function("shiftDateTimeByIncrement", "shiftDateTimeByIncrement[datetime, n, unit]", "The date-time (or the path of a DA or DT element) "
             "moved by n seconds, or by another unit; precision, fraction and zone stay.", shift_date_time, 1, 3, paths=(0,)),
    Function("shiftDateTimeSequenceByIncrement", 'shiftDateTimeSequenceByIncrement[n, "path", ...]', "The elements moved by n seconds, in "
             "place; empty and absent ones are passed over.", shift_sequence, 1, None, paths=True),
    Function("shiftDateTimeListByIncrement", "shiftDateTimeListByIncrement[{path, ...}, n, unit]", "The elements moved by n units, in "
             "place; empty and absent ones are passed over.", shift_list, 1, 3, paths=(0,)),
    Function("scalePatientAgeAndDobFromStudyDate", "scalePatientAgeAndDobFromStudyDate[]", "Patients above 89 years become 89: ages at "
             "every depth, and dates of birth so that they say the same at the study date.", scale_age, 0, 0),
)
