"""Accession IDs, and what may be the ID or label of a thing."""
from __future__ import annotations

import re

from django.db import connection

from scanhouse.dicom.identity import clean_label
from scanhouse.storage import names

from . import preferences
from .errors import IllegalName

__all__ = [
    "check_label", "check_project_id", "check_resource_label", "check_scan_id", "clean_label", "next_experiment_id", "next_subject_id",
]

MAX_NAME = 255
_WORD = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_SCAN = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
_RESOURCE = re.compile(r"[^/\\,*?:<>|\"\x00-\x1f\x7f]+")
_RESERVED_SCANS = {"ALL", ".", ".."}


def next_subject_id() -> str:
    """An accession ID that no subject has or ever had: `XNAT_S00001`."""
    return _next("S", "records_subject_id", "records_subject")


def next_experiment_id() -> str:
    """An accession ID that no experiment or assessor has or ever had: `XNAT_E00001`."""
    return _next("E", "records_experiment_id", "records_experiment")


def site_prefix() -> str:
    """What accession IDs begin with: the site's ID without spaces, quotes and `^`, with `_` for `-`."""
    return re.sub(r"[\s'\"^]", "", preferences.get("siteId")).replace("-", "_") or "XNAT"


def _next(letter: str, sequence: str, table: str) -> str:
    prefix = site_prefix()
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT nextval(%s)", [sequence])
            candidate = f"{prefix}_{letter}{cursor.fetchone()[0]:05}"
            # The sequence never repeats itself, but IDs also come from outside: from another archive, or chosen by a client.
            cursor.execute(
                f"SELECT EXISTS (SELECT 1 FROM {table} WHERE id = %s) OR EXISTS (SELECT 1 FROM records_history WHERE thing = %s)",  # noqa: S608
                [candidate, candidate],
            )
            if not cursor.fetchone()[0]:
                return candidate


def check_label(text: str, kind: str = "label") -> str:
    """`text`, if it may be a label: letters, digits, `_` and `-`. Raises IllegalName."""
    return _checked(text, kind, _WORD, "letters, digits, _ and - only")


def check_project_id(text: str) -> str:
    """`text`, if it may be the ID of a new project: none that this site may give to a subject or experiment. Raises IllegalName."""
    if re.fullmatch(rf"{re.escape(site_prefix())}_[ES]\d+", text, re.IGNORECASE | re.ASCII):
        raise IllegalName("project ID", text, "it has the form of the accession IDs that subjects and experiments get")
    return _checked(text, "project ID", _WORD, "letters, digits, _ and - only")


def check_scan_id(text: str) -> str:
    """`text`, if it may be the ID of a scan or reconstruction. Raises IllegalName."""
    if text.upper() in _RESERVED_SCANS:
        raise IllegalName("scan ID", text, "it means something else in addresses")
    return _checked(text, "scan ID", _SCAN, "letters, digits, _, . and - only")


def check_resource_label(text: str) -> str:
    """`text`, if it may be the label of a resource: it is one folder in trees and archives. Raises IllegalName, UnsafeName."""
    names.segment(text)
    if text != text.strip():
        raise IllegalName("resource label", text, "there may be no spaces around it")
    return _checked(text, "resource label", _RESOURCE, "no slashes, commas, wildcards or control characters")


def _checked(text: str, kind: str, pattern: re.Pattern[str], rule: str) -> str:
    if not text:
        raise IllegalName(kind, text, "it is empty")
    if len(text) > MAX_NAME:
        raise IllegalName(kind, text, f"it has more than {MAX_NAME} characters")
    if not pattern.fullmatch(text):
        raise IllegalName(kind, text, rule)
    return text
