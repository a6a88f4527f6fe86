import pytest
from pydicom.uid import AllTransferSyntaxes

from scanhouse.dicom.transfer_syntaxes import by_media_type, media_type, syntax

JPEG = "1.2.840.10008.1.2.4."


@pytest.mark.parametrize("uid", AllTransferSyntaxes)
def test_encodings_are_those_pydicom_knows(uid):
    mine = syntax(str(uid))

    assert (mine.explicit, mine.little_endian, mine.deflated) == (not uid.is_implicit_VR, uid.is_little_endian, uid.is_deflated)
    assert mine.encapsulated == uid.is_encapsulated


@pytest.mark.parametrize(
    ("uid", "media"),
    [
        ("1.2.840.10008.1.2", "application/octet-stream"),
        ("1.2.840.10008.1.2.1.99", "application/octet-stream"),
        (JPEG + "50", "image/jpeg"),
        (JPEG + "70", "image/jpeg"),
        (JPEG + "80", "image/jls"),
        (JPEG + "91", "image/jp2"),
        (JPEG + "201", "image/jphc"),
        (JPEG + "112", "image/jxl"),
        (JPEG + "102", "video/mp4"),
        ("1.2.840.10008.1.2.5", "image/dicom-rle"),
        ("1.2.3.4.5", "application/octet-stream"),
    ],
)
def test_frames_have_the_media_type_of_their_transfer_syntax(uid, media):
    assert media_type(uid) == media


def test_a_media_type_alone_stands_for_its_default_syntax():
    """PS3.18 table 8.7.3-2"""
    assert by_media_type("image/JPEG") == JPEG + "70"
    assert by_media_type("image/jls") == JPEG + "80"
    assert by_media_type("text/html") is None


def test_an_unknown_syntax_is_taken_as_explicit_little_endian():
    assert (syntax("1.2.3.4").explicit, syntax("1.2.3.4").little_endian, syntax("1.2.3.4").name) == (True, True, "1.2.3.4")
