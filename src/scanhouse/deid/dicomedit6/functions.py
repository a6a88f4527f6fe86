"""All functions of DicomEdit 6, as one table."""
from __future__ import annotations

from collections.abc import Sequence

from scanhouse.deid.dicomedit6 import editing, private, shifting, texts, uids
from scanhouse.deid.errors import RunError
from scanhouse.deid.functions import Function, Value, table
from scanhouse.deid.program import Call
from scanhouse.deid.state import State

FUNCTIONS = table(*texts.FUNCTIONS, *uids.FUNCTIONS, *shifting.FUNCTIONS, *editing.FUNCTIONS, *private.FUNCTIONS)


def unknown(name: str) -> Function:
    """Stands in for a function that nobody knows: scripts that call one only in a branch never taken run in XNAT, so they run here."""

    def body(_state: State, _arguments: Sequence[Value], _call: Call) -> Value:
        raise RunError(f"there is no function {name}", remedy="See the reference of DicomEdit 6 for those that there are.")

    return Function(name, f"{name}[?]", "Unknown.", body, 0, None, paths=True)
