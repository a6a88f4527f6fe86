"""The grammar of field paths."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanhouse.schema import xpath
from scanhouse.schema.errors import BadPath
from scanhouse.schema.xpath import Path, Step

GRAMMAR = [
    ("date", Path(None, (Step("date"),))),
    ("@label", Path(None, (Step("label"),))),
    ("xnat:mrSessionData", Path("xnat:mrSessionData", ())),
    ("xnat:mrSessionData/date", Path("xnat:mrSessionData", (Step("date"),))),
    ("xnat:mrSessionData/scanner/@manufacturer", Path("xnat:mrSessionData", (Step("scanner"), Step("manufacturer")))),
    ("xnat:subjectData/demographics[@xsi:type=xnat:demographicData]/age",
     Path("xnat:subjectData", (Step("demographics", type="xnat:demographicData"), Step("age")))),
    ("xnat:mrSessionData/fields/field[name=foo]/field",
     Path("xnat:mrSessionData", (Step("fields"), Step("field", conditions=(("name", "foo"),)), Step("field")))),
    ("xnat:mrSessionData/scans/scan[ID=4]/type",
     Path("xnat:mrSessionData", (Step("scans"), Step("scan", conditions=(("ID", "4"),)), Step("type")))),
    ("xnat:projectData/investigators/investigator[1]/xnat_investigatordata_id",
     Path("xnat:projectData", (Step("investigators"), Step("investigator", index=1), Step("xnat_investigatordata_id")))),
    ("xnat:mrSessionData/scans/scan[0][@xsi:type=xnat:mrScanData]/type",
     Path("xnat:mrSessionData", (Step("scans"), Step("scan", index=0, type="xnat:mrScanData"), Step("type")))),
    ("scans/scan[@ID='4' AND @type=\"a]/b\"]/note",
     Path(None, (Step("scans"), Step("scan", conditions=(("ID", "4"), ("type", "a]/b"))), Step("note")))),
    ("fields/field[name=two words]/field", Path(None, (Step("fields"), Step("field", conditions=(("name", "two words"),)), Step("field")))),
    ("tracer/isotope/half-life", Path(None, (Step("tracer"), Step("isotope"), Step("half-life")))),
]


@pytest.mark.parametrize(("text", "path"), GRAMMAR)
def test_a_path_is_read(text, path):
    assert xpath.parse(text) == path


def test_a_path_can_be_told_plainly():
    path = xpath.parse("xnat:mrSessionData/fields/field[name=foo]/field")
    assert path.plain == "fields/field/field" and str(path) == "xnat:mrSessionData/fields/field/field"


@pytest.mark.parametrize("text", [
    "", "/", "a/", "/a", "a//b", "a[", "a[]", "a[1", "a[x]", "a[x=1", "a]", "a b", "xnat:mrSessionData[0]/date", "a[1]b", "a;drop", "..",
    "a[name=1 AND ]", "a" * 3000, "/".join("a" * 40),
])
def test_what_is_no_path_is_refused(text):
    with pytest.raises(BadPath):
        xpath.parse(text)


@pytest.mark.parametrize(("text", "is_path"), [
    ("xnat:mrSessionData/date", True), ("date", False), ("xnat:mrSessionData", False), ("http://x", False), ("a/b", False), ("", False),
])
def test_a_query_key_is_told_from_a_path(text, is_path):
    assert xpath.is_path(text) is is_path


def positions(*texts: str) -> list[list[int | None]]:
    return [[step.index for step in path.steps if step.index is not None] for path in xpath.zero_based(map(xpath.parse, texts))]


def test_positions_count_from_one_where_no_path_of_the_request_names_a_zero():
    assert positions("a/b[1]/c", "a/b[2]/c", "x/y[0]/z", "x/y[1]/z", "n") == [[0], [1], [0], [1], []]


@given(st.text(alphabet="ab:/[]=@'\" 01AND", max_size=30))
def test_any_text_is_a_path_or_refused(text):
    try:
        path = xpath.parse(text)
    except BadPath:
        return
    assert path.steps or path.element
