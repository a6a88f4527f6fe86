"""Frames of single bits are sent as packed as they are stored and as the metadata say, also where a frame begins within a byte."""
from __future__ import annotations

import io

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import DeflatedExplicitVRLittleEndian

from tests.dicomweb.conftest import Archive
from tests.dicomweb.test_middle import add
from tests.dicomweb.test_retrieve import parts
from tests.ingest.objects import instance

INSTANCE = "/dicomweb/studies/1.2.3/series/1.2.3.6/instances/1.2.3.6.1"
NATIVE = 'multipart/related; type="application/octet-stream"'


@pytest.mark.parametrize("side", [5, 8])
@pytest.mark.parametrize("accept", [NATIVE, "*/*"])
def test_bits_stay_packed(archive: Archive, side: int, accept: str) -> None:
    bits = (np.arange(3 * side * side) % 3 == 0).astype(np.uint8).reshape(3, side * side)
    stream = np.packbits(bits, bitorder="little").tobytes()
    ds = dcmread(io.BytesIO(instance(series="1.2.3.6", uid="1.2.3.6.1")))
    ds.NumberOfFrames, ds.Rows, ds.Columns, ds.BitsAllocated, ds.BitsStored, ds.HighBit = 3, side, side, 1, 1, 0
    ds.PixelData = stream + bytes(len(stream) % 2)
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    add(out.getvalue())
    for numbers in ((1, 2, 3), (2,)):
        found = parts(archive.owner.get(f"{INSTANCE}/frames/{','.join(map(str, numbers))}", HTTP_ACCEPT=accept))
        assert [len(frame) for frame in found] == [-(-side * side // 8)] * len(numbers)
        for number, frame in zip(numbers, found, strict=True):  # bits behind the last pixel mean nothing
            unpacked = np.unpackbits(np.frombuffer(frame, np.uint8), count=side * side, bitorder="little")
            assert unpacked.tolist() == bits[number - 1].tolist()


def test_a_frame_of_a_deflated_data_set_is_inflated(archive: Archive) -> None:
    ds = dcmread(io.BytesIO(instance(series="1.2.3.6", uid="1.2.3.6.1", rows=16)))
    ds.PixelData = bytes(range(256)) * 2
    ds.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    assert bytes(range(256)) not in out.getvalue()
    add(out.getvalue())
    assert parts(archive.owner.get(f"{INSTANCE}/frames/1", HTTP_ACCEPT=NATIVE)) == [ds.PixelData]
