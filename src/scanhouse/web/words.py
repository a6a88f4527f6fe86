"""Words and colours for states, sizes and times: what a page says is decided here, once."""
from __future__ import annotations

from datetime import datetime, timedelta

from scanhouse.records.types import REGISTRY

STATES = {
    "RECEIVING": ("Receiving", "busy"),
    "BUILDING": ("Reading", "busy"),
    "READY": ("Ready to archive", "info"),
    "QUEUED": ("Queued", "busy"),
    "ARCHIVING": ("Archiving", "busy"),
    "MOVING": ("Moving", "busy"),
    "DELETING": ("Deleting", "busy"),
    "CONFLICT": ("Conflict", "warn"),
    "ERROR": ("Needs attention", "bad"),
    "ARCHIVED": ("Archived", "good"),
    "DELETED": ("Deleted", ""),
    "REJECTED": ("Rejected", "bad"),
}
"""State of a session on its way in: what it is called, and the kind of its badge."""

ADVICE = {
    "RECEIVING": "Files are still coming. A few seconds after the last one the session is read.",
    "BUILDING": "The headers are read to find its scans.",
    "READY": "Look at what has arrived, then archive it.",
    "ARCHIVING": "Its files go into the archive.",
    "MOVING": "It goes to another project.",
    "DELETING": "It is being deleted.",
    "CONFLICT": "Replace what is archived if these are the corrected images; delete these if what is archived is right.",
    "ERROR": "Put right what is said above, then have it read again; or delete it and send it anew.",
}
"""What a person can do about a session in a state, or what to wait for."""

SEXES = {"m": "Male", "f": "Female", "male": "Male", "female": "Female", "other": "Other", "unknown": ""}

MODALITIES = {"pet": "PET", "petmr": "PET/MR", "otherDicom": "", "rt": "RT", "xa3D": "XA", "dx3DCraniofacial": "DX"}
"""Stem of a session's type to what its badge says, where that is not the stem in capitals."""

QUALITIES = {"usable": "good", "questionable": "warn", "unusable": "bad"}

ACCESS = {
    "private": ("Private", "lock", "Only its members know that it exists."),
    "protected": ("Protected", "shield", "Everybody sees its description; only members see its data."),
    "public": ("Public", "globe", "Everybody who can reach this site sees its data."),
}
"""Accessibility of a project: name, icon, and what it means to a person."""

UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def state(name: str) -> tuple[str, str]:
    """Word and badge kind of a state; an unknown one keeps its own name."""
    return STATES.get(name.upper(), (name.replace("_", " ").capitalize(), ""))


def modality(element: str, said: str = "") -> str:
    """What kind of images a session or scan is of: by its type (`xnat:mrSessionData`: MR), else what it says itself."""
    stem = element.rpartition(":")[2].removesuffix("SessionData").removesuffix("ScanData")
    if stem.endswith("Data"):  # no images: a clinical assessment, a list of values
        return said
    return MODALITIES.get(stem, stem.upper()) or said or "OT"


def kind(element: str) -> str:
    """A type in words: `xnat:mrSessionData` is an `MR session`."""
    singular = REGISTRY.element(element).singular
    return singular.removesuffix(" Session") + " session" if singular.endswith(" Session") else singular


def size(count: int | None) -> str:
    """Bytes for people, in powers of 1000 as disks are sold: 1234567 is `1.2 MB`."""
    value = float(count or 0)
    for unit in UNITS:
        if value < 999.5 or unit == UNITS[-1]:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 99.95 else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("the last unit always answers")


def ago(moment: datetime, now: datetime) -> str:
    """How long ago `moment` was, as a person would say it; a date when that is clearer."""
    passed = now - moment
    if passed < timedelta(seconds=60):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{int(passed.total_seconds() // 60)} min ago"
    if passed < timedelta(hours=24):
        return f"{int(passed.total_seconds() // 3600)} h ago"
    if passed < timedelta(days=7):
        days = passed.days
        return "yesterday" if days == 1 else f"{days} days ago"
    return f"{moment.day} {moment:%b %Y}" if moment.year != now.year else f"{moment.day} {moment:%b}"


def bounded(count: int, enough: int) -> str:
    """A count that was not carried on for ever: `1,204`, or `10,000+`."""
    return f"{enough:,}+" if count > enough else f"{count:,}"


def many(count: int, one: str, more: str = "") -> str:
    """`1 scan`, `12 scans`, `1,204 images`; `more` for words that do not take an s."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"
