"""The text form of values, both ways: what a script sees of an element, and the element that a script's text becomes.

Text form: values joined with one backslash, numbers in decimal (30.0 is `30`), AT as eight hex digits, padding removed.
Reading decodes bytes as they lie and converts nothing, so odd values of real objects survive untouched.
"""
from __future__ import annotations

import struct
import warnings
from typing import Any, Final, TypeAlias

from pydicom import Dataset, Sequence
from pydicom.charset import decode_bytes, python_encoding
from pydicom.config import IGNORE
from pydicom.datadict import dictionary_VR, private_dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.tag import BaseTag
from pydicom.uid import UID

from scanhouse.deid.errors import RunError

Entry: TypeAlias = DataElement | RawDataElement

ENCODED: Final = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
"""VRs whose text follows Specific Character Set (PS3.5 6.1.2.3)."""
PLAIN: Final = frozenset({"AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI", "UR"})
WHOLE: Final = frozenset({"LT", "ST", "UT", "UR"})
"""VRs in which a backslash is part of the one value."""
NUMBERS: Final = {"US": "H", "SS": "h", "UL": "L", "SL": "l", "UV": "Q", "SV": "q", "FL": "f", "FD": "d"}
BYTES: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW"})
_CHOICES: Final = {"US or SS": "US", "OB or OW": "OW", "US or OW": "OW", "US or SS or OW": "US"}
_ASCII_ESCAPE: Final = 0x1B
UNREADABLE: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError, OSError, OverflowError, NotImplementedError,
                     struct.error)
"""What pydicom raises for bytes that are not what they say."""


_TAGS: Final[dict[int, BaseTag]] = {}


def tag_of(number: int) -> BaseTag:
    """The one BaseTag of a number: a look-up by another object of equal value would compare them in Python, five times slower."""
    if type(number) is BaseTag:
        return number
    return _TAGS.get(number) or _TAGS.setdefault(number, BaseTag(number))


def entry_of(holder: Dataset, tag: int) -> Entry | None:
    """The element as it lies in the data set, or None. (pydicom's get_item converts empty ones, and fails where they are odd.)"""
    return holder._dict.get(tag_of(tag))


def text_at(holder: Dataset, tag: int) -> str:
    """The text of an element, blanks around it left out; "" where it is missing or has none."""
    entry = entry_of(holder, tag)
    return (text_of(entry, holder) or "").strip() if entry is not None else ""
_CERTAIN: Final = ENCODED | PLAIN | frozenset(NUMBERS) | BYTES | {"SQ", "AT"}
"""VRs that are what they say: neither unknown nor a choice."""


def vr_of(entry: Entry, holder: Dataset) -> str:
    """The element's VR; in implicit objects the dictionary's, UN where nobody knows.

    A public element that some system wrote as UN has the dictionary's VR (PS3.5 6.2.2 note 2), lest its text go unseen.
    """
    vr = entry.VR
    if vr in _CERTAIN:
        return str(vr)
    if vr is None or (vr == "UN" and isinstance(entry, RawDataElement) and not entry.tag >> 16 & 1):
        vr = known_vr(int(entry.tag), holder)
    return str(_choose(str(vr), holder)) if " " in vr else str(vr)


def known_vr(tag: int, holder: Dataset | None, *, creator: str | None = None, unknown: str = "UN") -> str:
    """The VR that the dictionary of the standard, or pydicom's of vendors' private elements, gives to a tag."""
    group, element = tag >> 16, tag & 0xFFFF
    if group & 1:
        if 0x10 <= element <= 0xFF:
            return "LO"
        if creator is None and holder is not None:
            creator = creator_of(tag, holder)
        if creator is None:
            return unknown
        try:
            return private_dictionary_VR(tag, creator)
        except KeyError:
            return unknown
    try:
        return _choose(dictionary_VR(tag), holder)
    except KeyError:
        return "UL" if element == 0 else unknown


def _choose(vr: str, holder: Dataset | None) -> str:
    """One VR where the dictionary leaves a choice (PS3.6): by Pixel Representation for US or SS."""
    if vr.startswith("US or SS") and holder is not None:
        signed = entry_of(holder, 0x00280103)
        if signed is not None and text_of(signed, holder) == "1":
            return "SS"
    return _CHOICES.get(vr, vr if vr != "NONE" else "UN")


def creator_of(tag: int, holder: Dataset) -> str | None:
    """The text of the private creator of an element's block, or None where it is missing (PS3.5 7.8.1)."""
    block = (tag & 0xFF00) >> 8
    if not tag >> 16 & 1 or not 0x10 <= block <= 0xFF:
        return None
    entry = entry_of(holder, tag & 0xFFFF0000 | block)
    text = None if entry is None else text_of(entry, holder)
    return text.strip() if text else None


def encodings(holder: Dataset) -> list[str]:
    """Python's names of the character sets in which the holder's text was read."""
    declared = holder.original_character_set or holder._character_set
    return [python_encoding.get(name, name) for name in ([declared] if isinstance(declared, str) else declared)]


def decoded(raw: bytes, holder: Dataset, *, names: bool = False) -> str:
    if raw.isascii() and _ASCII_ESCAPE not in raw:
        return raw.decode("ascii")
    delimiters = {0x5C, 0x0A, 0x0C, 0x0D, 0x09} | ({0x5E, 0x3D} if names else set())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return decode_bytes(raw, encodings(holder), delimiters)


def text_of(entry: Entry, holder: Dataset) -> str | None:
    """The text form, or None where there is none: sequences and bulk bytes."""
    vr = vr_of(entry, holder)
    if vr == "SQ" or vr in BYTES:
        return None
    if isinstance(entry, RawDataElement) and not isinstance(entry.value, bytes) and entry.length:
        try:
            entry = holder[entry.tag]  # not read yet: pydicom fetches it
        except UNREADABLE:
            raise RunError(f"{entry.tag} cannot be read") from None
    if not isinstance(entry, RawDataElement):
        return _text_of_value(entry.value, vr, holder)
    raw = entry.value
    if not raw:
        return ""
    if vr in NUMBERS:
        return _text_of_numbers(raw, vr, "<" if entry.is_little_endian else ">")
    if vr == "AT":
        order = "<HH" if entry.is_little_endian else ">HH"
        return "\\".join(f"{g:04X}{e:04X}" for g, e in struct.iter_unpack(order, raw[: len(raw) // 4 * 4]))
    text = decoded(raw, holder, names=vr == "PN") if vr in ENCODED or vr == "UN" else raw.decode("latin-1")
    return text.rstrip(" \0")


def _text_of_numbers(raw: bytes, vr: str, order: str) -> str:
    code = NUMBERS[vr]
    size = struct.calcsize("=" + code)
    values = struct.unpack(f"{order}{len(raw) // size}{code}", raw[: len(raw) // size * size])
    return "\\".join(_number_text(value, vr) for value in values)


def _number_text(value: Any, vr: str) -> str:  # Any: what struct and pydicom give, int or float
    if not isinstance(value, float):
        return str(value)
    if value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    if vr == "FL":
        for digits in range(6, 10):
            short = f"{value:.{digits}g}"
            if struct.pack("f", float(short)) == struct.pack("f", value):
                return short
    return repr(value)


def _text_of_value(value: Any, vr: str, holder: Dataset) -> str:  # Any: pydicom's values have no common type
    if value is None:
        return ""
    if isinstance(value, bytes):
        return decoded(value, holder).rstrip(" \0")
    if isinstance(value, list | tuple) or hasattr(value, "append"):
        return "\\".join(_text_of_value(each, vr, holder) for each in value).rstrip(" \0")
    original = getattr(value, "original_string", None)
    if isinstance(original, str):  # names that were written once hold bytes there
        return original.rstrip(" \0")
    if vr == "AT":
        return f"{int(value):08X}"
    if vr in NUMBERS or vr in ("DS", "IS"):
        return str(value).rstrip(" \0") if isinstance(value, str) else _number_text(value, vr)
    return str(value).rstrip(" \0")


def element(tag: int, vr: str, text: str) -> DataElement:
    """An element with this text, stored as it is: no check against the VR but that binary numbers are numbers in range.

    Raises `RunError` for text that a binary VR cannot hold.
    """
    at = tag_of(tag)
    if vr == "SQ":
        return DataElement(at, vr, Sequence())
    if text == "":
        return _made(at, vr, b"" if vr in BYTES or vr == "UN" else None)
    if vr in NUMBERS or vr == "AT":
        values = [_number(part, vr, at) for part in text.split("\\")]
        return _made(at, vr, values if len(values) > 1 else values[0])
    if vr == "UN":
        raw = text.encode()
        return _made(at, vr, raw + b" " * (len(raw) % 2))
    if vr in BYTES:
        raise RunError(f"{at} holds bytes ({vr}) and cannot be given a text", remedy="Delete it, or give it the empty text.")
    if vr == "PN":
        return DataElement(at, vr, text, validation_mode=IGNORE)
    parts: list[str] = [text] if vr in WHOLE else text.split("\\")
    if vr == "UI":
        parts = [UID(part, validation_mode=IGNORE) for part in parts]
    elif vr in ("DS", "IS"):
        try:
            return DataElement(at, vr, text, validation_mode=IGNORE)
        except (ValueError, TypeError, OverflowError):
            pass  # text that is no number is stored as it is, for the script said so
    return _made(at, vr, parts if len(parts) > 1 else parts[0])


_BLANK: Final = dict(DataElement(0x00100020, "LO", None).__dict__)


def _made(tag: BaseTag, vr: str, value: Any) -> DataElement:  # Any: as pydicom's values
    """An element with the value as it is: what pydicom's constructor does for a converted value, without its questions."""
    new = DataElement.__new__(DataElement)
    new.__dict__.update(_BLANK, tag=tag, VR=vr, _value=value)
    return new


def _number(text: str, vr: str, tag: BaseTag) -> int | float:
    text = text.strip()
    try:
        if vr == "AT":
            return BaseTag(int(text.strip("()").replace(",", ""), 16))
        value: int | float = float(text) if vr in ("FL", "FD") else int(text)
        struct.pack("<" + NUMBERS[vr], value)
    except (ValueError, OverflowError, struct.error):
        raise RunError(f"the value for {tag} is not a number that fits {vr}",
                       expected="eight hex digits" if vr == "AT" else "a decimal number in range") from None
    return value
