import io

import pydicom
import pytest
from tests.dicom.builders import BIG, CT, EXPLICIT, IMPLICIT, explicit, implicit, instance

from scanhouse.dicom.part10 import FileMeta, meta_bytes, read_meta
from scanhouse.dicom.refusals import HeadTooShort, NotDicom

META = {"sop_class_uid": CT, "sop_instance_uid": "1.2.3.4", "transfer_syntax_uid": EXPLICIT}


def test_what_is_written_can_be_read_by_pydicom_and_by_ourselves():
    head = meta_bytes(**META, source_ae="SCANNER")
    data = head + explicit(0x00080060, "CS", "CT")

    ds = pydicom.dcmread(io.BytesIO(data))
    meta = read_meta(data)

    assert (ds.file_meta.MediaStorageSOPInstanceUID, ds.file_meta.SourceApplicationEntityTitle, ds.Modality) == ("1.2.3.4", "SCANNER", "CT")
    assert meta == FileMeta(CT, "1.2.3.4", EXPLICIT, len(head))


def test_the_group_length_is_not_believed():
    good = instance()
    at = good.index(b"UL\x04\x00") + 4

    wrong = good[:at] + b"\xf0\xff\xff\x7f" + good[at + 4 :]

    assert read_meta(wrong) == read_meta(good)


def test_a_file_without_preamble_is_read():
    data = instance()[132:]

    assert read_meta(data).sop_instance_uid == "1.2.3.4"


@pytest.mark.parametrize(
    ("first", "syntax"),
    [
        (explicit(0x00080016, "UI", CT), EXPLICIT),
        (implicit(0x00080016, CT), IMPLICIT),
        (explicit(0x00080016, "UI", CT, order=">"), BIG),
    ],
)
def test_the_encoding_of_a_bare_data_set_is_seen_in_its_first_element(first, syntax):
    meta = read_meta(first)

    assert (meta.transfer_syntax_uid, meta.dataset_offset, meta.sop_class_uid) == (syntax, 0, "")


@pytest.mark.parametrize("data", [b"", b"\x08", b"plain text, no DICOM", bytes(200), b"\x7fELF" + bytes(300), bytes(128) + b"DICM"])
def test_other_bytes_are_not_dicom(data):
    with pytest.raises(NotDicom):
        read_meta(data)


def test_a_head_that_ends_inside_the_meta_information_says_how_much_is_needed():
    with pytest.raises(HeadTooShort) as caught:
        read_meta(instance()[:200])

    assert caught.value.needed > 200
