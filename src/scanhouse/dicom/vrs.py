"""Which VR an element has when the data set does not say: PS3.6 by pydicom's dictionaries, private ones by their creator."""
from __future__ import annotations

from functools import lru_cache

from pydicom.datadict import dictionary_VR, private_dictionary_VR

AMBIGUOUS = frozenset(("OB or OW", "US or SS", "US or OW", "US or SS or OW"))


@lru_cache(maxsize=8192)
def standard_vr(tag: int) -> str | None:
    """VR in PS3.6, which may be one of `AMBIGUOUS`; None for what is not there. Group lengths are UL (PS3.5 section 7.2)."""
    try:
        found = dictionary_VR(tag)
    except KeyError:
        return "UL" if tag & 0xFFFF == 0 else None
    return found if found != "NONE" else None


@lru_cache(maxsize=8192)
def private_vr(tag: int, creator: str) -> str | None:
    """VR of a private element of that creator in pydicom's private dictionary, None where it is unknown."""
    try:
        return private_dictionary_VR(tag, creator)
    except KeyError:
        return None


def settle(vr: str, *, signed: bool, single_entry_lut: bool = False) -> str:
    """An ambiguous VR made definite for an implicit VR data set (PS3.5 A.1): `signed` is Pixel Representation (0028,0103) = 1."""
    if vr == "US or SS":
        return "SS" if signed else "US"
    if vr == "US or OW":
        return "US" if single_entry_lut else "OW"
    return "OW" if vr in AMBIGUOUS else vr
