"""Pseudonyms and date shifts that agree over files, sites and runs: from a lookup table where a project has one, else from its key.

Without the key nobody can recompute them, and the same patient has others in another project (reference 13).
"""
from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Final

from scanhouse.deid.errors import RunError

LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""32 signs that people do not mix up."""
LONGEST_SHIFT: Final = 3650
"""Days a date may move: ten years."""


def keyed(key: bytes, purpose: str, project: str, text: str) -> bytes:
    """32 bytes that follow from the key, what they are for, the project and the text, padding left out. Raises `RunError` without a key."""
    if not key:
        raise RunError("this needs the project's key, and the run has none", remedy="Give the run a key, or a lookup table.")
    parts = [part.encode() for part in (purpose, project, text.strip(" \0"))]
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.digest(key, message, "sha256")


def pseudonym(text: str, *, key: bytes, project: str = "", kind: str = "patient", table: Mapping[str, str] | None = None,
              length: int = 10) -> str:
    """The table's entry `kind/text`, or `length` letters and digits (5 bits each) from the key."""
    known = (table or {}).get(f"{kind}/{text.strip()}")
    if known is not None:
        return known
    number = int.from_bytes(keyed(key, f"pseudonym {kind}", project, text), "big")
    return "".join(LETTERS[number >> 5 * place & 31] for place in range(length))


def days_to_shift(patient: str, *, key: bytes, project: str = "", table: Mapping[str, str] | None = None, keep_weekday: bool = False) -> int:
    """Whole days into the past for all dates of the patient: from -3650 to -1, multiples of seven when weekdays should stay.

    The table's entry `shift/patient` comes first. Raises `RunError` when that is no whole number.
    """
    known = (table or {}).get(f"shift/{patient.strip()}")
    if known is not None:
        try:
            return int(known)
        except ValueError:
            raise RunError("the lookup table's shift is not a whole number of days") from None
    step = 7 if keep_weekday else 1
    number = int.from_bytes(keyed(key, "shift", project, patient)[:8], "big")
    return -step * (1 + number % (LONGEST_SHIFT // step))
