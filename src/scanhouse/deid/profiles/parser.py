"""From the lines of a profile script to its program: blanked regions first, then the walk through every element."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from pydicom.datadict import tag_for_keyword

from scanhouse.deid.errors import SyntaxFault
from scanhouse.deid.profiles.basic import BasicProfile
from scanhouse.deid.profiles.options import OPTIONS
from scanhouse.deid.profiles.pixel_risk import Care
from scanhouse.deid.profiles.table import EDITIONS, NEWEST
from scanhouse.deid.program import At, Blank, Branch, Choose, Compare, Element, Language, Program, Region, Statement, Text, Walk
from scanhouse.deid.tagpath import parse_pattern, root

_REGION: Final = re.compile(r"(?:([A-Za-z]{2,16})\s+)?(\d{1,6})\s*,\s*(\d{1,6})\s*,\s*(\d{1,6})\s*,\s*(\d{1,6})")
_MODALITY: Final = 0x00080060


@dataclass
class _Draft:
    edition: str = NEWEST
    options: set[str] = field(default_factory=set)
    kept: set[int] = field(default_factory=set)
    removed: set[int] = field(default_factory=set)
    safe: set[tuple[int, str, int]] = field(default_factory=set)
    care: Care = Care.CAUTIOUS
    keep_unlisted: bool = True
    statements: list[Statement] = field(default_factory=list)


def parse(text: str) -> Program:
    """The program of a profile script. Raises `SyntaxFault` with line, column, what was expected and the remedy."""
    draft, started = _Draft(), False
    for number, raw in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        line = raw.split("#", 1)[0]
        word, _, rest = line.strip().partition(" ")
        if not word:
            continue
        at = At(number, len(line) - len(line.lstrip()) + 1)
        if not started:
            if (word, rest.strip()) != ("profile", "basic"):
                raise _fault("the script does not begin with a profile", at, expected="profile basic")
            started = True
            continue
        line_of = _LINES.get(word)
        if line_of is None:
            raise _fault(f"{word!r} begins no line of a profile", at, expected=f"one of {', '.join(_LINES)}")
        line_of(draft, rest.strip(), At(number, at.column + len(word) + 1))
    if not started:
        raise _fault("the script is empty", At(1, 1), expected="profile basic")
    profile = BasicProfile(frozenset(draft.options), draft.edition, frozenset(draft.kept), frozenset(draft.removed), frozenset(draft.safe),
                           draft.care, draft.keep_unlisted)
    return Program(Language.PROFILE, (*draft.statements, Walk(profile, At(1, 1))), version=draft.edition, text=text,
                   warnings=_warnings(draft))


def _warnings(draft: _Draft) -> tuple[str, ...]:
    found = []
    if draft.care is Care.PASS:
        found.append("pixels pass: images that show a patient's name leave with it, unless somebody has looked")
    if draft.safe and "retain-safe-private" not in draft.options:
        found.append("safe lines have no effect without option retain-safe-private")
    return tuple(found)


def _edition(draft: _Draft, rest: str, at: At) -> None:
    if rest not in EDITIONS:
        raise _fault(f"edition {rest!r} of the table is not here", at, expected=f"one of {', '.join(EDITIONS)}")
    draft.edition = rest


def _option(draft: _Draft, rest: str, at: At) -> None:
    if rest not in OPTIONS:
        raise _fault(f"{rest!r} is no option of the profile", at, expected=f"one of {', '.join(OPTIONS)}")
    if rest == "clean-recognizable-visual-features":
        raise _fault("faces cannot be cleaned here", at, remedy="Deface with a tool for it, before or after, and leave this line out.")
    draft.options.add(rest)
    if {"retain-full-dates", "retain-modified-dates"} <= draft.options:
        raise _fault("full and modified dates exclude one another", at, remedy="Leave out one of the two options.")


def _keep(draft: _Draft, rest: str, at: At) -> None:
    draft.kept.add(_attribute(rest, at))


def _remove(draft: _Draft, rest: str, at: At) -> None:
    draft.removed.add(_attribute(rest, at))


def _attribute(rest: str, at: At) -> int:
    if rest.startswith("("):
        try:
            tag = parse_pattern(rest).tag
        except SyntaxFault as fault:
            raise _fault(fault.what, at, expected=fault.expected) from None
    else:
        tag = tag_for_keyword(rest)
    if tag is None:
        raise _fault(f"{rest!r} names no one attribute", at, expected="a tag such as (0008,1030), or a keyword of the standard")
    return tag


def _safe(draft: _Draft, rest: str, at: At) -> None:
    try:
        pattern = parse_pattern(rest)
        low = int(pattern.element, 16)
    except (SyntaxFault, ValueError):
        pattern, low = None, 0
    if pattern is None or pattern.creator is None or not int(pattern.group, 16) & 1:
        raise _fault(f"{rest!r} names no private attribute", at, expected="(gggg,{CREATOR}ee)")
    draft.safe.add((int(pattern.group, 16), pattern.creator, low))


def _pixels(draft: _Draft, rest: str, at: At) -> None:
    try:
        draft.care = Care(rest)
    except ValueError:
        raise _fault(f"pixels cannot be treated as {rest!r}", at, expected=f"one of {', '.join(Care)}") from None


def _unlisted(draft: _Draft, rest: str, at: At) -> None:
    if rest not in ("keep", "remove"):
        raise _fault(f"unlisted attributes cannot be treated as {rest!r}", at, expected="keep or remove")
    draft.keep_unlisted = rest == "keep"


def _blank(draft: _Draft, rest: str, at: At) -> None:
    found = _REGION.fullmatch(rest)
    if found is None:
        raise _fault(f"{rest!r} is no region", at, expected="[MODALITY] LEFT,TOP,RIGHT,BOTTOM in pixels")
    left, top, right, bottom = (int(part) for part in found.groups()[1:])
    if left >= right or top >= bottom:
        raise _fault("the region is empty", at, expected="a right edge beyond the left one, and a bottom beyond the top")
    blank = Blank((Region(left, top, right, bottom),), at)
    draft.options.add("clean-pixel-data")
    if found[1] is None:
        draft.statements.append(blank)
    else:
        same = Compare(Element(root(_MODALITY), at), "=", Text(found[1].upper(), at), at)
        draft.statements.append(Choose((Branch(same, (blank,)),), (), at))


_LINES: Final = {"edition": _edition, "option": _option, "keep": _keep, "remove": _remove, "safe": _safe, "unlisted": _unlisted,
                 "pixels": _pixels, "blank": _blank}


def _fault(what: str, at: At, *, expected: str = "", remedy: str = "") -> SyntaxFault:
    return SyntaxFault(what, line=at.line, column=at.column, expected=expected, remedy=remedy)
