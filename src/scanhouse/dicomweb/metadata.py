"""Metadata as DICOM JSON: of archived series ready as they were made, of everything else made when it is asked for."""
from __future__ import annotations

import gzip

import orjson

from scanhouse.dicom import json_model
from scanhouse.dicomweb import sql
from scanhouse.dicomweb.found import Asked, instance, instances
from scanhouse.ingest import series as series_index
from scanhouse.records.models import SeriesIndex


def packed(asked: Asked) -> bytes:
    """Metadata of a study, series or instance: gzipped JSON, an array of one object for each instance. Raises `NothingThere`."""
    if asked.instance:
        return gzip.compress(orjson.dumps([json_model.metadata(instance(asked).path)]), 1)
    ready = _ready(asked)
    if len(ready) == 1 and asked.series:
        return ready[0]
    if ready:
        inner = [gzip.decompress(one)[1:-1] for one in ready]
        return gzip.compress(b"[" + b",".join(part for part in inner if part) + b"]", 1)
    return gzip.compress(orjson.dumps([json_model.metadata(found.path) for found in instances(asked)]), 1)


def _ready(asked: Asked) -> list[bytes]:
    """The archived series of the address, each gzipped; made now where the job has not come to them, or files have changed since."""
    rights = sql.rights(asked.actor, asked.project)
    rows = sql.fetch_often(sql.fill(sql.SERIES_METADATA, rights), [*rights.scan_values, asked.study, asked.series, asked.series])
    return [bytes(made) if made is not None else _make(scan) for scan, made in rows]


def _make(scan: int) -> bytes:
    return series_index.index_series(SeriesIndex.objects.select_related("scan").get(scan=scan))


def unpacked(document: bytes) -> bytes:
    """Metadata as plain JSON, for clients that do not take gzip."""
    return gzip.decompress(document)
