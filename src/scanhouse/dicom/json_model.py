"""The DICOM JSON model (PS3.18 F) of an instance without its bulk, encoded straight from the bytes of its header.

It means what pydicom's `to_json_dict` means, several times faster, and where pydicom raises (numbers that are none, unknown VRs,
wrong lengths) it says what is there. Group lengths are left out, as PS3.18 F.2.2 demands.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scanhouse.dicom.header import MAX_INFLATED, UNDEFINED, inflate, is_explicit
from scanhouse.dicom.json_encoder import Metadata, Note, encode
from scanhouse.dicom.part10 import Buffer, read_meta
from scanhouse.dicom.refusals import NoSuchElement
from scanhouse.dicom.sources import mapped
from scanhouse.dicom.transfer_syntaxes import syntax

MAX_INFLATED_BULK = 256 << 20
"""Bytes inflated to find one value of a deflated data set."""

def metadata(source: Buffer | Path, *, bulk_data_uri: Callable[[str], str] | None = None) -> Metadata:
    """DICOM JSON of the file `source`: its bytes, at least up to Pixel Data, or its path.

    Pixel Data and large values carry `BulkDataURI`: what `bulk_data_uri` makes of the path to the element, which is tags and item
    numbers from 0 joined by slashes (`00420011`, `30060039/0/30060040/12/30060050`); the path itself by default. `bulk` finds the
    bytes. Raises `NotDicom`, `BadEncoding`, `Truncated`, `TooComplex`.
    """
    uri = bulk_data_uri or str
    return _encode(source, lambda path, vr, start, length: uri(path))


@dataclass(frozen=True, slots=True)
class Bulk:
    """A value that metadata name by BulkDataURI: `length` bytes at `offset` of the file; or of a deflated data set, `data` itself.

    `length` is None for encapsulated pixel data: `frames` knows its frames.
    """

    vr: str
    offset: int
    length: int | None
    data: bytes | None = None


def bulk(source: Buffer | Path, path: str) -> Bulk:
    """Where the value of the element at `path` lies, a path as `metadata` gives it. Raises `NoSuchElement`, and as `metadata` does."""
    found: list[Bulk] = []

    def note(at: str, vr: str, start: int, length: int) -> str:
        if at == path:
            found.append(Bulk(vr, start, None if length == UNDEFINED else length))
        return at

    if isinstance(source, Path):
        with mapped(source) as view:
            return bulk(view, path)
    _encode(source, note)
    if not found:
        raise NoSuchElement("The instance has no bulk data at that place. Take the BulkDataURI from its metadata.")
    meta = read_meta(source)
    if not syntax(meta.transfer_syntax_uid).deflated:
        return found[0]
    start, length = found[0].offset, found[0].length or 0
    data, _ = inflate(source, meta.dataset_offset, max(MAX_INFLATED, min(start + length, MAX_INFLATED_BULK)))
    return Bulk(found[0].vr, start, length, data[start : start + length])


def _encode(source: Buffer | Path, note: Note) -> Metadata:
    if isinstance(source, Path):
        with mapped(source) as view:
            return _encode(view, note)
    meta = read_meta(source)
    how = syntax(meta.transfer_syntax_uid)
    data, start = (inflate(source, meta.dataset_offset, MAX_INFLATED)[0], 0) if how.deflated else (source, meta.dataset_offset)
    return encode(data, start, is_explicit(data, start, how.explicit), how.little_endian, note)
