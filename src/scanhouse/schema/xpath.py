"""Field paths as XNAT writes them, parsed.

    xnat:mrSessionData/date
    xnat:subjectData/demographics[@xsi:type=xnat:demographicData]/age
    xnat:mrSessionData/fields/field[name=iq]/field
    xnat:mrSessionData/scans/scan[0][@xsi:type=xnat:mrScanData]/type

After a step, brackets hold a position (from 0 or 1; see `zero_based`), conditions (`name=value`, joined by `AND`), or a type. Values may
be quoted; a quoted value may hold any character but its quote, a bare one any but `]`.
"""
from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from .errors import BadPath

MAX_PATH = 2000
"""Characters of a path; the longest that the built-in types allow has about 150, the value of a condition may be a text."""
MAX_STEPS = 32

_STEP = re.compile(r"@?([A-Za-z_][A-Za-z0-9_.-]*(?::[A-Za-z_][A-Za-z0-9_.-]*)?)")
_TYPE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*:[A-Za-z_][A-Za-z0-9_]*\Z")
_CONDITION = re.compile(r"""\s*(@?[A-Za-z_][A-Za-z0-9_:./@-]*)\s*=\s*("[^"]*"|'[^']*'|[^\]]*?)\s*(?=\]|\sAND\s)""", re.IGNORECASE)
_AND = re.compile(r"\sAND\s", re.IGNORECASE)
_INDEX = re.compile(r"\s*([0-9]{1,6})\s*\]")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: a name, and which of several it means."""

    name: str
    index: int | None = None
    conditions: tuple[tuple[str, str], ...] = ()
    type: str | None = None
    """Type that the step's element is of (`[@xsi:type=...]`)."""


@dataclass(frozen=True, slots=True)
class Path:
    """A path from an element: `element` is its name as written, None for a path below an element that is understood."""

    element: str | None
    steps: tuple[Step, ...]

    @property
    def plain(self) -> str:
        """The path without brackets, as documents have it: `fields/field/field`."""
        return "/".join(step.name for step in self.steps)

    def __str__(self) -> str:
        return f"{self.element}/{self.plain}" if self.element else self.plain


@lru_cache(maxsize=4096)
def parse(text: str) -> Path:
    """The path in a text. Raises BadPath."""
    if len(text) > MAX_PATH:
        raise BadPath(text, f"it is longer than {MAX_PATH} characters")
    steps: list[Step] = []
    place = 0
    while True:
        match = _STEP.match(text, place)
        if not match:
            raise BadPath(text, f"a name is missing at character {place + 1}")
        step, place = _brackets(text, match.end(), Step(match[1]))
        steps.append(step)
        if place == len(text):
            break
        if text[place] != "/" or len(steps) == MAX_STEPS:
            raise BadPath(text, f"it makes no sense from character {place + 1}")
        place += 1
    first = steps[0]
    if _TYPE.match(first.name) and first.name != "xsi:type":
        if first != Step(first.name):
            raise BadPath(text, "the data type itself takes no brackets")
        return Path(first.name, tuple(steps[1:]))
    return Path(None, tuple(steps))


def _brackets(text: str, place: int, step: Step) -> tuple[Step, int]:
    while text.startswith("[", place):
        if match := _INDEX.match(text, place + 1):
            step, place = replace(step, index=int(match[1])), match.end()
            continue
        place += 1
        while True:
            match = _CONDITION.match(text, place)
            if not match:
                raise BadPath(text, f"the brackets at character {place} hold neither a number nor name=value")
            step, place = _with_condition(step, match[1].replace("@", ""), match[2]), match.end()
            joint = _AND.match(text, place)
            if not joint:
                break
            place = joint.end()
        place += 1
    return step, place


def _with_condition(step: Step, name: str, value: str) -> Step:
    if value[:1] in ("'", '"') and len(value) > 1:
        value = value[1:-1]
    if name == "xsi:type":
        return replace(step, type=value)
    return replace(step, conditions=(*step.conditions, (name, value)))


def steps_of(text: str) -> tuple[Step, ...]:
    """The steps of a path below an element that is understood; a data type in front is dropped. Raises BadPath."""
    return parse(text).steps


def is_path(text: str) -> bool:
    """Whether a text, as a query's key, is a path from a data type."""
    if ":" not in text or "/" not in text:
        return False
    try:
        return parse(text).element is not None
    except BadPath:
        return False


def zero_based(paths: Iterable[Path]) -> list[Path]:
    """The paths of one request with positions counted from 0. Writers count from 0 or from 1; who names no 0 in a list counts from 1."""
    paths = list(paths)
    named: dict[str, set[int]] = {}
    for path in paths:
        for place, step in enumerate(path.steps):
            if step.index is not None:
                named.setdefault(_place(path, place), set()).add(step.index)
    return [replace(path, steps=tuple(_shifted(step, named.get(_place(path, place), {0})) for place, step in enumerate(path.steps)))
            for path in paths]


def _place(path: Path, step: int) -> str:
    return "/".join(step.name for step in path.steps[:step + 1]).lower()


def _shifted(step: Step, named: set[int]) -> Step:
    return step if step.index is None or 0 in named else replace(step, index=step.index - 1)
