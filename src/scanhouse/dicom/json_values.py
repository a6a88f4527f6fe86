"""Values of single elements in the DICOM JSON model (PS3.18 F.2.3 to F.2.7), made of raw bytes. Nothing here raises.

What is no valid number stays the text it is: PS3.18 allows a String for IS and DS, and `NaN`, `inf`, `-inf` for FL and FD.
"""
from __future__ import annotations

from array import array
from base64 import b64encode
from collections.abc import Callable
from math import isfinite
from struct import Struct

from scanhouse.dicom.charsets import NAME_DELIMITERS, TEXT_DELIMITERS, decode

Value = list[object]
Convert = Callable[[bytes, tuple[str, ...], bool], Value | None]

MAX_SAFE_INTEGER = 2**53 - 1
"""Integers above it lose digits in every JavaScript client, so IS beyond it (which PS3.5 forbids anyway) stays text."""


def strings(raw: bytes, codecs: tuple[str, ...], little: bool) -> Value | None:
    """AE, AS, CS, DA, DT, TM, UI: the default repertoire, padding on both sides without meaning."""
    text = raw.decode("latin-1").strip(" \x00")
    if not text:
        return None
    if "\\" in text:
        return [part.strip(" \x00") or None for part in text.split("\\")]
    return [text]


def texts(raw: bytes, codecs: tuple[str, ...], little: bool) -> Value | None:
    """LO, SH, UC: the data set's character set, several values."""
    text = decode(raw, codecs, TEXT_DELIMITERS).rstrip(" \x00")
    if not text:
        return None
    if "\\" in text:
        return [part.rstrip(" \x00") or None for part in text.split("\\")]
    return [text]


def single_text(raw: bytes, codecs: tuple[str, ...], little: bool) -> Value | None:
    """LT, ST, UT, UR: one value, backslashes are characters."""
    text = decode(raw, codecs, TEXT_DELIMITERS).rstrip(" \x00")
    return [text] if text else None


def names(raw: bytes, codecs: tuple[str, ...], little: bool) -> Value | None:
    """PN: component groups by name (PS3.18 F.2.2); empty ones after the last are left out."""
    text = decode(raw, codecs, NAME_DELIMITERS).rstrip(" \x00")
    if not text.strip("=\\ "):
        return None
    people: Value = []
    for part in text.split("\\"):
        groups = part.rstrip("= \x00").split("=")
        name = {"Alphabetic": groups[0]}
        if len(groups) > 1:
            name["Ideographic"] = groups[1]
            if len(groups) > 2:
                name["Phonetic"] = groups[2]
        people.append(name)
    return people


def decimals(raw: bytes, codecs: tuple[str, ...], little: bool) -> Value | None:
    """DS"""
    text = raw.decode("latin-1").strip(" \x00")
    return [_decimal(part) for part in text.split("\\")] if text else None


def integers(raw: bytes, codecs: tuple[str, ...], little: bool) -> Value | None:
    """IS"""
    text = raw.decode("latin-1").strip(" \x00")
    return [_integer(part) for part in text.split("\\")] if text else None


def tags(raw: bytes, codecs: tuple[str, ...], little: bool) -> Value | None:
    """AT: eight hexadecimal digits."""
    pairs = Struct("<HH" if little else ">HH")
    return [f"{group:04X}{element:04X}" for group, element in pairs.iter_unpack(raw[: len(raw) // 4 * 4])] or None


def binary(code: str) -> Convert:
    """US, SS, UL, SL, UV, SV, FL, FD: `code` as struct knows it. Bytes too few for a number are left out."""
    little_end, big_end, floating = Struct("<" + code), Struct(">" + code), code in "fd"
    size = little_end.size

    def convert(raw: bytes, codecs: tuple[str, ...], little: bool) -> Value | None:
        one = little_end if little else big_end
        if len(raw) == size:
            numbers: Value = list(one.unpack(raw))
        else:
            numbers = [number for (number,) in one.iter_unpack(raw[: len(raw) // size * size])]
        return ([_finite(number) for number in numbers] if floating else numbers) or None

    return convert


def inline(raw: bytes, vr: str, little: bool) -> str:
    """Base64 of a binary value in little endian order, as PS3.18 F.2.7 wants it."""
    if not little and vr in _WORDS:
        words = array(_WORDS[vr], raw[: len(raw) // array(_WORDS[vr]).itemsize * array(_WORDS[vr]).itemsize])
        words.byteswap()
        raw = words.tobytes()
    return b64encode(raw).decode("ascii")


CONVERT: dict[str, Convert] = {
    **dict.fromkeys(("AE", "AS", "CS", "DA", "DT", "TM", "UI"), strings),
    **dict.fromkeys(("LO", "SH", "UC"), texts),
    **dict.fromkeys(("LT", "ST", "UT", "UR"), single_text),
    "PN": names, "DS": decimals, "IS": integers, "AT": tags,
    "US": binary("H"), "SS": binary("h"), "UL": binary("I"), "SL": binary("i"), "UV": binary("Q"), "SV": binary("q"),
    "FL": binary("f"), "FD": binary("d"),
}  # fmt: skip
"""By VR; the binary VRs (OB and the like, UN) and SQ are not among them."""

_WORDS = {"OW": "H", "OF": "I", "OL": "I", "OD": "Q", "OV": "Q"}


def _decimal(text: str) -> object:
    text = text.strip(" \x00")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        return text
    return number if isfinite(number) and "_" not in text else text


def _integer(text: str) -> object:
    text = text.strip(" \x00")
    if not text:
        return None
    if len(text) > 20 or "_" in text:
        return text
    try:
        number = int(text)
    except ValueError:
        return text
    return number if -MAX_SAFE_INTEGER <= number <= MAX_SAFE_INTEGER else text


def _finite(number: object) -> object:
    assert isinstance(number, float)
    if isfinite(number):
        return number
    return "NaN" if number != number else "inf" if number > 0 else "-inf"
