"""What columns of a list are called, and which it always has (asserted in detail by XNAT's TestDynamicSearch classes)."""
from __future__ import annotations

import pytest

from scanhouse.xnat.columns import read
from scanhouse.xnat.data import assessors, experiments, scans, subjects

pytestmark = pytest.mark.django_db


def keys(view: object, **parameters: str) -> list[str]:
    return list(read(parameters, view).columns)  # type: ignore[arg-type]


def test_without_columns_a_list_has_its_own() -> None:
    assert keys(experiments.VIEW) == ["ID", "project", "date", "xsiType", "label", "insert_date", "URI"]
    assert keys(subjects.VIEW) == ["ID", "project", "label", "insert_date", "insert_user", "URI"]


@pytest.mark.parametrize("columns", ["date,modality,UID", "xnat:experimentData/date,xnat:imageSessionData/modality,xnat:imageSessionData/UID"])
def test_columns_of_sessions_change_the_name_of_the_key(columns: str) -> None:
    assert set(keys(experiments.VIEW, columns=columns)) == {"session_ID", "URI", "project", "xsiType", "date", "modality", "UID"}


def test_one_type_gives_its_name_to_the_key_and_adds_nothing_else() -> None:
    assert set(keys(experiments.VIEW, columns="date,UID", xsiType="xnat:mrSessionData")) == {"xnat:mrsessiondata/id", "URI", "date", "UID"}


def test_a_path_is_shown_under_its_shortcut_or_in_lower_case() -> None:
    found = keys(experiments.VIEW, columns="xnat:subjectAssessorData/subject_ID,xnat:mrSessionData/label,xnat:imageSessionData/label")
    assert {"subject_ID", "xnat:mrsessiondata/label", "session_label"} <= set(found)


def test_names_that_nobody_knows_are_dropped_in_silence() -> None:
    assert keys(subjects.VIEW, columns="label,shoeSize,xnat:subjectData/shoe,xnat:noData/x,[,") == ["ID", "label", "URI"]


def test_default_stands_for_the_columns_of_those_who_name_none() -> None:
    assert keys(subjects.VIEW, columns="DEFAULT,gender") == ["ID", "project", "label", "insert_date", "insert_user", "gender", "URI"]


def test_commas_within_brackets_belong_to_a_path() -> None:
    found = keys(subjects.VIEW, columns="xnat:subjectData/fields/field[name=a,b]/field")
    assert "xnat:subjectdata/fields/field[name=a,b]/field" in found


def test_scans_of_one_type_have_a_key_of_that_type_as_well() -> None:
    assert keys(scans.VIEW, columns="ID") == ["xnat_imagescandata_id", "ID", "URI"]
    assert "xnat:mrscandata/xnat_imagescandata_id" in keys(scans.VIEW, xsiType="xnat:mrScanData")


def test_assessors_tell_their_session() -> None:
    assert {"session_ID", "session_label", "xsiType", "project"} <= set(keys(assessors.VIEW))


def test_other_parameters_that_name_fields_are_filters() -> None:
    asked = read({"columns": "ID", "format": "json", "label": "E1", "removeFiles": "x", "xnat:mrSessionData/coil": "head"}, experiments.VIEW)
    assert [text for _, text in asked.filters] == ["E1", "head"]
