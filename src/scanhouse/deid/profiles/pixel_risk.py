"""Which objects are likely to show text in their pixels (reference 12): sent aside, unless the script says otherwise or blanked them."""
from __future__ import annotations

from enum import StrEnum
from typing import Final

from scanhouse.deid.profiles.run import BURNED_IN, run_of
from scanhouse.deid.state import State, Stop
from scanhouse.deid.values import text_at

_STORAGE: Final = "1.2.840.10008.5.1.4.1.1."
RISKY: Final = {
    _STORAGE + "7": "secondary capture", _STORAGE + "7.1": "secondary capture", _STORAGE + "7.2": "secondary capture",
    _STORAGE + "7.3": "secondary capture", _STORAGE + "7.4": "secondary capture", _STORAGE + "6.1": "ultrasound", _STORAGE + "6": "ultrasound",
    _STORAGE + "3": "ultrasound", _STORAGE + "3.1": "ultrasound", _STORAGE + "12.1": "angiography", _STORAGE + "12.2": "fluoroscopy",
    _STORAGE + "77.1.1": "endoscopy", _STORAGE + "77.1.1.1": "endoscopy video", _STORAGE + "77.1.2.1": "microscopy video",
    _STORAGE + "77.1.4": "photograph", _STORAGE + "77.1.4.1": "photography video",
}
"""SOP classes whose images show text always or often, whatever Burned In Annotation says."""


class Care(StrEnum):
    """What a script may say after `pixels`."""

    CAUTIOUS = "cautious"
    """Send aside what is said to show text, and whole classes that often do."""
    DECLARED = "declared"
    """Send aside only what is said to show text."""
    PASS = "pass"  # noqa: S105  # a word of the script, no secret
    """Somebody else has looked."""


def judge(state: State, care: Care, *, clean_asked: bool) -> None:
    """Stop the run for an object whose pixels may identify and were not blanked."""
    run = run_of(state)
    if care is Care.PASS or state.pixels_changed or not run.has_pixels:
        return
    if text_at(state.original, BURNED_IN) == "YES":
        raise Stop("quarantined", "its header says that its pixels show text; blank it, or say `pixels pass` when it has been looked at")
    kind = RISKY.get(run.sop_class)
    if kind and (care is Care.CAUTIOUS or clean_asked):
        raise Stop("quarantined", f"an image of this kind ({kind}) often shows text in its pixels; blank it, or say `pixels declared`")
