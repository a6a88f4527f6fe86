"""Names that identify: UIDs (PS3.5 section 9), labels made of header values, and XNAT's file names with their hash."""
from __future__ import annotations

import re
from collections.abc import Mapping

from pydicom.datadict import keyword_dict

DEFAULT_FILE_NAME = "${StudyInstanceUID}-${SeriesNumber}-${InstanceNumber}-${HashSOPClassUIDWithSOPInstanceUID}"
"""XNAT's site preference `dicomFileNameTemplate` as it is delivered."""

MAX_UID_LENGTH = 64  # PS3.5 section 9.1
MAX_FILE_NAME_LENGTH = 200  # below the 255 bytes that file systems allow, with room for a suffix
BASE_36 = "0123456789abcdefghijklmnopqrstuvwxyz"

_UID = re.compile(r"[0-9]+(?:\.[0-9]+)*", re.ASCII)
_KEY = re.compile(r"[0-9A-Za-z]+(?:\.[0-9A-Za-z]+)*", re.ASCII)
_ILLEGAL_IN_LABEL = re.compile(r"[^A-Za-z0-9_-]")
_ILLEGAL_IN_FILE_NAME = re.compile(r"[^A-Za-z0-9_.-]")
_VARIABLE = re.compile(r"\$\{(\w+)\}", re.ASCII)
_HASH = re.compile(r"Hash(\w+)With(\w+)", re.ASCII)


def is_uid(text: str) -> bool:
    """Whether `text` can be used as a UID: digits in components joined by single dots, at most 64 characters.

    Components with leading zeros are let through, though PS3.5 section 9.1 forbids them: scanners write them, and they harm nobody.
    """
    return len(text) <= MAX_UID_LENGTH and _UID.fullmatch(text) is not None


def identifies(text: str) -> bool:
    """Whether `text` can stand where a UID identifies an object that was received: a UID, or letters and digits in its place.

    Anonymisers have written hexadecimal hashes as UIDs; such data is worth keeping, and harmless in paths and URLs.
    """
    return len(text) <= MAX_UID_LENGTH and _KEY.fullmatch(text) is not None


def clean_label(text: str) -> str:
    """`text` as a label of a subject or session: what is no letter, digit, `_` or `-` of ASCII becomes `_`, as XNAT does it.

    A text of which nothing would remain (a name in Chinese characters) becomes `_` and its hash, where XNAT would give
    underscores only and so mix people whose names are equally long. Empty stays empty.
    """
    text = text.strip(" \x00")
    label = _ILLEGAL_IN_LABEL.sub("_", text)
    if text and not label.strip("_-") and label != text:
        return "_" + base_36(java_hash(text))
    return label


def java_hash(text: str) -> int:
    """Java's `String.hashCode`, as an unsigned 32-bit number: over UTF-16 code units, h = 31 h + c."""
    result = 0
    data = text.encode("utf-16-be", "surrogatepass")
    for at in range(0, len(data), 2):
        result = (31 * result + (data[at] << 8 | data[at + 1])) & 0xFFFFFFFF
    return result


def java_list_hash(*texts: str) -> int:
    """Java's `List.hashCode` of strings, unsigned: from 1, h = 31 h + hash of each."""
    result = 1
    for text in texts:
        result = (31 * result + java_hash(text)) & 0xFFFFFFFF
    return result


def base_36(number: int) -> str:
    """A number from 0 in base 36, as Java's `Long.toString(n, 36)` writes it."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = BASE_36[digit] + digits
    return digits or "0"


def file_name(values: Mapping[str, str], template: str = DEFAULT_FILE_NAME) -> str:
    """File name that XNAT's template gives an instance: `values` are its header values by keyword, absent or "" where there is none.

    `${Keyword}` is the value, `${Hash<A>With<B>}` Java's hash of the list of two values in base 36; an absent value is written as
    `no-value-for-<Keyword>`. Leading dots are dropped, characters that do not belong into a file name become `_`, `.dcm` is added.
    """

    def value(keyword: str) -> str:
        return values.get(keyword) or f"no-value-for-{keyword}"

    def fill(match: re.Match[str]) -> str:
        pair = _HASH.fullmatch(match[1])
        return base_36(java_list_hash(value(pair[1]), value(pair[2]))) if pair else value(match[1])

    name = _ILLEGAL_IN_FILE_NAME.sub("_", _VARIABLE.sub(fill, template)).lstrip(".")
    if len(name) > MAX_FILE_NAME_LENGTH:
        name = f"{name[:MAX_FILE_NAME_LENGTH]}-{base_36(java_hash(name))}"
    return (name or "unnamed") + ".dcm"


def template_keywords(template: str) -> frozenset[str]:
    """Keywords whose values a template needs. Raises nothing: variables that are no keyword of PS3.6 are left out."""
    wanted: set[str] = set()
    for variable in _VARIABLE.findall(template):
        pair = _HASH.fullmatch(variable)
        wanted.update(pair.groups() if pair else (variable,))
    return frozenset(wanted & keyword_dict.keys())
