"""What stands for the patient: a pseudonym that shows by whose key it was made, and how far this patient's dates move."""
from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Final

from scanhouse.deid.context import Context
from scanhouse.deid.dates import shifted_date, shifted_date_time
from scanhouse.deid.errors import RunError
from scanhouse.deid.pseudonyms import LETTERS, days_to_shift, keyed, pseudonym

LENGTH: Final = 10
CHECK: Final = 4
"""Letters of a pseudonym, and of the check behind them that tells it from an identifier of a hospital."""


def patient_pseudonym(text: str, context: Context) -> str | None:
    """The table's entry `patient/ID`, or letters and digits from the key; None when the run has neither.

    A pseudonym of this project comes back as it is.
    """
    text = text.strip(" \0")
    if is_pseudonym(text, context):
        return text
    known = (context.lookup or {}).get(f"patient/{text}")
    if known is not None:
        return known
    if not context.key:
        return None
    made = pseudonym(text, key=context.key, project=context.project, length=LENGTH)
    return made + _check(made, context)


def is_pseudonym(text: str, context: Context) -> bool:
    """Whether the text is a pseudonym of this project."""
    if any(value == text for name, value in (context.lookup or {}).items() if name.startswith("patient/")):
        return True
    return len(text) == LENGTH + CHECK and bool(context.key) and hmac.compare_digest(
        text[LENGTH:].encode(), _check(text[:LENGTH], context).encode())


def _check(made: str, context: Context) -> str:
    number = int.from_bytes(keyed(context.key, "pseudonym check", context.project, made)[:4], "big")
    return "".join(LETTERS[number >> 5 * place & 31] for place in range(CHECK))


def shift_of(patient: str, context: Context) -> timedelta:
    """How far the dates of the patient move, always into the past. Raises `RunError` when the run has neither key nor table."""
    weekday = context.config.get("keepWeekday", "").lower() in ("yes", "true")
    return timedelta(days=days_to_shift(patient, key=context.key, project=context.project, table=context.lookup, keep_weekday=weekday))


def seal(sop_instance: str, context: Context) -> str:
    """A mark that the dates of this very object were moved, which only this project makes: they must not be moved again."""
    if context.key:
        mark = keyed(context.key, "dates moved", context.project, sop_instance)
    else:
        mark = hashlib.sha256(f"dates moved {context.project} {sop_instance}".encode()).digest()
    return f"dates moved {mark.hex()[:16]}"


def shifted(text: str, vr: str, by: timedelta) -> str | None:
    """Dates and date-times moved, times as they are; None when the text is no date, so that it must not stay."""
    if vr not in ("DA", "DT"):
        return text
    move = shifted_date if vr == "DA" else shifted_date_time
    try:
        return "\\".join(move(each.strip(), by) if each.strip() else "" for each in text.split("\\"))
    except RunError:
        return None


def capped(age: str) -> str:
    """Ages above 89 as 90: so few people are older that the number alone may name them (45 CFR 164.514 (b)(2)(i)(C))."""
    return "090Y" if age[-1:] == "Y" and age[:-1].isdecimal() and int(age[:-1]) > 89 else age
