"""Functions with memory: the lookup table and the table of running numbers."""
from __future__ import annotations

from collections.abc import Sequence

from scanhouse.deid.ctp.calls import Kind, Scripted, number, quarantine, read
from scanhouse.deid.ctp.lookup import looked_up
from scanhouse.deid.ctp.results import EMPTY, KEEP, REMOVE, marked
from scanhouse.deid.functions import Value
from scanhouse.deid.program import Call
from scanhouse.deid.regexes import compiled
from scanhouse.deid.state import State

WIDEST = 64
"""Digits of a running number."""
_WORDS = {"keep": KEEP, "remove": REMOVE, "empty": EMPTY}


def lookup(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    parts = arguments[0] if isinstance(arguments[0], list) else [arguments[0]]
    key = "|".join(read(part) for part in parts).replace("\\", "")
    action = read(arguments[2]).strip() if len(arguments) > 2 else ""
    if action == "UC":
        key = key.upper()
    value = looked_up(state.context.lookup, read(arguments[1]), key)
    if value is not None:
        return marked(value)
    if action in _WORDS:
        return _WORDS[action]
    if len(arguments) > 3:
        if action == "default":
            return marked(read(arguments[3]).strip())
        if action == "ignore" and compiled(read(arguments[3])).fullmatch(key) is not None:
            return key
    raise quarantine(f"the lookup table has no {read(arguments[1]).strip()!r} entry for this object")


def integer(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    found = state.context.integers.number(read(arguments[1]).strip(), read(arguments[0]).strip())
    return str(found).zfill(min(max(number(arguments[2], 0), 0), WIDEST) if len(arguments) > 2 else 0)


E, L, T = Kind.ELEMENT, Kind.ELEMENTS, Kind.TEXT
FUNCTIONS = (
    Scripted("lookup", "lookup(element[|element2...], keyType[, action[, argument]])", "The lookup table's value for the text. When it has "
             "none: `keep`, `remove` and `empty` do that, `default` gives the argument, `ignore` the text itself if the regular expression "
             "fits; `UC` seeks in upper case. Else the object is quarantined.", lookup, 2, 4, kinds=(L, T, T, T)),
    Scripted("integer", "integer(element, keyType[, width])", "A running number for the text, from 1 in each key type, remembered for ever; "
             "zeros in front up to the width.", integer, 2, 3, kinds=(E, T, T)),
)
