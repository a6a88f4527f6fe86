"""From the objects of a session in the prearchive to its scans and values, and on to the archive where the project wants that."""
from __future__ import annotations

import logging
import struct
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pydicom
from django.db import transaction
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from scanhouse.dicom.identity import clean_label
from scanhouse.errors import NotFound
from scanhouse.ingest import elements, extraction
from scanhouse.ingest.file_names import Naming, choose
from scanhouse.ingest.merge import New, NewScan
from scanhouse.ingest.models import ObjectState, PrearchiveSession, Received
from scanhouse.storage.store import ObjectStore

log = logging.getLogger(__name__)

UNREADABLE = (InvalidDicomError, EOFError, ValueError, TypeError, KeyError, AttributeError, NotImplementedError, RecursionError, struct.error,
              zlib.error)  # fmt: skip
"""What pydicom raises over damaged data sets."""
HEADER_LIMIT = 16 << 20
"""Bytes of one element that are read while looking for values; longer ones are not needed for any field."""


@dataclass(frozen=True)
class Built:
    """A session as it will be: its type, its fields, its scans with their fields, and the objects that gave way to others."""

    element: str
    values: dict[str, Any]
    scans: tuple[tuple[NewScan, str, dict[str, Any]], ...]
    """Each scan with its element and fields."""
    superseded: Mapping[int, str]
    """Keys of those objects, and why."""
    objects: tuple[int, ...]
    returned: tuple[int, ...] = ()
    """Those of `objects` that had been kept aside and count again."""
    by_name: bool = False

    def new(self, session: PrearchiveSession) -> New:
        """The same as facts for a merge."""
        return New(self.element, session.subject, session.study_uid, tuple(scan for scan, _, _ in self.scans), self.by_name)


@dataclass(frozen=True)
class Settings:
    """Preferences that building follows."""

    naming: Naming = field(default_factory=Naming)
    pet_mr: str = ""


def build(session: PrearchiveSession, store: ObjectStore, settings: Settings) -> Built:
    """Work out the session from its objects. Reads one header for each series; changes nothing.

    What was kept aside is looked at again: under another template of names, all of it may have its place.
    """
    rows = list(Received.objects.filter(session=session, state__in=(ObjectState.WAITING, ObjectState.SUPERSEDED)).order_by("key"))
    series: dict[str, list[Received]] = defaultdict(list)
    for row in rows:
        series[row.series_uid].append(row)
    superseded: dict[int, str] = {}
    scans: list[tuple[NewScan, str, dict[str, Any]]] = []
    taken: set[str] = set()
    leading: Dataset | None = None
    for uid, members in sorted(series.items(), key=lambda item: _order(item[1])):
        named, aside = choose(members, settings.naming)
        superseded.update(aside)
        members = sorted(
            (row for row in members if row.key in named), key=lambda row: (row.instance_number is None, row.instance_number or 0, row.key)
        )
        header = _header(members[0], store)
        modality = members[0].modality
        element = elements.scan_element(_sop_classes(members), modality)
        identifier = _scan_id(members[0], modality, taken)
        taken.add(identifier)
        scan = NewScan(identifier, uid, modality, tuple(named[row.key] for row in members))
        scans.append((scan, element, _scan_values(header, element, members)))
        leading = leading or header
    element = elements.session_element([(element, scan.modality) for scan, element, _ in scans], pet_mr=settings.pet_mr)
    values = _session_values(session, leading, element, scans)
    current = [row for row in rows if row.key not in superseded]
    returned = tuple(row.key for row in current if row.state == ObjectState.SUPERSEDED)
    return Built(element, values, tuple(scans), superseded, tuple(row.key for row in current), returned, settings.naming.by_name)


def keep(session: PrearchiveSession, built: Built) -> None:
    """Write what was worked out into the session's row: what pages and XNAT's wire show of it before it is archived."""
    session.element = built.element
    session.doc = {
        **built.values,
        "scans/scan": [{**values, "ID": scan.id, "UID": scan.uid, "xsi:type": element} for scan, element, values in built.scans],
    }
    if built.returned:
        Received.objects.filter(key__in=built.returned).update(state=ObjectState.WAITING, reason="")
    keep_aside(built)


def keep_aside(built: Built) -> None:
    """Write into the ledger which objects gave way to others, and why. Their bytes are kept, and people see them (promise P2)."""
    for reason in sorted(set(built.superseded.values())):
        keys = [key for key, why in built.superseded.items() if why == reason]
        Received.objects.filter(key__in=keys).update(state=ObjectState.SUPERSEDED, reason=reason)


def _order(members: list[Received]) -> tuple[int, str]:
    return (members[0].series_number if members[0].series_number is not None else 1 << 31, members[0].series_uid)


def _sop_classes(members: Iterable[Received]) -> list[str]:
    return list(dict.fromkeys(row.sop_class_uid for row in members))


def _header(row: Received, store: ObjectStore) -> Dataset:
    """The header of an object; an empty one when it cannot be read to its end: the session lacks some fields then, and is archived."""
    with store.open(row.object) as file:
        try:
            return pydicom.dcmread(file, stop_before_pixels=True, force=True, defer_size=HEADER_LIMIT)
        except UNREADABLE as error:
            log.warning("The header of object %s cannot be read (%s): fields of its scan stay empty.", row.object, type(error).__name__)
            return Dataset()


def _scan_id(row: Received, modality: str, taken: set[str]) -> str:
    number = clean_label(row.text.get("SeriesNumber", "").replace("+", "_"))
    if number and number not in taken:
        return number
    k = 1
    while (candidate := f"{number or '0'}-{modality or 'OT'}{k}") in taken:
        k += 1
    return candidate


def _scan_values(header: Dataset, element: str, members: Sequence[Received]) -> dict[str, Any]:
    first = members[0]
    description = first.text.get("SeriesDescription", "")[:255]
    frames = sum(max(1, row.number_of_frames) for row in members)
    return {
        **extraction.scan_values(header, element), "modality": first.modality, "series_description": description,
        "type": description or "unknown", "quality": "usable", "frames": frames,
    }  # fmt: skip


def _session_values(session: PrearchiveSession, header: Dataset | None, element: str, scans: Sequence[Any]) -> dict[str, Any]:
    values = {} if header is None else extraction.session_values(header, element)
    values["UID"] = session.study_uid
    values["modality"] = next((scan.modality for scan, scan_type, _ in scans if scan_type.removesuffix("ScanData") in element), "") or next(
        (scan.modality for scan, _, _ in scans if scan.modality), ""
    )
    if header is not None and (comments := str(header.get("StudyComments", "")).strip()):
        values["fields/field"] = [{"name": "studyComments", "field": comments[:255]}]
    return {path: value for path, value in values.items() if value not in ("", None)}


def locked(key: int) -> PrearchiveSession:
    """The session's row, locked until the transaction ends. Raises `NotFound`."""
    assert transaction.get_connection().in_atomic_block
    found = PrearchiveSession.objects.select_for_update().filter(key=key).first()
    if found is None:
        raise NotFound("There is no such session in the prearchive. It may have been archived or deleted; look at its project.")
    return found
