"""Which form an answer takes."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanhouse.xnat.negotiation import ITEM, TABLE, choose, named

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(("format", "accept", "offered", "chosen"), [
    ("", "", TABLE, "json"),
    ("", "*/*", TABLE, "json"),
    ("", "*/*", ITEM, "xml"),
    ("", "application/json", ITEM, "json"),
    ("csv", "application/json", TABLE, "csv"),
    ("CSV", "", TABLE, "csv"),
    ("application/json", "", ITEM, "json"),
    ("U", "", TABLE, "json"),
    ("U", "text/xml", TABLE, "xml"),
    ("zip", "", TABLE, "json"),
    ("", BROWSER, TABLE, "html"),
    ("", BROWSER, ITEM, "html"),
    ("", "text/csv;q=0.5, text/xml;q=0.9", TABLE, "xml"),
    ("", "image/png", TABLE, "json"),
    ("", "text/csv;q=nonsense", TABLE, "json"),
])
def test_format_wins_over_accept_and_what_nobody_knows_is_no_error(format: str, accept: str, offered: tuple[str, ...], chosen: str) -> None:
    assert choose(format, accept, offered) == chosen


@given(st.text(max_size=100), st.text(max_size=2000))
def test_something_on_offer_is_always_chosen(format: str, accept: str) -> None:
    assert choose(format, accept, TABLE) in TABLE


def test_forms_are_named_by_short_names_and_by_types() -> None:
    assert [named(text) for text in ("JSON", "text/xml", "tar.gz", "application/x-gtar", "dicom")] == ["json", "xml", "tar.gz", "tar.gz", ""]
