"""Private elements that are known to identify nobody: by group, creator and low byte, wherever their block lies.

`STANDARD` is PS3.15 table E.3.10-1 (2026a, 479 rows). `CTP` are further ones that CTP's dictionary of private elements marks to be kept;
a site can name its own.
"""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from scanhouse.deid.errors import SyntaxFault

STANDARD: Final[Mapping[str, Mapping[int, str]]] = {
    "ELSCINT1": {0x00E1: "21 50", 0x01E1: "26", 0x01F1: "01 07 26 27"},
    "GEIIS PACS": {0x0903: "10-12"},
    "GEMS_ACQU_01": {0x0019: "23 24 27 9E"},
    "GEMS_HELIOS_01": {0x0045: "01 02"},
    "GEMS_PARM_01": {0x0043: "27 39 6F"},
    "GEMS_SERS_01": {0x0025: "07"},
    "HOLOGIC, Inc.": {0x7E01: "01 02 10-12"},
    "NQHeader": {0x0099: "01 02 04 05 10 20 21"},
    "NQLeft": {0x0199: "01-16"},
    "NQRight": {0x0299: "01-16"},
    "Philips Imaging DD 001": {0x2001: "01-0C 0E-1F 21-51 53-5A 5D-6B 6D-6F 71-77 79-8C 90-94 9A 9B 9D 9F A1-A5 C0-C3 C5-C7 CA CB D0-DF E9 "
                                       "F1-F7 F9 FB-FD FF"},
    "Philips Imaging DD 002": {0x2001: "01-40 50 52 53 57 58 5A 5C-5F 63-68 6B 71-75"},
    "Philips Imaging DD 097": {0x2001: "01-08 0A 0B 0D-0F 12 17-1F 21-28 2A-32 36-3E 40-42 44-47 49-4C A1-A6 A8-AB"},
    "Philips Imaging DD 129": {0x2001: "00-09"},
    "Philips MR Imaging DD 001": {0x2005: "0D 0E"},
    "Philips PET Private Group": {0x7053: "00 09"},
    "Philips ST80i": {0x0025: "01"},
    "SIEMENS MR HEADER": {0x0019: "0C-0E 27"},
    "SIEMENS SYNGO ULTRA-SOUND TOYON DATA STREAMING": {0x7FD1: "01 09 10 11"},
    "SIEMENS Ultrasound SC2000": {0x0119: "00-09 10-13 21", 0x0129: "00 02-09 10-12 20-22 29 30", 0x0139: "01", 0x0149: "01-03",
                                  0x7FD1: "01 09 10 11"},
}

CTP: Final[Mapping[str, Mapping[int, str]]] = {
    "CTP": {0x0013: "10-13"},
    "GEMS_ACQU_01": {0x0019: "04 0F 11 12 17-1B 1E 25 26"},
}

_OWN = re.compile(r"([0-9A-Fa-f]{4})\s*\[([^\[\]]+)\]\s*([0-9A-Fa-f]{2})")


def _listed(*tables: Mapping[str, Mapping[int, str]]) -> frozenset[tuple[int, str, int]]:
    return frozenset((group, creator, low) for table in tables for creator, groups in table.items() for group, text in groups.items()
                     for part in text.split() for low in _range(part))


def _range(part: str) -> Iterator[int]:
    """`1A` or `10-1F`, in hex."""
    first, _, last = part.partition("-")
    return iter(range(int(first, 16), int(last or first, 16) + 1))


SAFE: Final = _listed(STANDARD, CTP)


def is_safe(group: int, creator: str | None, low: int, own: frozenset[tuple[int, str, int]] = frozenset()) -> bool:
    """Whether the element is listed, or among a site's own. Creators are compared exactly, without blanks around them."""
    if creator is None:
        return False
    key = (group, creator.strip(), low)
    return key in SAFE or key in own


def parse_own(text: str) -> frozenset[tuple[int, str, int]]:
    """A site's own safe elements, one `gggg[CREATOR]ee` on each line. Raises `SyntaxFault` naming the line."""
    found = set()
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.split("#", 1)[0].strip()
        if not line:
            continue
        match = _OWN.fullmatch(line)
        if match is None or not int(match[1], 16) & 1:
            raise SyntaxFault("this line names no private element", line=number, column=1, expected="gggg[CREATOR]ee, with an odd group")
        found.add((int(match[1], 16), match[2].strip(), int(match[3], 16)))
    return frozenset(found)
