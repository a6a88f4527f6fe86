"""Addresses: the longest template that is a prefix wins, and what is beyond it is kept."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanhouse.xnat import app, data, xapi
from scanhouse.xnat.address import MAX_PATH, MAX_SEGMENTS, BadAddress, Templates, expand, file_path, scan_names
from scanhouse.xnat.routes import Routes, Target, gather


def templates(*texts: str) -> Templates[str]:
    made: Templates[str] = Templates()
    for text in texts:
        for one in expand(text):
            made.add(one, text)
    return made


TABLE = templates("JSESSION", "projects", "projects/{project}", "<subject>", "<experiment>", "<scan>", "<owner>/resources/{resource}/files")


@pytest.mark.parametrize(("path", "template", "names", "rest"), [
    ("/projects", "projects", {}, ""),
    ("/projects/P/prearchive_code/4", "projects/{project}", {"project": "P"}, "prearchive_code/4"),
    ("/JSESSION/0123", "JSESSION", {}, "0123"),
    ("/projects/P/subjects/S", "projects/{project}/subjects/{subject}", {"project": "P", "subject": "S"}, ""),
    ("//projects///P", "projects/{project}", {"project": "P"}, ""),
    ("/experiments/E/scans/1,2/resources/DICOM/files/a/b c.dcm", "experiments/{experiment}/scans/{scan}/resources/{resource}/files",
     {"experiment": "E", "scan": "1,2", "resource": "DICOM"}, "a/b c.dcm"),
    ("/experiments/E/assessors/A/out/resources/R/files", "experiments/{experiment}/assessors/{assessor}/{direction}/resources/{resource}/files",
     {"experiment": "E", "assessor": "A", "direction": "out", "resource": "R"}, ""),
])
def test_the_longest_template_that_begins_the_path_is_meant(path: str, template: str, names: dict[str, str], rest: str) -> None:
    found = TABLE.parse(path)
    assert found is not None
    assert (found.template, dict(found.names), found.rest) == (template, names, rest)


def test_a_segment_that_is_spelled_out_wins_over_a_name() -> None:
    table = templates("search/{kept}", "search/elements", "search/elements/{type}")
    assert [table.parse(path).template for path in ("/search/elements", "/search/x", "/search/elements/a")] == [  # type: ignore[union-attr]
        "search/elements", "search/{kept}", "search/elements/{type}"]


def test_a_longer_template_that_leads_nowhere_gives_way_to_a_shorter_one() -> None:
    table = templates("a/{x}", "a/b/c/d")
    found = table.parse("/a/b/c/e")
    assert found is not None
    assert (found.template, found.remainder) == ("a/{x}", ("c", "e"))


def test_a_direction_is_in_or_out_and_nothing_else() -> None:
    found = TABLE.parse("/experiments/E/assessors/A/up/resources/R/files")
    assert found is not None
    assert found.template == "experiments/{experiment}"


def test_a_path_that_no_template_begins_is_unknown() -> None:
    assert TABLE.parse("/version") is None
    assert TABLE.parse("/") is None


@pytest.mark.parametrize("path", ["/projects/" + "x" * MAX_PATH, "/a" * (MAX_SEGMENTS + 1), "/projects/a\x00b", "/projects/a\nb"])
def test_what_cannot_be_an_address_is_refused(path: str) -> None:
    with pytest.raises(BadAddress):
        TABLE.parse(path)


@given(st.text(max_size=200))
def test_any_text_has_an_address_or_none_or_is_refused(text: str) -> None:
    try:
        found = TABLE.parse(text)
    except BadAddress:
        return
    if found is not None:
        assert found.template.count("{") == len(found.names)
        assert all(found.names.values()) and all(found.remainder)


def test_a_files_path_that_was_encoded_twice_is_decoded_again() -> None:
    assert file_path(("a%20b", "c.dcm")) == "a b/c.dcm"
    assert file_path(("100%25.txt",)) == "100%25.txt"


def test_scan_types_may_have_slashes_and_commas_in_them() -> None:
    assert scan_names("T1[SLASH]T2[COMMA]x") == "T1/T2,x"


@pytest.mark.parametrize("package", [data, xapi, app])
def test_every_endpoint_is_found_at_its_own_address(package: object) -> None:
    table: Templates[Target] = gather(package)  # type: ignore[arg-type]
    assert table.parse("/nothing-of-ours/at/all") is None or package is xapi


def test_two_endpoints_for_one_method_of_an_address_are_a_mistake() -> None:
    routes = Routes()
    routes.get("a/{x}")(lambda call: None)  # type: ignore[arg-type, return-value]
    with pytest.raises(AssertionError):
        routes.get("a/{x}")(lambda call: None)  # type: ignore[arg-type, return-value]
