"""What viewers ask of a series, made once: frame tables of its instances and its metadata as compressed DICOM JSON (design 4.7)."""
from __future__ import annotations

import gzip
from typing import Any

import orjson
from django.db import transaction

from scanhouse.dicom import json_model
from scanhouse.dicom.facts import read_facts
from scanhouse.dicom.frames import frame_table
from scanhouse.records import bytes as stored_bytes
from scanhouse.records.models import Instance, SeriesIndex

LEVEL = 6
"""Compression of metadata: written once, sent often."""


def index(experiment: str) -> None:
    """Index every series of a session that has no metadata yet."""
    for row in SeriesIndex.objects.filter(scan__session__id=experiment, metadata=None).select_related("scan"):
        index_series(row)


def index_series(row: SeriesIndex) -> bytes:
    """Make and keep the metadata of one series. Answers it, gzipped: an array with one object for each instance, in order."""
    store = stored_bytes.store()
    documents: list[dict[str, Any]] = []
    tables: list[Instance] = []
    newest = 0
    for instance in Instance.objects.filter(scan=row.scan_id).select_related("file").order_by("instance_number", "file_id"):
        newest = max(newest, instance.file_id)
        path = store.path(instance.file.object)
        documents.append(json_model.metadata(path))
        if instance.frame_table is None and _needs_table(instance):
            with path.open("rb") as file:
                instance.frame_table = frame_table(file, read_facts(path)).pack()
            tables.append(instance)
    packed = gzip.compress(orjson.dumps(documents), LEVEL, mtime=0)
    with transaction.atomic():
        Instance.objects.bulk_update(tables, ["frame_table"], batch_size=500)
        SeriesIndex.objects.filter(scan=row.scan_id).update(metadata=packed, instances=len(documents), newest=newest)
    return packed


def _needs_table(instance: Instance) -> bool:
    """Native frames of whole bytes follow from rows, columns and bits; all others have to be looked up."""
    return instance.number_of_frames > 0 and (instance.pixel_length is None or instance.pixel_offset is None or instance.number_of_frames > 1)
