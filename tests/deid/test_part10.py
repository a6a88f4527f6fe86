"""Objects as files: read leniently, written validly or refused."""
from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import Dataset, dcmread
from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag
from tests.deid.objects import contents, made
from tests.deid.strategies import files, paths

from scanhouse.deid.context import Context
from scanhouse.deid.engine import run
from scanhouse.deid.errors import RunError
from scanhouse.deid.languages import parse
from scanhouse.deid.part10 import by_pydicom, read, written


def test_what_is_written_reads_back_the_same():
    dataset = made(("(0008,1110)[0]/(0008,1155)", "UI", "1.2"))
    again = read(written(dataset))
    assert contents(again) == contents(dataset)
    assert written(again) == written(read(written(again)))


def test_an_object_without_file_meta_information_gets_it():
    dataset = made()
    bare = BytesIO()
    dataset.file_meta.clear()
    dataset.save_as(bare, implicit_vr=True, little_endian=True)
    meta = dcmread(BytesIO(written(read(bare.getvalue()[132:] if bare.getvalue()[128:132] == b"DICM" else bare.getvalue())))).file_meta
    assert meta.TransferSyntaxUID == "1.2.840.10008.1.2"
    assert meta.MediaStorageSOPInstanceUID == "1.2.3.4.5"


@pytest.mark.parametrize("data", [b"", b"not DICOM", bytes(200), bytes(128) + b"DICM", bytes(128) + b"DICM" + b"\2\0\1\0OB\0\0\xff\xff\xff\xff"])
def test_what_is_no_dicom_is_refused(data):
    with pytest.raises(RunError):
        written(read(data))


def test_an_object_without_an_identity_is_refused():
    dataset = made()
    del dataset.SOPInstanceUID, dataset.file_meta.MediaStorageSOPInstanceUID
    with pytest.raises(RunError, match="no SOP Instance UID"):
        written(dataset)


def test_an_object_that_cannot_be_written_is_refused():
    dataset = made()
    dataset._dict[BaseTag(0x00100020)] = RawDataElement(BaseTag(0x00100020), "LONG", 2, b"ab", 0, False, True)
    with pytest.raises(RunError, match="cannot be written"):
        written(dataset)


def test_short_text_of_undefined_length_is_mended():
    dataset = made()
    dataset._dict[BaseTag(0x00100020)] = RawDataElement(BaseTag(0x00100020), "LO", 0xFFFFFFFF, b"ab", 0, False, True)
    assert read(written(dataset)).PatientID == "ab"


def test_a_data_set_of_memory_alone_is_written():
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    assert read(written(dataset)).SOPInstanceUID == "1.2.3"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(), paths(), paths(), st.sampled_from(["plain", "Größe", "ÄÖ 山"]), st.booleans())
def test_our_own_writer_writes_what_pydicom_writes(dataset, removed, changed, text, implicit):
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2" if implicit else "1.2.840.10008.1.2.1"
    try:
        after = run(parse(f'version "6.7"\n-{removed}\n{changed} ?= "{text}"'), read(by_pydicom_of(dataset)), Context()).dataset
    except RunError as error:
        assert "can hold only ASCII" in str(error)
        return
    assert written(after) == by_pydicom(after)


@pytest.mark.parametrize("length", [0, 1, 2, 5])
def test_pixel_data_of_odd_length_is_padded_by_both(length):
    dataset = made()
    dataset._dict[BaseTag(0x7FE00010)] = RawDataElement(BaseTag(0x7FE00010), "OW", length, bytes(length), 0, False, True)
    data = written(dataset)
    assert data == by_pydicom(dataset)
    assert len(read(data).PixelData or b"") == length + length % 2


def by_pydicom_of(dataset) -> bytes:
    written(dataset)  # completes its file meta information
    return by_pydicom(dataset)
