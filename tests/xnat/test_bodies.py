"""Names and values of a request, as a document of the type that they are about."""
from __future__ import annotations

import pytest

from scanhouse.schema.errors import InvalidValue, UnknownField
from scanhouse.schema.registry import REGISTRY
from scanhouse.xnat.bodies import element_of, values_of

pytestmark = pytest.mark.django_db

MR, SUBJECT, SCAN = (REGISTRY.element(name) for name in ("xnat:mrSessionData", "xnat:subjectData", "xnat:mrScanData"))


def test_shortcuts_and_paths_name_fields() -> None:
    pairs = {"date": "2020-01-02", "xnat:mrSessionData/fieldStrength": "3.0", "xnat:imageSessionData/scanner/model": "X"}
    assert values_of(MR, pairs) == {"date": "2020-01-02", "fieldStrength": "3.0", "scanner/model": "X"}


def test_demographics_are_named_by_shortcuts() -> None:
    assert values_of(SUBJECT, {"gender": "male", "yob": "1980", "weight": "70"}) == {
        "demographics/gender": "male", "demographics/yob": 1980, "demographics/weight": 70.0}


def test_what_is_no_field_is_passed_over_and_so_is_a_field_of_another_type() -> None:
    pairs = {"removeFiles": "true", "XNAT_CSRF": "x", "xnat:ctScanData/note": "test", "insert_date": "2020-01-01", "note": "kept"}
    assert values_of(SCAN, pairs) == {"note": "kept"}


def test_custom_variables_are_rows_by_name() -> None:
    assert values_of(SUBJECT, {"xnat:subjectData/fields/field[name=iq]/field": "101"}) == {"fields/field": [{"name": "iq", "field": "101"}]}


@pytest.mark.parametrize("text", ["NULL", "null", ""])
def test_null_clears_a_field(text: str) -> None:
    assert values_of(MR, {"note": text}) == {"note": None}


def test_a_path_that_the_type_does_not_have_is_refused_by_name() -> None:
    with pytest.raises(UnknownField, match="shoeSize"):
        values_of(SUBJECT, {"xnat:subjectData/shoeSize": "44"})


def test_a_value_that_is_not_of_its_kind_is_refused() -> None:
    with pytest.raises(InvalidValue, match="date"):
        values_of(MR, {"date": "tomorrow"})


@pytest.mark.parametrize(("pairs", "name"), [
    ({"xsiType": "xnat:MRSession"}, "xnat:mrSessionData"),
    ({"ELEMENT_0": "xnat:petSessionData"}, "xnat:petSessionData"),
    ({"format": "xml", "xnat:ctSessionData/date": "2020-01-01"}, "xnat:ctSessionData"),
    ({"xnat:experimentData/date": "2020-01-01"}, None),
    ({}, None),
])
def test_the_type_is_said_by_name_or_by_the_first_path_of_something_that_can_be_made(pairs: dict[str, str], name: str | None) -> None:
    found = element_of(pairs, "xnat:experimentData")
    assert (found.name if found else None) == name
