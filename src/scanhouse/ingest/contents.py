"""What a session in the prearchive will be, file by file, before it is archived: scans, names, objects. Worked out once for each state of it."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from scanhouse.ingest import settings_of
from scanhouse.ingest.build import Settings, build
from scanhouse.ingest.models import PrearchiveSession, Received
from scanhouse.records import bytes as stored_bytes

REMEMBERED = 16
"""Sessions of one process: who looks at one asks for its scans, then its resources, then its files."""


@dataclass(frozen=True)
class Waiting:
    """A file as it will be named, and its object."""

    scan: str
    resource: str
    path: str
    object: str
    size: int
    crc32: int
    received_at: datetime


@dataclass(frozen=True)
class WaitingScan:
    id: str
    uid: str
    element: str
    series_description: str
    files: tuple[Waiting, ...]


def scans(session: PrearchiveSession) -> tuple[WaitingScan, ...]:
    """The scans of a session with their files."""
    return _scans(session.key, session.received_at, session.modified_at, settings_of.building(session.project))


@lru_cache(maxsize=REMEMBERED)
def _scans(key: int, received_at: datetime, modified_at: datetime, settings: Settings) -> tuple[WaitingScan, ...]:
    built = build(PrearchiveSession.objects.get(key=key), stored_bytes.store(), settings)
    rows = {row.key: row for row in Received.objects.filter(key__in=built.objects).only("key", "object", "size", "crc32", "received_at")}
    found = []
    for scan, element, values in built.scans:
        files = tuple(
            Waiting(scan.id, file.resource, file.path, file.object, rows[file.received].size, rows[file.received].crc32,
                    rows[file.received].received_at)
            for file in scan.files
        )  # fmt: skip
        found.append(WaitingScan(scan.id, scan.uid, element, str(values.get("series_description", "")), files))
    return tuple(found)
