"""The objects of conformance vectors: built from an element list, written as Part 10 and read back."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import pydicom
from pydicom import Dataset
from pydicom.dataelem import DataElement
from pydicom.dataset import FileMetaDataset
from pydicom.tag import BaseTag
from pydicom.uid import UID

from scanhouse.deid.elements import items_of
from scanhouse.deid.tagpath import Step, parse_path
from scanhouse.deid.values import element

EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
IMPLICIT_LITTLE = "1.2.840.10008.1.2"
_META = {0x00020001: ("OB", b"\0\1"), 0x00020002: ("UI", "1.2.840.10008.5.1.4.1.1.7"), 0x00020003: ("UI", "2.25.1"),
         0x00020010: ("UI", EXPLICIT_LITTLE), 0x00020012: ("UI", "2.25.2")}


def built(entries: Sequence[Mapping[str, Any]], pixels: Mapping[str, Any] | None) -> Dataset:  # Any: JSON
    """The input object, as read from its file."""
    dataset, meta = Dataset(), FileMetaDataset()
    for entry in entries:
        steps = [step for step in parse_path(entry["tag"]).steps if isinstance(step, Step)]
        tag = steps[-1].pattern.tag
        assert tag is not None
        holder: Dataset = meta if tag >> 16 == 2 else dataset
        for step in steps[:-1]:
            holder = _item(holder, step)
        holder._dict[BaseTag(tag)] = _element(BaseTag(tag), entry)
    for tag, (vr, value) in _META.items():
        meta._dict.setdefault(BaseTag(tag), DataElement(tag, vr, value))
    for source, target in ((0x00080016, 0x00020002), (0x00080018, 0x00020003)):
        if source in dataset:
            meta._dict[BaseTag(target)] = DataElement(target, "UI", dataset[source].value)
    if pixels:
        dataset._dict[BaseTag(0x7FE00010)] = DataElement(0x7FE00010, "OW", pixel_bytes(pixels))
    dataset.file_meta = meta
    return reread(dataset)


def _item(holder: Dataset, step: Step) -> Dataset:
    tag = BaseTag(step.pattern.tag or 0)
    if tag not in holder:
        holder._dict[tag] = DataElement(tag, "SQ", pydicom.Sequence())
    items = items_of(holder, tag)
    assert items is not None
    while len(items) <= (step.item or 0):
        items.append(Dataset())
    return items[step.item or 0]


def _element(tag: BaseTag, entry: Mapping[str, Any]) -> DataElement:
    if "hex" in entry:
        return DataElement(tag, entry["vr"], bytes.fromhex(entry["hex"]), already_converted=True)
    if "items" in entry:
        return DataElement(tag, "SQ", pydicom.Sequence([Dataset() for _ in range(entry["items"])]))
    return element(tag, entry["vr"], entry["value"])


def pixel_bytes(pixels: Mapping[str, Any], filled: Sequence[Sequence[int]] = (), value: int = 0) -> bytes:
    """Every sample the vector's constant, but `value` inside the rectangles (left, top, right, bottom), in every frame."""
    size, samples, columns = pixels["bits_allocated"] // 8, pixels["samples_per_pixel"], pixels["columns"]
    one, other = (int(n).to_bytes(size, "little") * samples for n in (pixels["fill"]["constant"], value))
    rows = []
    for y in range(int(pixels["rows"])):
        row = bytearray(one * columns)
        for left, top, right, bottom in filled:
            if top <= y < bottom:
                width = max(0, min(right, columns) - left)
                row[left * len(one):(left + width) * len(one)] = other * width
        rows.append(bytes(row))
    data = b"".join(rows) * int(pixels["frames"])
    return data + b"\0" * (len(data) % 2)


def reread(dataset: Dataset) -> Dataset:
    """The data set as a reader gets it from its Part 10 file."""
    buffer = BytesIO()
    syntax = UID(dataset.file_meta.get("TransferSyntaxUID", EXPLICIT_LITTLE))
    dataset.save_as(buffer, implicit_vr=syntax == IMPLICIT_LITTLE, little_endian=syntax != "1.2.840.10008.1.2.2")
    buffer.seek(0)
    return pydicom.dcmread(buffer, force=True)
