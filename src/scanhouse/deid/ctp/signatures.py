"""CTP's DicomPixelAnonymizer scripts: signatures in braces, each with the regions to blank. `parse(text) -> Program`, one `Choose`."""
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from scanhouse.deid.ctp.faults import Faults
from scanhouse.deid.ctp.filters import condition_of
from scanhouse.deid.ctp.sources import Source, whole
from scanhouse.deid.errors import SyntaxFault
from scanhouse.deid.functions import Function, Value
from scanhouse.deid.program import At, Blank, Branch, Call, Choose, End, Language, Perform, Program, Region, Statement
from scanhouse.deid.state import State, Stop
from scanhouse.deid.tagpath import root

BEYOND: Final = 0x10000
"""A column or row beyond every image: Rows and Columns are 16 bit numbers. The blanker cuts at the edge."""
AT_RISK: Final = ("US", "IVUS", "XA", "RF", "SC", "ES", "OT", "XC", "GM", "SR", "DOC")
"""Modalities whose pictures often have text in them (reference 6 and 12)."""
_REGION = re.compile(r"\(([^()]*)\)")
_NUMBER = re.compile(r"\s*-?\d{1,6}\s*", re.ASCII)


def parse(text: str, *, strict: bool = False) -> Program:
    """The program. A signature that cannot be understood never matches, with a warning; an error when `strict`."""
    faults = Faults(strict=strict)
    source = whole(text, At(1, 1))
    branches = [Branch(condition_of(signature, faults), _body(regions, signature.at(0))) for signature, regions in _signatures(source, faults)]
    if not branches:
        faults.add("the script has no signature", At(1, 1), expected='{ Modality.equals("US") } (x,y,width,height)')
    otherwise: tuple[Statement, ...] = (Perform(Call(UNMATCHED)), End("no match", "no signature matches this object"))
    return Program(Language.CTP_PIXEL, (Choose(tuple(branches), otherwise, At(1, 1)),), text=text, warnings=tuple(faults.warnings))


def _body(regions: tuple[Region, ...], at: At) -> tuple[Statement, ...]:
    return (Blank(regions, at), Perform(Call(SET_BURNED_IN, at=at), at)) if regions else ()


def _signatures(source: Source, faults: Faults) -> Iterator[tuple[Source, tuple[Region, ...]]]:
    """Each expression in braces, with the regions between it and the next; other text is comment."""
    text = source.text
    opening = text.find("{")
    while opening >= 0:
        closing = _closing(text, opening + 1)
        if closing < 0:
            at = source.at(opening)
            raise SyntaxFault("this signature does not end", line=at.line, column=at.column, expected="}", remedy="Close the brace.")
        following = text.find("{", closing)
        at = source.at(opening + 1)
        regions = _regions(source, closing + 1, following if following >= 0 else len(text), faults)
        yield whole(text[opening + 1:closing], at), tuple(regions)
        opening = following


def _closing(text: str, place: int) -> int:
    quoted = False
    while place < len(text):
        if text[place] == '"':
            quoted = not quoted
        elif text[place] == "}" and not quoted:
            return place
        place += 1
    return -1


def _regions(source: Source, start: int, end: int, faults: Faults) -> Iterator[Region]:
    for found in _REGION.finditer(source.text, start, end):
        parts = found[1].split(",")
        if len(parts) != 4 or not all(_NUMBER.fullmatch(part) for part in parts):
            if re.match(r"\s*-?\d", found[1]):  # a remark in brackets is no slip of the pen
                faults.add(f"{found[0]} is no region", source.at(found.start()), expected="(x,y,width,height) in pixels",
                           remedy="Correct it; nothing is blanked by it.")
            continue
        x, y, width, height = (int(part) for part in parts)
        # CTP blanks one column and one row more than it is told (reference 6); here too, since less could leave what it hid.
        yield Region(x, y, _far(x, width), _far(y, height), wraps=x < 0 or y < 0)


def _far(near: int, size: int) -> int:
    """The edge after the last pixel; one counted from the far edge of the image that reaches it lies beyond."""
    far = near + size + 1
    return BEYOND if near < 0 <= far else far


def _set_burned_in(state: State, _arguments: Sequence[Value], _call: Call) -> Value:
    """Burned In Annotation: NO, where the stage asks for it and regions of this object were blanked."""
    if state.pixels_changed and str(state.context.config.get("setBurnedInAnnotation", "")).lower() == "yes":
        state.put(state.reach(root(0x00280301)), "NO", vr="CS", why="burned in text was blanked")
    return None


def _unmatched(state: State, _arguments: Sequence[Value], _call: Call) -> Value:
    """The site's rule `unmatched`: `quarantine` sends pictures of modalities at risk aside, `quarantine all` every object with pixels."""
    rule = str(state.context.config.get("unmatched", "")).lower()
    modality = state.read(root(0x00080060)) or ""
    pixels = any(tag in state.original._dict for tag in (0x7FE00008, 0x7FE00009, 0x7FE00010))
    if pixels and (rule == "quarantine all" or (rule == "quarantine" and modality in AT_RISK)):
        raise Stop("quarantined", "no signature matches a picture that may have text in it")
    return None


SET_BURNED_IN: Final = Function("setBurnedInAnnotation", "setBurnedInAnnotation", "Burned In Annotation is NO.", _set_burned_in)
UNMATCHED: Final = Function("unmatched", "unmatched", "What becomes of objects that no signature matches.", _unmatched)
