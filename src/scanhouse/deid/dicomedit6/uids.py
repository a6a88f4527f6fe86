"""DicomEdit 6: functions that make UIDs."""
from __future__ import annotations

from collections.abc import Callable, Sequence

from scanhouse.deid.arguments import exactly, flat, paths
from scanhouse.deid.elements import Place
from scanhouse.deid.errors import RunError
from scanhouse.deid.functions import Function, Value
from scanhouse.deid.program import Call
from scanhouse.deid.state import State
from scanhouse.deid.tagpath import TagPath
from scanhouse.deid.uids import hash_uid, mapped_uid, new_uid
from scanhouse.deid.values import vr_of


def hash_one(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    [text] = exactly(state, arguments, 1, 1, "hashUID[value]")
    return None if text is None else hash_uid(text)


def fresh(state: State, _arguments: Sequence[Value], _call: Call) -> Value:
    return new_uid(state.context)


def map_one(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    text, prefix = exactly(state, arguments, 2, 2, "mapUID[value, prefix]")
    return None if text is None else mapped_uid(text, prefix or "", state.context)


def hash_list(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    _each_uid(state, paths(arguments), hash_uid, "hashUIDList")
    return None


def map_list(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    first, *rest = list(flat(arguments)) or [None]
    prefix = state.read(first) if isinstance(first, TagPath) else first
    if prefix is None:
        raise RunError("the prefix has no value", expected='mapReferencedUIDs[prefix, "path", ...]')
    _each_uid(state, paths(rest), lambda text: mapped_uid(text, prefix, state.context), "mapReferencedUIDs")
    return None


def _each_uid(state: State, targets: Sequence[TagPath], new: Callable[[str], str], why: str) -> None:
    """Every value of every element that is there and not empty, in place."""
    for path in targets:
        for place in state.find(path):
            text = place.text
            if text and not _is_creator(place):
                if place.entry is not None and vr_of(place.entry, place.holder) != "UI":
                    state.warnings.append(f"{why}: {place.tag} is no UID")
                state.put(place, "\\".join(new(part) if part else "" for part in text.split("\\")), why=why)


def _is_creator(place: Place) -> bool:
    return bool(place.tag.group & 1) and 0x10 <= place.tag.element <= 0xFF


FUNCTIONS = (
    Function("hashUID", "hashUID[value]", "A UID made of the value, always the same; whoever knows the value can compute it too. "
             "Use mapUID with a key where that matters.", hash_one, 1, 1),
    Function("hashUIDList", "hashUIDList[path, ...]", "hashUID of every value of the elements, in place; absent ones are passed over.",
             hash_list, 0, None, paths=True),
    Function("newUID", "newUID[]", "A fresh UID.", fresh, 0, 0),
    Function("mapUID", "mapUID[value, prefix]", "A UID below the prefix, the same for the same value: from the project's key if there is "
             "one, else random and remembered.", map_one, 1, 2),
    Function("mapReferencedUIDs", 'mapReferencedUIDs[prefix, "path", ...]', "mapUID of every value of the elements, in place.",
             map_list, 1, None, paths=True),
)
