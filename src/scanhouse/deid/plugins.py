"""Functions of a site's own, as Python entry points of the group `scanhouse.deid.functions`; each names a `Function`.

They are used only where a caller asks for them and hands them to `parse`.
"""
from __future__ import annotations

from importlib.metadata import entry_points

from scanhouse.deid.errors import ScriptError
from scanhouse.deid.functions import Function

GROUP = "scanhouse.deid.functions"


def installed() -> dict[str, Function]:
    """The functions that installed packages offer, by name. Raises `ScriptError` for an entry point that names something else."""
    found: dict[str, Function] = {}
    for entry in entry_points(group=GROUP):
        function = entry.load()
        if not isinstance(function, Function):
            raise ScriptError(f"the entry point {entry.name} of {GROUP} names no Function")
        found[function.name] = function
    return found
