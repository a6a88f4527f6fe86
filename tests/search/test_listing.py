"""Listings: any columns and filters become one statement whose rows are what the actor may see."""
from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scanhouse.access import actors
from scanhouse.access.actors import GUEST, SYSTEM
from scanhouse.records import resources
from scanhouse.search import listing
from scanhouse.search.listing import URI, Listing, TooManyColumns, Where
from tests.builders import an_archive

pytestmark = pytest.mark.django_db


@pytest.fixture
def archive():
    """Two projects; in P a subject with two sessions, the first with two scans; the first session is shared into Q."""
    made = (an_archive().with_project("P").with_subject("S1", **{"demographics/gender": "male", "demographics/weight": 70.0}).with_subject("S2")
            .with_subject("S"))
    made.with_session("E1", date="2020-01-02", UID="1.2.3", **{"scanner/model": "Prisma"}).with_scan("1", type="T1").with_scan("2", type="T2")
    return made.with_session("E2", element="xnat:petSessionData").with_project("Q").shared("E1", into="Q", as_="THERE")


def cells(root: str, *columns: str, actor=SYSTEM, **more) -> list[tuple[str, ...]]:
    return listing.run(Listing(root, columns, **more), actor)


def test_a_list_begins_where_it_is_asked_for(archive) -> None:
    assert cells("xnat:experimentData", "label", where=Where(project="P")) == [("E1",), ("E2",)]
    assert cells("xnat:experimentData", "label", where=Where(project="Q")) == [("THERE",)]
    assert cells("xnat:experimentData", "label", where=Where(subject=archive.subject("S1").pk)) == []
    assert cells("xnat:imageScanData", "ID", where=Where(session=archive.session("E1").pk)) == [("1",), ("2",)]


def test_a_shared_thing_shows_its_own_project_or_that_of_the_address(archive) -> None:
    assert cells("xnat:experimentData", "project", where=Where(project="Q")) == [("P",)]
    assert cells("xnat:experimentData", "project", where=Where(project="Q"), project_of_place=True) == [("Q",)]


def test_values_come_from_columns_documents_and_what_the_row_hangs_on(archive) -> None:
    row = cells("xnat:mrSessionData", "date", "scanner/model", "UID", "subject_ID", "xnat:subjectData/label", URI)[0]
    session = archive.session("E1")
    assert row == ("2020-01-02", "Prisma", "1.2.3", archive.subject("S").id, "S", f"/data/experiments/{session.id}")


def test_decimals_keep_their_point_and_nothing_is_empty_text(archive) -> None:
    assert cells("xnat:subjectData", "label", "demographics/weight", where=Where(project="P")) == [("S1", "70.0"), ("S2", ""), ("S", "")]


def test_columns_of_what_hangs_on_a_row_multiply_it(archive) -> None:
    found = cells("xnat:subjectData", "label", "xnat:mrSessionData/label", "xnat:mrScanData/type", where=Where(project="P"))
    assert found == [("S1", "", ""), ("S2", "", ""), ("S", "E1", "T1"), ("S", "E1", "T2")]


def test_a_column_of_one_type_is_empty_for_rows_of_another(archive) -> None:
    assert cells("xnat:imageSessionData", "label", "xnat:mrSessionData/date", where=Where(project="P")) == [("E1", "2020-01-02"), ("E2", "")]


def test_lists_within_a_document_multiply_rows_and_one_of_them_can_be_picked(archive) -> None:
    archive.with_subject("V", **{"fields/field": [{"name": "a", "field": "1"}, {"name": "b", "field": "2"}]})
    mine = [("label", "V")]
    assert cells("xnat:subjectData", "fields/field/name", "fields/field/field", filters=mine) == [("a", "1"), ("b", "2")]
    assert cells("xnat:subjectData", "xnat:subjectData/fields/field[name=b]/field", filters=mine) == [("2",)]


def test_resources_can_be_columns(archive) -> None:
    resources.create(archive.session("E1"), "NIFTI", by=SYSTEM)
    assert cells("xnat:experimentData", "label", "resources/resource/label", where=Where(project="P")) == [("E1", "NIFTI"), ("E2", "")]


@pytest.mark.parametrize(("path", "text", "labels"), [
    ("label", "E1,E2", ["E1", "E2"]), ("label", "E*", ["E1", "E2"]), ("label", "%2", ["E2"]), ("label", "E_", []), ("label", "", ["E1", "E2"]),
    ("date", "01/02/2020", ["E1"]), ("date", "2020-01-02", ["E1"]), ("date", "01/01/2020-01/31/2020", ["E1"]), ("date", "NULL", ["E2"]),
    ("date", "NOT NULL", ["E1"]), ("xnat:imageSessionData/scanner/model", "Prisma", ["E1"]), ("xnat:subjectData/label", "S", ["E1", "E2"]),
])
def test_filters_take_alternatives_wildcards_ranges_and_null(archive, path: str, text: str, labels: list[str]) -> None:
    assert [label for label, in cells("xnat:experimentData", "label", filters=[(path, text)], where=Where(project="P"))] == labels


def test_numbers_are_filtered_by_value_and_by_range(archive) -> None:
    for text, found in (("70", 1), ("70.0", 1), ("60-80", 1), ("71-80", 0)):
        assert len(cells("xnat:subjectData", "label", filters=[("demographics/weight", text)])) == found, text


@pytest.mark.parametrize(("path", "text"), [("date", "someday"), ("demographics/weight", "heavy"), ("demographics/weight", "1;2")])
def test_a_filter_that_compares_nothing_is_refused(archive, path: str, text: str) -> None:
    with pytest.raises(listing.filters.BadFilter):
        cells("xnat:experimentData" if path == "date" else "xnat:subjectData", "label", filters=[(path, text)])


def test_what_is_sent_never_becomes_part_of_the_statement(archive) -> None:
    hostile = "'; DROP TABLE records_subject; -- %s %(p0)s %"
    assert cells("xnat:subjectData", "label", filters=[("label", hostile)]) == []
    assert cells("xnat:subjectData", f'xnat:subjectData/fields/field[name="{hostile}"]/field', where=Where(project="P"))[0] == ("",)


def test_rows_are_sorted_by_value_and_come_in_pages(archive) -> None:
    paged = {"where": Where(project="P"), "sort": [("label", True)]}
    assert cells("xnat:subjectData", "label", **paged) == [("S2",), ("S1",), ("S",)]
    assert cells("xnat:subjectData", "label", limit=1, offset=1, **paged) == [("S1",)]


def test_only_what_an_actor_may_read_is_listed(archive) -> None:
    archive.with_user("zoe", owner="Q").with_user("bob")
    assert cells("xnat:experimentData", "label", actor=actors.load("zoe")) == [("E1",)]
    assert cells("xnat:experimentData", "label", actor=actors.load("bob")) == cells("xnat:projectData", "ID", actor=GUEST) == []


def test_what_may_not_be_read_is_empty_in_a_joined_column(archive) -> None:
    archive.with_user("zoe", owner="Q")
    found = cells("xnat:mrSessionData", "label", "xnat:subjectData/label", "xnat:mrScanData/ID", actor=actors.load("zoe"))
    assert found == [("E1", "", "1"), ("E1", "", "2")]


def test_a_list_costs_one_statement_however_long_it_is(archive) -> None:
    archive.with_subject("Z")
    for number in range(5):
        archive.with_session(f"X{number}", scans=1)
    with CaptureQueriesContext(connection) as captured:
        cells("xnat:experimentData", "label", "subject_ID", "xnat:subjectData/label", "xnat:imageScanData/ID")
    assert len([query for query in captured if "records_experiment" in query["sql"]]) == 1


def test_columns_are_known_or_not() -> None:
    assert listing.known("xnat:subjectData", "xnat:mrScanData/type")
    assert not listing.known("xnat:subjectData", "xnat:subjectData/shoeSize")
    assert not listing.known("xnat:subjectData", "xnat:nothing/x")
    assert not listing.known("xnat:subjectData", "][")


def test_there_is_an_end_to_columns() -> None:
    with pytest.raises(TooManyColumns):
        listing.compile(Listing("xnat:subjectData", ("label",) * 1000), SYSTEM)
