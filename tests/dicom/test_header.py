import io
import struct
import zlib

import pydicom
import pytest
from pydicom.dataset import Dataset
from tests.dicom.builders import BIG, DEFLATED, EXPLICIT, IMPLICIT, SEQUENCE_END, explicit, implicit, item, sequence

from scanhouse.dicom import header
from scanhouse.dicom.header import UNDEFINED, scan
from scanhouse.dicom.refusals import BadEncoding, TooComplex

NAME, ROWS, PIXELS = 0x00100010, 0x00280010, 0x7FE00010
TAGS = frozenset((NAME, ROWS))
JANE = explicit(NAME, "PN", "Doe^Jane")
PIXEL_DATA = explicit(PIXELS, "OW", b"\x01\x02")


def found(data: bytes, syntax: str = EXPLICIT) -> dict[int, bytes]:
    return scan(data, 0, syntax, TAGS).values


def test_wanted_values_are_raw_and_pixel_data_is_where_it_is_said_to_be():
    data = JANE + explicit(0x00100020, "LO", "unwanted") + explicit(ROWS, "US", b"\x10\x00") + PIXEL_DATA

    result = scan(data, 0, EXPLICIT, TAGS)

    assert result.values == {NAME: b"Doe^Jane", ROWS: b"\x10\x00"}
    assert data[result.pixel_offset :] == b"\x01\x02"
    assert (result.pixel_tag, result.pixel_length, result.complete, result.explicit) == (PIXELS, 2, True, True)


def test_big_endian_is_read_in_its_order():
    data = explicit(NAME, "PN", "Doe^Jane", order=">") + explicit(ROWS, "US", b"\x00\x10", order=">")

    result = scan(data, 0, BIG, TAGS)

    assert result.values == {NAME: b"Doe^Jane", ROWS: b"\x00\x10"}
    assert not result.little_endian


def test_a_deflated_data_set_is_inflated_and_its_offsets_are_not_the_files():
    engine = zlib.compressobj(wbits=-15)
    data = engine.compress(JANE + PIXEL_DATA) + engine.flush()

    result = scan(data, 0, DEFLATED, TAGS)

    assert result.values == {NAME: b"Doe^Jane"}
    assert result.inflated
    assert result.complete


def test_a_deflated_bomb_is_refused_before_it_fills_the_memory():
    engine = zlib.compressobj(wbits=-15)
    data = engine.compress(explicit(0x00080005, "CS", "") + explicit(0x00091010, "OB", bytes(40 << 20))) + engine.flush()

    with pytest.raises(TooComplex):
        scan(data, 0, DEFLATED, TAGS)


@pytest.mark.parametrize(
    "before",
    [
        sequence(0x00081140, item(explicit(NAME, "PN", "Inner"))),
        sequence(0x00081140, item(explicit(NAME, "PN", "Inner"), undefined=True)),
        sequence(0x00081140, item(sequence(0x00081199, item(explicit(NAME, "PN", "Inner"), undefined=True)), undefined=True)),
        sequence(0x00091010, item(implicit(NAME, "Inner"), undefined=True), vr="UN"),
        sequence(0x00091010, item(implicit(NAME, "Inner"), undefined=True)),
        sequence(0x00081140),
        explicit(0x00081140, "SQ", item(explicit(NAME, "PN", "Inner"))),
        # a missing item delimiter, as an old Philips system wrote it
        explicit(0x00081140, "SQ", implicit(0xFFFEE000, explicit(NAME, "PN", "Inner"), UNDEFINED), UNDEFINED) + implicit(SEQUENCE_END),
        implicit(0x00081030, "one element in implicit VR"),
        explicit(0x00090010, "ZZ", "a VR nobody knows"),
    ],
    ids=["item", "open item", "nested", "UN", "implicit item", "empty", "defined length", "no item delimiter", "implicit element", "ZZ"],
)
def test_what_stands_in_sequences_and_odd_elements_is_passed_over(before):
    assert found(explicit(0x00080005, "CS", "ISO_IR 100") + before + JANE) == {NAME: b"Doe^Jane"}


def test_the_form_of_the_first_element_counts_more_than_the_transfer_syntax():
    assert found(JANE, IMPLICIT) == {NAME: b"Doe^Jane"}
    assert found(implicit(NAME, "Doe^Jane"), EXPLICIT) == {NAME: b"Doe^Jane"}


def test_of_an_element_that_occurs_twice_the_first_counts():
    assert found(JANE + explicit(NAME, "PN", "Roe^John")) == {NAME: b"Doe^Jane"}


def test_a_prefix_says_that_it_is_too_short():
    data = JANE + explicit(0x00091010, "OB", bytes(1000)) + PIXEL_DATA

    result = scan(data[:100], 0, EXPLICIT, TAGS)

    assert not result.complete
    assert result.stop > 100
    assert result.values == {NAME: b"Doe^Jane"}


def test_a_sequence_that_is_never_closed_is_incomplete():
    result = scan(explicit(0x00081140, "SQ", item(JANE), UNDEFINED), 0, EXPLICIT, TAGS)

    assert not result.complete


def test_a_text_of_undefined_length_is_refused():
    with pytest.raises(BadEncoding):
        scan(implicit(0x00081030, "text", UNDEFINED) + implicit(NAME, "Doe^Jane"), 0, IMPLICIT, TAGS)


def test_a_little_endian_data_set_that_is_said_to_be_big_is_refused():
    with pytest.raises(BadEncoding, match="little endian"):
        scan(explicit(0x00080060, "CS", "CT"), 0, BIG, TAGS)


def test_deep_nesting_costs_no_stack():
    depth = 100_000
    opened = explicit(0x00081140, "SQ", implicit(0xFFFEE000, b"", UNDEFINED), UNDEFINED)
    closed = implicit(0xFFFEE00D) + implicit(SEQUENCE_END)

    assert found(opened * depth + closed * depth + JANE) == {NAME: b"Doe^Jane"}


def test_there_is_an_end_to_elements(monkeypatch):
    monkeypatch.setattr(header, "MAX_ELEMENTS", 1000)

    with pytest.raises(TooComplex):
        scan(explicit(0x00080005, "CS") * 1001, 0, EXPLICIT, TAGS)
    with pytest.raises(TooComplex):
        scan(sequence(0x00081140, *[item(b"")] * 1001), 0, EXPLICIT, TAGS)


@pytest.mark.parametrize("undefined", [False, True])
@pytest.mark.parametrize("form", [(True, True), (False, True), (False, False)], ids=["implicit", "explicit", "big endian"])
def test_what_pydicom_writes_is_read_whole(form, undefined):
    is_implicit, little = form
    inner, ds = Dataset(), Dataset()
    inner.PatientName = "Inner"
    inner.is_undefined_length_sequence_item = undefined
    ds.ReferencedImageSequence = [inner, inner]
    ds["ReferencedImageSequence"].is_undefined_length = undefined
    ds.PatientName, ds.Rows = "Doe^Jane", 16
    out = io.BytesIO()
    pydicom.dcmwrite(out, ds, implicit_vr=is_implicit, little_endian=little)

    result = scan(out.getvalue(), 0, IMPLICIT if is_implicit else EXPLICIT if little else BIG, TAGS)

    assert result.values == {NAME: b"Doe^Jane", ROWS: struct.pack("<H" if little else ">H", 16)}
