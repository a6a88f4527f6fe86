"""Attribute matching of queries (PS3.4 C.2.2.2, PS3.18 8.3.4): a key's text becomes a predicate, which says itself what it accepts.

Predicates are data: `search` compiles them to SQL, tests and small lists call `matches`.
"""
from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from scanhouse.errors import Invalid

MAX_UIDS = 10_000
"""UIDs in one list: some 640 kB of query."""

MAX_PATTERN = 1024
"""Characters of a wildcard pattern; no attribute that is matched is longer."""


class BadMatch(Invalid):
    """A key whose text is no match of its VR: a date that is none, a range upside down. `vr` says which kind was expected."""

    def __init__(self, message: str, *, vr: str) -> None:
        super().__init__(message)
        self.vr = vr


@dataclass(frozen=True, slots=True)
class Anything:
    """Universal matching: every instance, also one without the attribute."""

    def matches(self, value: str) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Exactly:
    """Single value matching; `fold`: without regard to case and accents, as PS3.4 C.2.2.2.1 allows for names."""

    text: str
    fold: bool = False

    def matches(self, value: str) -> bool:
        return any((folded(one) == folded(self.text)) if self.fold else one == self.text for one in _values(value))


@dataclass(frozen=True, slots=True)
class OneOf:
    """List of UID matching, and lists of codes (several modalities)."""

    texts: tuple[str, ...]

    def matches(self, value: str) -> bool:
        return any(one in self.texts for one in _values(value))


@dataclass(frozen=True, slots=True)
class Wildcard:
    """`*` is any characters, `?` is one; there is at least one of them in `pattern`."""

    pattern: str
    fold: bool = False

    def matches(self, value: str) -> bool:
        pattern = folded(self.pattern) if self.fold else self.pattern
        return any(_glob(pattern, folded(one) if self.fold else one) for one in _values(value))

    def like(self) -> str:
        """The pattern for SQL's LIKE with backslash as escape."""
        escaped = re.sub(r"([\\%_])", r"\\\1", folded(self.pattern) if self.fold else self.pattern)
        return re.sub(r"\*+", "%", escaped).replace("?", "_")


@dataclass(frozen=True, slots=True)
class Between:
    """Range matching of dates, times and date times. `low` and `high` are in normal form (`normal_date` and the like), both
    inclusive, "" where the range is open; compare them with values in normal form."""

    vr: str
    low: str
    high: str

    def matches(self, value: str) -> bool:
        normal = _NORMAL[self.vr](value)
        return bool(normal) and (not self.low or normal >= self.low) and (not self.high or normal <= self.high)


@dataclass(frozen=True, slots=True)
class Words:
    """Fuzzy matching of names (PS3.18 8.3.4.2): each word begins some component of the name, whatever the order, case, accents."""

    words: tuple[str, ...]

    def matches(self, value: str) -> bool:
        components = [part for part in re.split(r"[\s^=\\,.-]+", folded(value)) if part]
        return all(any(part.startswith(word) for part in components) for word in self.words)


Predicate = Anything | Exactly | OneOf | Wildcard | Between | Words


def predicate(vr: str, text: str, *, fuzzy: bool = False) -> Predicate:
    """The predicate that `text` stands for as matching key of an attribute of that VR. Raises `BadMatch`."""
    text = text.strip(" \x00")
    if vr == "UI":
        return _uids(text)
    if not text or text == "*":
        return Anything()
    if vr in _NORMAL:
        return _range(vr, text)
    if len(text) > MAX_PATTERN:
        raise BadMatch(f"The key is longer than {MAX_PATTERN} characters.", vr=vr)
    if vr == "PN":
        if fuzzy:
            return Words(tuple(word for word in re.split(r"[\s^=,*?]+", folded(text)) if word))
        return Wildcard(text, fold=True) if _WILD.search(text) else Exactly(text, fold=True)
    if vr == "CS" and re.search(r"[\\,]", text) and not _WILD.search(text):
        return OneOf(tuple(part.strip() for part in re.split(r"[\\,]", text) if part.strip()))
    if vr in _WILDCARD_VRS and _WILD.search(text):
        return Wildcard(text)
    return Exactly(text)


def folded(text: str) -> str:
    """`text` without case and accents, the form in which names are compared."""
    if text.isascii():
        return text.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def normal_date(text: str) -> str:
    """A DA value as YYYYMMDD, also of the old form YYYY.MM.DD; "" for what is no date."""
    text = text.strip(" \x00").replace(".", "")
    return text if _DATE.fullmatch(text) else ""


def normal_time(text: str) -> str:
    """A TM value as HHMMSS.ffffff, parts that are not given being zero; also of the old form HH:MM:SS. "" for what is no time."""
    return _padded_time(text, "0")


def normal_datetime(text: str) -> str:
    """A DT value as YYYYMMDDHHMMSS.ffffff without its offset from UTC; "" for what is none."""
    return _padded_datetime(_OFFSET.sub("", text.strip(" \x00")), "0")


_WILD = re.compile(r"[*?]")
_WILDCARD_VRS = frozenset(("AE", "CS", "LO", "LT", "SH", "ST", "UC", "UR", "UT"))  # PS3.4 C.2.2.2.4; PN is handled before
_DATE = re.compile(r"\d{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", re.ASCII)
_TIME = re.compile(r"(?:[01]\d|2[0-3])(?:[0-5]\d(?:[0-5]\d|60)?)?(?:(?<=\d{6})\.\d{1,6})?", re.ASCII)
# A hyphen may join two values or begin an offset from UTC, -1200 to +1400 (PS3.5 table 6.2-1, DT).
_ONE_OFFSET = r"[+-](?:0\d|1[0-4])[0-5]\d"
_OFFSET = re.compile(_ONE_OFFSET + "$", re.ASCII)
_DATETIME_RANGE = re.compile(rf"(\d+(?:\.\d+)?(?:{_ONE_OFFSET})?)?(-?)(\d+(?:\.\d+)?(?:{_ONE_OFFSET})?)?", re.ASCII)
_NORMAL = {"DA": normal_date, "TM": normal_time, "DT": normal_datetime}


def _values(value: str) -> list[str]:
    return [part.strip() for part in value.split("\\")]


def _glob(pattern: str, text: str) -> bool:
    """Whether `text` is of the pattern. Only the last star is ever tried again, so the time is at most the product of the lengths,
    where a regular expression's is exponential in the number of stars."""
    at = position = 0
    star, resume = -1, 0
    while position < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resume = at, position
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", text[position]):
            at += 1
            position += 1
        elif star >= 0:
            resume += 1
            at, position = star + 1, resume
        else:
            return False
    return not pattern[at:].strip("*")


def _uids(text: str) -> Predicate:
    uids = tuple(dict.fromkeys(part.strip() for part in re.split(r"[\\,]", text) if part.strip()))
    if len(uids) > MAX_UIDS:
        raise BadMatch(f"The list has more than {MAX_UIDS} UIDs. Ask in several queries.", vr="UI")
    if not uids or uids == ("*",):
        return Anything()
    return OneOf(uids) if len(uids) > 1 else Exactly(uids[0])


def _range(vr: str, text: str) -> Predicate:
    low, dash, high = _split_range(vr, text)
    first, last = _bound(vr, low, "0"), _bound(vr, high if dash else low, "9")
    if (low and not first) or (high and not last):
        form = {"DA": "YYYYMMDD", "TM": "HHMMSS", "DT": "YYYYMMDDHHMMSS"}[vr]
        raise BadMatch(f"The key is no value or range of VR {vr}: write {form}, or two of them joined by a hyphen.", vr=vr)
    if first and last and first > last:
        raise BadMatch("The range ends before it begins.", vr=vr)
    return Between(vr, first, last) if first or last else Anything()


def _split_range(vr: str, text: str) -> tuple[str, str, str]:
    if vr != "DT":
        return text.partition("-")
    found = _DATETIME_RANGE.fullmatch(text)
    if not found:
        return text, "", ""
    return found[1] or "", found[2], found[3] or ""


def _bound(vr: str, text: str, fill: str) -> str:
    text = text.strip()
    if not text:
        return ""
    if vr == "DA":
        return normal_date(text)
    if vr == "TM":
        return _padded_time(text, fill)
    return _padded_datetime(_OFFSET.sub("", text), fill)


def _padded_time(text: str, fill: str) -> str:
    """With `fill` 9 the last moment that the text may mean: 10 is 105959.999999."""
    text = text.strip(" \x00").replace(":", "")
    if not _TIME.fullmatch(text):
        return ""
    whole, _, fraction = text.partition(".")
    rest = "0000" if fill == "0" else "5959"
    return f"{whole}{rest[len(whole) - 2 :]}.{fraction.ljust(6, fill)}"


def _padded_datetime(text: str, fill: str) -> str:
    date, time = text[:8], text[8:]
    date += ("0101" if fill == "0" else "1231")[len(date) - 4 :] if 4 <= len(date) < 8 else ""
    time = _padded_time(time or ("00" if fill == "0" else "23"), fill)
    return date + time if _DATE.fullmatch(date) and time else ""
