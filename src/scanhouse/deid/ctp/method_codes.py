"""De-identification Method Code Sequence, which CTP fills by a rule of its own: `113100/113107`, codes of PS3.16 CID 7050."""
from __future__ import annotations

from typing import Final

from scanhouse.deid.ctp.results import plain
from scanhouse.deid.elements import Place
from scanhouse.deid.evaluation import value_of, written
from scanhouse.deid.policy import Decision, Keep, Remove
from scanhouse.deid.program import Expression
from scanhouse.deid.record import METHOD_CODES, append_method_code
from scanhouse.deid.state import State

MEANINGS: Final = {
    "113100": "Basic Application Confidentiality Profile", "113101": "Clean Pixel Data Option",
    "113102": "Clean Recognizable Visual Features Option", "113103": "Clean Graphics Option", "113104": "Clean Structured Content Option",
    "113105": "Clean Descriptors Option", "113106": "Retain Longitudinal Temporal Information Full Dates Option",
    "113107": "Retain Longitudinal Temporal Information Modified Dates Option", "113108": "Retain Patient Characteristics Option",
    "113109": "Retain Device Identity Option", "113110": "Retain UIDs", "113111": "Retain Safe Private Option",
    "113112": "Retain Institution Identity Option",
}
MOST: Final = 100
"""Codes that one script may add."""


def record_codes(script: str, expression: Expression, state: State, why: str) -> Decision:
    """Append an item for each code to the copy; the word `reset` first clears the sequence."""
    if script in ("", "@keep()"):
        return Keep(why)
    if script == "@remove()":
        return Remove(why)
    place = Place(state.dataset, METHOD_CODES)
    for code in plain(written(value_of(expression, state), state) or "").strip().split("/")[:MOST]:
        code = code.strip()
        if code.lower() == "reset":
            state.put(place, "", vr="SQ", why=why)
        else:
            meaning = MEANINGS.get(code)
            append_method_code(state.dataset, value=code, scheme="DCM" if meaning else "UNKNOWN", meaning=meaning or "UNKNOWN")
    return Keep(why)
