"""Private attributes that hold no identity (PS3.15 table E.3.10-1), by creator and group; a site adds its own with `safe` lines."""
from __future__ import annotations

from functools import cache
from typing import Final

_US = "200D"
_ROWS: Final = f"""
Philips PET Private Group|7053|00 09
Philips MR Imaging DD 001|2005|0D 0E
Philips Imaging DD 001|2001|03 04
Philips US Imaging DD 023|{_US}|45
Philips US Imaging DD 033|{_US}|00-08 0D 0F-11 14 21
Philips US Imaging DD 034|{_US}|01-05 08-14 17 18 1B-28
Philips US Imaging DD 035|{_US}|01 03 04 07-0A 0C 0D
Philips US Imaging DD 036|{_US}|15-19 20
Philips US Imaging DD 038|{_US}|01-04
Philips US Imaging DD 039|{_US}|01-0D 15
Philips US Imaging DD 040|{_US}|01-07 20
Philips US Imaging DD 042|{_US}|15 16 20 30 31 40 50-60 70-78 8C
Philips US Imaging DD 045|{_US}|F1 F3-F6 F8 FA FB
Philips US Imaging DD 046|{_US}|17
Philips US Imaging DD 048|{_US}|01
Philips US Imaging DD 065|{_US}|07
Philips US Imaging DD 066|{_US}|00 01 03 04
SIEMENS MR HEADER|0019|0C 0D 0E 27
ELSCINT1|00E1|21
ELSCINT1|01E1|26 50
ELSCINT1|01F1|01 07 26 27
GEMS_ACQU_01|0019|23 24 27 9E
GEMS_SERS_01|0025|07
GEMS_PARM_01|0043|27 39 6F
GEMS_HELIOS_01|0045|01 02
GEMS_SENO_02|0045|06 1B 20 27 29-2B 49 58-61 64 71 72 90 A0-A2 A4 A7 A8
GEIIS PACS|0903|10 11 12
HOLOGIC, Inc.|7E01|01 02 10 11 12
HOLOGIC, Inc.|7F01|01 02 10 11 12
HOLOGIC, Inc.|0019|06-08 16 25-29 30-35 37 40-46 50-53 60-62 70 71 80 85 87 89 8A 90 97 98
LORAD Selenia|0019|06-08 16 26-29 30-35 37 40 41 50-53 60 70 71 80 90
NQHeader|0099|01 04 05 10 20 21
NQLeft|0199|01-16
NQRight|0299|01-16
"""


@cache
def safe_private() -> frozenset[tuple[int, str, int]]:
    """Group, creator and low byte of every attribute in the table."""
    found: set[tuple[int, str, int]] = set()
    for line in _ROWS.strip().splitlines():
        creator, group, elements = line.split("|")
        for element in elements.split():
            first, _, last = element.partition("-")
            found.update((int(group, 16), creator, low) for low in range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(found)
