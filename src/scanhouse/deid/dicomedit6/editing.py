"""DicomEdit 6: functions that change the object, look whether something is there, or refuse the object."""
from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from scanhouse.deid.arguments import exactly, flat, path_of, paths, whole
from scanhouse.deid.elements import Place, everything
from scanhouse.deid.errors import RunError
from scanhouse.deid.functions import Function, Value
from scanhouse.deid.program import Call, Region
from scanhouse.deid.state import State, Stop
from scanhouse.deid.tagpath import Level, Step, TagPath
from scanhouse.deid.values import BYTES, vr_of

LEADING_COUNTS: Final = frozenset({"LT", "ST", "UC", "UT"})
"""VRs in which leading blanks are part of the value (PS3.5 6.2)."""
_PARAMETER = re.compile(r"\s*(\w+)\s*=\s*(-?\d{1,9})\s*")
_SIDES: Final = {"l": "left", "t": "top", "r": "right", "b": "bottom"}


def delete(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    [text] = exactly(state, arguments, 1, 1, 'delete["path"]')
    for place in reversed(state.find(_raw(text))):
        state.remove(place, why="delete")
    return None


def set_value(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    text, value = exactly(state, arguments, 2, 2, 'set["path", value]')
    if value is not None:
        state.put(state.reach(_raw(text)), value, why="set")
    return None


def _raw(text: str | None) -> TagPath:
    """A path of physical tags; an item not named is the first."""
    path = path_of(text or "")
    if path.plural:
        raise RunError(f"{path} can name several elements", expected="a path of tags and item numbers")
    steps: list[Step | Level] = [Step(step.pattern, step.item or 0) for step in path.steps[:-1] if isinstance(step, Step)]
    return TagPath((*steps, path.last))


def remove_tags(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    for path in paths(arguments):
        for place in reversed(state.find(path)):
            state.remove(place, why="removeTags")
    return None


def is_present(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    given = list(flat(arguments))
    if not given:
        raise RunError("no path is given", expected="isPresent[path, ...]")
    found = True
    for path in given:
        if not isinstance(path, TagPath):
            raise RunError("an argument is not a tag path", expected="isPresent[path, ...]")
        if path.plural:
            raise RunError(f"{path} can name several elements", expected="paths without wildcards")
        found = bool(state.find(path.first)) and found
    return "true" if found else "false"


def collect_values(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    return list(_texts_of_all(state, arguments))


def _texts_of_all(state: State, arguments: Sequence[Value]) -> list[str]:
    """Texts as they are, and the texts of all matches of paths."""
    found: list[str] = []
    for value in flat(arguments):
        if isinstance(value, TagPath):
            found += [text for place in state.find(value) if (text := place.text) is not None]
        elif value is not None:
            found.append(value)
    return found


def blank_values(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    """Every element whose whole text is one of the values becomes empty; UN only when its bytes are the value's (2.9.5)."""
    whole_values = {text.rstrip(" \0") for text in _texts_of_all(state, arguments)} - {""}
    values = {text.strip(" \0") for text in whole_values} - {""}
    if not values:
        return None
    raw_values = {text.encode() for text in values | whole_values}
    for place in list(everything(state.dataset, meta=True)):
        state.spend()
        if _is_one_of(place, values, whole_values, raw_values):
            state.empty(place, why="blankValues")
    return None


def _is_one_of(place: Place, values: set[str], whole_values: set[str], raw_values: set[bytes]) -> bool:
    """`whole_values` have the blanks in front that some VRs count as part of the value; `values` do not."""
    entry = place.entry
    if entry is None or entry.tag.element == 0:
        return False
    vr = vr_of(entry, place.holder)
    if vr == "SQ" or vr in BYTES:
        return False
    if vr == "UN":
        return entry.value in raw_values
    text = place.text or ""
    return text.rstrip(" \0") in whole_values if vr in LEADING_COUNTS else text.strip(" \0") in values


def alter_pixels(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    shape, where, fill, _value = exactly(state, arguments, 4, 4, 'alterPixels["rectangle", "l=0, t=0, r=10, b=10", "solid", "v=0"]')
    if shape != "rectangle":
        raise RunError(f"the shape {shape!r} is not known", expected='"rectangle"')
    if fill != "solid":
        raise RunError(f"the fill {fill!r} is not known", expected='"solid"')
    if not state.blank((_rectangle(where or ""),)):
        state.warnings.append("alterPixels: the rectangle lies outside the image, or the object has none")
    return None


def _rectangle(text: str) -> Region:
    sides: dict[str, int] = {}
    for part in text.split(","):
        found = _PARAMETER.fullmatch(part)
        name = found and _SIDES.get(found[1], found[1])
        if found is None or name not in _SIDES.values():
            raise RunError("the rectangle cannot be read", expected='"l=0, t=0, r=10, b=10"')
        sides[str(name)] = whole(found[2], str(name))
    if len(sides) != 4:
        raise RunError("the rectangle lacks a side", expected='"l=0, t=0, r=10, b=10"')
    return Region(sides["left"], sides["top"], sides["right"], sides["bottom"])


def reject(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    row = exactly(state, arguments, 0, 1, "reject[condition]")
    if row and row[0] == "false":
        return None
    if not state.context.ignore_rejection:
        raise Stop("rejected", "the script refuses this object")
    state.warnings.append("the script refuses this object; ignored, since it is archived already")
    return None


FUNCTIONS = (
    Function("delete", 'delete["path"]', "Removes an element named by its real tags, `(0008,1110)[0]/(0019,1001)`, private or not.",
             delete, 1, 1),
    Function("set", 'set["path", value]', "Assigns to an element named by its real tags; what is missing on the way is made.",
             set_value, 1, 2),
    Function("removeTags", "removeTags[path, ...]", "Removes elements as `-path` does, one path after the other.", remove_tags, 0, None,
             paths=True),
    Function("isPresent", "isPresent[path, ...]", "`true` if all are there, also when empty; no wildcards.", is_present, 1, None,
             paths=True),
    Function("collectValues", "collectValues[path or text, ...]", "The list of the texts, and of the texts of all elements the paths name.",
             collect_values, 0, None, paths=True),
    Function("blankValues", "blankValues[path or text, ...]", "Empties every element, at every depth, whose whole text is one of the texts "
             "or of the texts of the elements named.", blank_values, 0, None, paths=True),
    Function("alterPixels", 'alterPixels["rectangle", "l=0, t=0, r=10, b=10", "solid", "v=0"]', "Blanks a rectangle in all frames; left "
             "and top lie inside, right and bottom outside. Objects without pixels are passed over.", alter_pixels, 1, 4,
             touches_pixels=True),
    Function("reject", "reject[condition]", "Refuses the object, unless the condition is the text `false`.", reject, 0, 1),
)
