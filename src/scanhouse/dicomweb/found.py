"""What a search or retrieval finds, as values."""
from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from scanhouse.access.actors import Actor
from scanhouse.dicom.facts import read_facts
from scanhouse.dicom.frames import FrameTable, frame_table
from scanhouse.dicom.sop_classes import STORAGE, Kind
from scanhouse.dicomweb import sql
from scanhouse.errors import NotFound
from scanhouse.records import bytes as stored_bytes

MAX_INSTANCES = 100_000
"""Instances of one retrieval; more are asked for series by series."""
NO_IMAGES = tuple(uid for uid, known in STORAGE.items() if known.kind is not Kind.IMAGE)
"""Storage classes that are no images. Private and unknown ones may be."""


@dataclass(frozen=True)
class Asked:
    """What the address names: who asks, within which project, and the UIDs in it."""

    actor: Actor
    project: str | None = None
    study: str = ""
    series: str = ""
    instance: str = ""


@dataclass(frozen=True)
class Found:
    """One instance and where its bytes are."""

    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    instance_number: int | None
    rows: int | None
    columns: int | None
    bits_allocated: int | None
    number_of_frames: int
    pixel_offset: int | None
    pixel_length: int | None
    table: bytes | None
    object: str
    size: int
    study_uid: str
    series_uid: str
    attributes: dict[str, str]

    @property
    def path(self) -> Path:
        """The file with its bytes. It stays readable while it is open, whatever happens to its name."""
        return stored_bytes.store().path(self.object)

    def frames(self) -> FrameTable:
        """Its frames: looked up where they were written down, else found in the file."""
        if self.table is not None:
            return FrameTable.unpack(bytes(self.table))
        with self.path.open("rb") as file:
            return frame_table(file, read_facts(self.path))


class NothingThere(NotFound):
    """Missing, or not for this actor: both look alike."""

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no such {what}, or it may not be seen. Look at its address, and at who is signed in.")


def instance(asked: Asked) -> Found:
    """The instance at an address. Raises `NothingThere`."""
    rights = sql.rights(asked.actor, asked.project)
    rows = sql.fetch_often(sql.fill(sql.INSTANCE, rights), [
        asked.instance, asked.series, asked.study, *rights.scan_values, asked.instance, asked.series, asked.study, *rights.waiting_values,
    ])  # fmt: skip
    if not rows:
        raise NothingThere("instance")
    return _found(rows[0])


def instances(asked: Asked, *, limit: int = MAX_INSTANCES) -> list[Found]:
    """All instances of a study, series or instance, in order. Raises `NothingThere` when there are none."""
    if asked.instance:
        return [instance(asked)]
    rights = sql.rights(asked.actor, asked.project)
    archived, wanted, values = _below(asked)
    rows = sql.fetch(sql.fill(sql.INSTANCES, rights, archived=archived, wanted=wanted), [
        *rights.scan_values, *values, limit, *rights.waiting_values, *values, limit, limit, 0,
    ])  # fmt: skip
    if not rows:
        raise NothingThere("series" if asked.series else "study")
    seen: dict[str, Found] = {}
    for row in rows:  # archived ones come first; one that waits as well is the same
        seen.setdefault(row[0], _found(row))
    return list(seen.values())


def middle(asked: Asked) -> Found:
    """The middle one of those of a study or series that have pixels, images before all others. Raises `NothingThere`."""
    if asked.instance:
        return instance(asked)
    rights = sql.rights(asked.actor, asked.project)
    archived, wanted, values = _below(asked)
    rows = sql.fetch(sql.fill(sql.MIDDLE, rights, archived=archived, wanted=wanted), [
        *rights.scan_values, *values, *rights.waiting_values, *values, list(NO_IMAGES),
    ])  # fmt: skip
    if not rows:
        instances(asked, limit=1)
        raise NothingThere("picture")
    study, series, uid = rows[0]
    return instance(replace(asked, study=study, series=series, instance=uid))


def _below(asked: Asked) -> tuple[str, str, list[str]]:
    """Conditions on what is archived and what waits, for the study or series that is asked for, and the values of each."""
    if asked.series:
        return "x.study_uid = %s AND x.series_uid = %s", "r.study_uid = %s AND r.series_uid = %s", [asked.study, asked.series]
    return "x.study_uid = %s", "r.study_uid = %s", [asked.study]


def _found(row: tuple[Any, ...]) -> Found:
    attributes = row[-1]  # as text where the driver leaves JSON alone
    return Found(*(*row[:-1], orjson.loads(attributes) if isinstance(attributes, str) else attributes))
