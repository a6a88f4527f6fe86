"""The header Range as RFC 9110 section 14 has it."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanhouse.storage import ranges
from scanhouse.storage.ranges import Range, Unsatisfiable


@pytest.mark.parametrize(("header", "expected"), [
    ("bytes=0-99", [Range(0, 100)]), ("bytes=100-", [Range(100, 1000)]), ("bytes=-100", [Range(900, 1000)]), ("bytes=0-0", [Range(0, 1)]),
    ("bytes=990-5000", [Range(990, 1000)]), ("bytes=-5000", [Range(0, 1000)]), ("Bytes = 5-6 , 10-19", [Range(5, 7), Range(10, 20)]),
    ("bytes=500-,0-1", [Range(500, 1000), Range(0, 2)]), ("bytes=0-1,2000-", [Range(0, 2)]), ("bytes=,0-1,", [Range(0, 2)]),
])
def test_ranges_are_understood(header: str, expected: list[Range]) -> None:
    assert ranges.parse(header, 1000) == expected


@pytest.mark.parametrize("header", [
    None, "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=1", "items=0-5", "bytes=0-5;6", "bytes=0-1,x",
    "bytes=--5", "bytes=٣-٤",
    "bytes=" + ",".join(f"{i}-{i}" for i in range(17)), "bytes=0-10,5-15", "bytes=0-,-1", "bytes=" + "9" * 20 + "-",
    "bytes=" + "," * 1000 + "0-1"])
def test_what_makes_no_sense_or_overlaps_is_ignored(header: str | None) -> None:
    assert ranges.parse(header, 1000) is None


@pytest.mark.parametrize(("header", "length"), [("bytes=1000-", 1000), ("bytes=-0", 1000), ("bytes=5000-6000,7000-", 1000),
    ("bytes=0-", 0), ("bytes=-5", 0)])
def test_ranges_behind_the_end_are_told_with_the_length(header: str, length: int) -> None:
    with pytest.raises(Unsatisfiable, match=f"{length} bytes") as raised:
        ranges.parse(header, length)
    assert raised.value.content_range == f"bytes */{length}"


def test_a_part_says_where_it_lies() -> None:
    one = ranges.single("bytes=10-19", 100)
    assert one is not None
    assert one.length == 10
    assert one.content_range(100) == "bytes 10-19/100"
    assert ranges.single("bytes=0-1,5-6", 100) is None


@given(st.text(alphabet="bytes=0123456789-, ", max_size=40), st.integers(0, 1000))
def test_whatever_is_asked_ranges_lie_within(header: str, length: int) -> None:
    try:
        found = ranges.parse(header, length)
    except Unsatisfiable:
        return
    assert all(0 <= one.start < one.stop <= length for one in found or [])


@pytest.mark.parametrize(("header", "same"), [
    (None, True), ('"abc"', True), (' "abc" ', True), ('"abd"', False), ('W/"abc"', False), ("Wed, 21 Oct 2015 07:28:00 GMT", False),
    ("nonsense", False)])
def test_a_part_is_continued_only_if_nothing_changed(header: str | None, same: bool) -> None:
    assert ranges.unchanged(header, etag='"abc"') is same


def test_a_weak_etag_continues_nothing() -> None:
    assert not ranges.unchanged('W/"abc"', etag='W/"abc"')


def test_a_date_continues_nothing_though_the_file_was_replaced_within_its_second() -> None:
    # Both versions were of Wed, 21 Oct 2015 07:28:00 GMT: the date cannot tell of which one the client has the beginning.
    assert not ranges.unchanged("Wed, 21 Oct 2015 07:28:00 GMT", etag='"second"')
