"""The text form of values, and elements made of texts."""
from __future__ import annotations

import pytest
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.tag import BaseTag
from tests.deid.objects import made, text

from scanhouse.deid.errors import RunError
from scanhouse.deid.values import creator_of, element, known_vr, text_of, vr_of


@pytest.mark.parametrize(("path", "vr", "value", "shown"), [
    ("(0018,9182)", "FD", "30.0", "30"),
    ("(0018,9182)", "FD", "0.1", "0.1"),
    ("(0018,9087)", "FL", "0.1", "0.1"),
    ("(0028,0010)", "US", "65535", "65535"),
    ("(0018,6020)", "SL", "-12", "-12"),
    ("(0008,040C)", "UV", "1125899906842624", "1125899906842624"),
    ("(0020,9165)", "AT", "00209056", "00209056"),
    ("(0018,0050)", "DS", "2.50", "2.50"),
    ("(0018,0022)", "CS", "1\\2\\3", "1\\2\\3"),
    ("(0010,4000)", "LT", "a\\b", "a\\b"),
    ("(0010,0021)", "LO", "", ""),
    ("(0020,0013)", "IS", "not a number", "not a number"),
    ("(0008,0021)", "DA", "yesterday", "yesterday"),
])
def test_text_survives_the_way_through_a_file(path, vr, value, shown):
    dataset = made((path, vr, value))
    assert text(dataset, path) == shown
    assert vr_of(dataset.get_item(dataset.get_item(parse_tag(path)).tag), dataset) == vr


def parse_tag(path: str) -> int:
    return int(path[1:10].replace(",", ""), 16)


def test_padding_is_no_part_of_the_text_but_inner_and_leading_blanks_are():
    dataset = made()
    raw = RawDataElement(BaseTag(0x00100020), "LO", 8, b"  A B  \0", 0, False, True)
    assert text_of(raw, dataset) == "  A B"


def test_sequences_and_bulk_bytes_have_no_text():
    dataset = made(("(0008,1110)", "SQ", 1))
    assert text(dataset, "(0008,1110)") is None
    assert text_of(DataElement(0x7FE00010, "OW", b"\1\2"), dataset) is None


@pytest.mark.parametrize(("vr", "value"), [("US", "wide"), ("US", "65536"), ("US", "-1"), ("SS", "40000"), ("FD", ""), ("AT", "patient")])
def test_a_binary_number_that_is_none_or_does_not_fit_is_an_error_without_the_value(vr, value):
    if value == "":
        assert element(0x00280010, vr, value).value in (None, "")
        return
    with pytest.raises(RunError) as error:
        element(0x00280010, vr, value)
    assert value not in str(error.value)


def test_text_for_bulk_bytes_is_refused():
    with pytest.raises(RunError, match="holds bytes"):
        element(0x7FE00010, "OW", "text")


def test_vrs_are_known_from_the_dictionaries():
    dataset = made(("(0019,0010)", "LO", "SIEMENS MR HEADER"))
    assert known_vr(0x00100010, dataset) == "PN"
    assert known_vr(0x00280106, dataset) == "US"
    assert known_vr(0x0019100C, dataset) == "IS"
    assert known_vr(0x00191099, dataset) == "UN"
    assert known_vr(0x00110010, dataset) == "LO"


def test_the_creator_of_an_element_is_the_text_at_its_block():
    dataset = made(("(0019,0011)", "LO", "ACME"), ("(0019,1101)", "LO", "x"), ("(0019,1201)", "LO", "orphan"))
    assert creator_of(0x00191101, dataset) == "ACME"
    assert creator_of(0x00191201, dataset) is None
    assert creator_of(0x00100010, dataset) is None
