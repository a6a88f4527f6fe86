"""Frames of big endian files: little endian, as uncompressed frames are, unless somebody asks for what is stored."""
from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from scanhouse.access.actors import SYSTEM
from scanhouse.ingest import prearchive
from scanhouse.ingest.models import PrearchiveSession
from scanhouse.ingest.receive import enter
from scanhouse.records import bytes as stored_bytes
from tests.dicomweb.conftest import Archive
from tests.dicomweb.test_retrieve import body, parts
from tests.ingest.objects import arrival, instance

OCTETS = "application/octet-stream"
FRAME = "/dicomweb/studies/1.2.3/series/1.2.3.7/instances/1.2.3.7.1/frames/1"


@dataclass(frozen=True)
class Pixels:
    little: bytes
    big: bytes


@pytest.fixture
def pixels(archive: Archive) -> Pixels:
    """Those of an archived instance in Explicit VR Big Endian."""
    ds = Dataset(dict(dcmread(io.BytesIO(instance(series="1.2.3.7", uid="1.2.3.7.1", rows=8)))))  # without the encoding it was read in
    samples = np.arange(int(ds.Rows) * int(ds.Columns), dtype="<u2")
    pixels = Pixels(samples.tobytes(), samples.byteswap().tobytes())
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation, ds.PixelData = 16, 16, 15, 0, pixels.big
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    out = io.BytesIO()
    ds.save_as(out, little_endian=False, implicit_vr=False, enforce_file_format=True)
    assert dcmread(io.BytesIO(out.getvalue())).pixel_array.flatten().tolist() == samples.tolist()
    (key,) = enter([arrival(stored_bytes.store(), out.getvalue(), project="DEMO")], stored_bytes.store()).values()
    prearchive.archive(PrearchiveSession.objects.get(key=key), by=SYSTEM)
    return pixels


@pytest.mark.parametrize("accept", ["*/*", "multipart/related", f'multipart/related; type="{OCTETS}"',
                                    f'multipart/related; type="{OCTETS}"; transfer-syntax={ExplicitVRLittleEndian}'])
def test_a_frame_is_sent_in_little_endian(archive: Archive, pixels: Pixels, accept: str) -> None:
    assert parts(archive.owner.get(FRAME, HTTP_ACCEPT=accept)) == [pixels.little]
    assert f"transfer-syntax={ExplicitVRLittleEndian}\r\n".encode() in body(archive.owner.get(FRAME, HTTP_ACCEPT=accept))


@pytest.mark.parametrize("syntax", ["*", ExplicitVRBigEndian])
def test_who_asks_for_what_is_stored_gets_that_and_is_told_so(archive: Archive, pixels: Pixels, syntax: str) -> None:
    accept = f'multipart/related; type="{OCTETS}"; transfer-syntax={syntax}'
    assert parts(archive.owner.get(FRAME, HTTP_ACCEPT=accept)) == [pixels.big]
    assert f"transfer-syntax={ExplicitVRBigEndian}\r\n".encode() in body(archive.owner.get(FRAME, HTTP_ACCEPT=accept))
