import pytest

from scanhouse.dicom.sop_classes import STORAGE, Kind, is_image, is_primary, name, sop_class

PREFIX = "1.2.840.10008.5.1.4.1.1."


@pytest.mark.parametrize(
    ("number", "modality", "kind", "primary"),
    [
        ("4", "MR", Kind.IMAGE, True),
        ("4.1", "MR", Kind.IMAGE, True),
        ("2", "CT", Kind.IMAGE, True),
        ("128", "PT", Kind.IMAGE, True),
        ("481.1", "RTIMAGE", Kind.IMAGE, True),
        ("7", "OT", Kind.IMAGE, False),
        ("66.4", "SEG", Kind.SEGMENTATION, False),
        ("481.3", "RTSTRUCT", Kind.RADIOTHERAPY, False),
        ("481.5", "RTPLAN", Kind.RADIOTHERAPY, False),
        ("88.33", "SR", Kind.REPORT, False),
        ("104.1", "DOC", Kind.DOCUMENT, False),
        ("11.1", "PR", Kind.PRESENTATION, False),
        ("9.1.1", "ECG", Kind.WAVEFORM, False),
        ("66", "", Kind.DATA, False),
    ],
)
def test_what_a_storage_class_is(number, modality, kind, primary):
    found = sop_class(PREFIX + number)

    assert (found.modality, found.kind, found.primary) == (modality, kind, primary)
    assert is_primary(PREFIX + number) is primary


def test_a_private_class_is_unknown_and_not_primary():
    assert sop_class("1.3.12.2.1107.5.9.1") is None
    assert not is_primary("1.3.12.2.1107.5.9.1")
    assert not is_image("1.3.12.2.1107.5.9.1")
    assert name("1.3.12.2.1107.5.9.1") == "1.3.12.2.1107.5.9.1"


def test_every_storage_class_is_there_and_services_are_not():
    assert len(STORAGE) > 170
    assert "1.2.840.10008.1.20.1" not in STORAGE
    assert "1.2.840.10008.1.3.10" not in STORAGE
    assert name(PREFIX + "4") == "MR Image Storage"
