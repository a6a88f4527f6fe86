import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.charset import convert_encodings, decode_bytes

from scanhouse.dicom.charsets import NAME_DELIMITERS, TEXT_DELIMITERS, decode, encodings


@pytest.mark.parametrize(
    ("charset", "codecs"),
    [
        (b"", ("iso8859",)),
        (b"ISO_IR 100 ", ("latin_1",)),
        (b"ISO_IR 192", ("UTF8",)),
        (b"ISO-IR 192", ("UTF8",)),
        (b"ISO IR 192", ("UTF8",)),
        (b"\\ISO 2022 IR 87", ("iso8859", "iso2022_jp")),
        (b"ISO 2022 IR 13\\ISO-2022-IR 87", ("shift_jis", "iso2022_jp")),
        (b"GB18030\\ISO 2022 IR 58", ("GB18030",)),
        (b"ISO 2022 IR 6\\GB18030", ("iso8859",)),
        (b"zip_codec", ("iso8859",)),
        (b"\xff\xfe", ("iso8859",)),
    ],
)
def test_character_sets_are_known_by_their_terms_and_usual_misspellings(charset, codecs):
    assert encodings(charset) == codecs


@pytest.mark.parametrize(
    ("charset", "raw", "text"),
    [
        ("\\ISO 2022 IR 149", b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7", "Hong^Gildong=洪^吉洞"),
        ("\\ISO 2022 IR 149", b"\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf", "홍^길동"),
        ("ISO 2022 IR 13\\ISO 2022 IR 87", b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3", "ﾔﾏﾀﾞ^ﾀﾛｳ"),
        ("ISO_IR 192", "Wang^XiaoDong=王^小東".encode(), "Wang^XiaoDong=王^小東"),
        ("GB18030", "Wang^XiaoDong=王^小东".encode("gb18030"), "Wang^XiaoDong=王^小东"),
        ("ISO_IR 144", "Люкceмбypг".encode("iso8859-5"), "Люкceмбypг"),
    ],
)
def test_the_standards_examples_are_read(charset, raw, text):
    """PS3.5 annexes H, I, J"""
    assert decode(raw, encodings(charset.encode()), NAME_DELIMITERS) == text


TERMS = ["", "ISO_IR 100", "ISO_IR 192", "GB18030", "ISO 2022 IR 6\\ISO 2022 IR 87", "\\ISO 2022 IR 149", "ISO 2022 IR 100\\ISO 2022 IR 144"]
PIECES = [b"abc", b"\x1b$B", b"\x1b(B", b"\x1b$)C", b"\x1b-L", b"\x1b", b"\xd0\xb5", b";3ED", b"^", b"=", b"\r\n", b"\xff"]


@given(st.sampled_from(TERMS), st.lists(st.sampled_from(PIECES)).map(b"".join))
def test_any_bytes_are_read_as_pydicom_reads_them_but_without_errors(term, raw):
    mine = decode(raw, encodings(term.encode()), TEXT_DELIMITERS)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = decode_bytes(raw, convert_encodings(term.split("\\")), {9, 10, 12, 13})
    assert "\ufffd" in mine or "\ufffd" in theirs or mine == theirs
