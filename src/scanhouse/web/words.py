"""Words and colours for states, sizes and times: what a page says is decided here, once."""
from __future__ import annotations

from datetime import datetime, timedelta

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


def many(count: int, one: str, more: str = "") -> str:
    """`1 scan`, `12 scans`, `1,204 images`; `more` for words that do not take an s."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"
