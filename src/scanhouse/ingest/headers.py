"""DICOM headers of archived scans read again, on demand: what they say goes into the fields of scan and session.

What somebody wrote by hand into a field that the headers fill is replaced: that is what is asked for.
"""
from __future__ import annotations

from collections.abc import Iterator

import pydicom
from django.db import transaction
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.records import bytes as stored
from scanhouse.records import experiments, scans
from scanhouse.records.history import Why
from scanhouse.records.models import Experiment, File, Scan

from . import extraction

LONGEST_VALUE = 4096
"""Bytes of one header value that is read; longer ones are no fields."""
TRIED = 5
"""Files of a scan that are looked at until one is DICOM."""


@transaction.atomic
def read_session(session: Experiment, *, by: Actor, reason: str | Why = "") -> int:
    """Fill the fields of a session and of all its scans from their first DICOM files; says how many scans had one."""
    policy.require(by, Action.EDIT, session)
    first: Dataset | None = None
    number = 0
    for scan in sorted(session.scans.select_related("session__project"), key=scans.order):
        header = read_scan(scan, by=by, reason=reason)
        first = first or header
        number += header is not None
    if first is not None:
        values = extraction.session_values(first, session.element)
        values |= {"UID": str(first.get("StudyInstanceUID", "")), "modality": str(first.get("Modality", ""))}
        experiments.change(session, {path: value for path, value in values.items() if value not in ("", None)}, by=by, reason=reason)
    return number


@transaction.atomic
def read_scan(scan: Scan, *, by: Actor, reason: str | Why = "") -> Dataset | None:
    """Fill the fields of a scan from its first DICOM file; its type is then the series' description. None where it has no such file."""
    policy.require(by, Action.EDIT, scan)
    header = next(_headers(scan), None)
    if header is None:
        return None
    description = str(header.get("SeriesDescription", ""))[:255]
    values = {
        **extraction.scan_values(header, scan.element), "UID": str(header.get("SeriesInstanceUID", "")), "modality": str(header.get("Modality", "")),
        "series_description": description, "type": description or "unknown",
    }
    scans.change(scan, {path: value for path, value in values.items() if value not in ("", None)}, by=by, reason=reason)
    return header


def _headers(scan: Scan) -> Iterator[Dataset]:
    """Headers of the first files of a scan that are DICOM."""
    store = stored.store()
    for file in File.objects.filter(resource__scan=scan).order_by("resource", "path")[:TRIED]:
        with store.open(file.object) as source:
            try:
                yield pydicom.dcmread(source, stop_before_pixels=True, defer_size=LONGEST_VALUE)
            except InvalidDicomError:
                continue
