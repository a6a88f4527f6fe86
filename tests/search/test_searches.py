"""What searches find, and for whom. How each comparison works on each kind of field is told by the wire suite."""
from __future__ import annotations

from typing import Any

import pytest

from scanhouse.access import groups
from scanhouse.access.actions import Action
from scanhouse.access.actors import SYSTEM, Actor
from scanhouse.records import experiments
from scanhouse.schema.errors import UnknownElement
from scanhouse.search import defaults, searches
from scanhouse.search.comparisons import BadComparison
from scanhouse.search.conditions import NoWay
from scanhouse.search.documents import Criterion, SearchDocument, Shown, Together
from scanhouse.search.filters import BadFilter
from scanhouse.search.values import NoSuchField
from tests.builders import Archive, an_archive

pytestmark = pytest.mark.django_db
SUBJECT, MR, PET, SCAN, QC = "xnat:subjectData", "xnat:mrSessionData", "xnat:petSessionData", "xnat:mrScanData", "xnat:qcManualAssessorData"


def search(root: str, *fields: str, where: Any = (), actor: Actor = SYSTEM, **more: Any) -> list[dict[str, str]]:
    """Rows of a search; fields are `type.ID` or an ID of the root's; `where` are conditions that must all hold."""
    shown = []
    for name in fields:
        element, dot, id = name.partition(".")
        shown.append(Shown(element, id) if dot else Shown(root, name))
    terms = tuple(one if isinstance(one, Together) else Criterion(*one) for one in where)
    found = searches.compile(SearchDocument(root, tuple(shown), (Together("AND", terms),)), actor)
    return [dict(zip((one.key for one in found.columns), row, strict=True)) for row in searches.run(found, **more)]


def labels(rows: list[dict[str, str]]) -> set[str]:
    return {row["label"] for row in rows}


@pytest.fixture
def archive() -> Archive:
    made = an_archive().with_project("P").with_subject("S1", group="a").with_session("OLD", date="2018-01-01", scanner="X")
    made.with_scan("1", type="T1").with_scan("2", type="T1").with_session("NEW", date="2020-01-01", scanner="Y").with_scan("3", type="T2")
    return made.with_subject("S2", group="b").with_user("ann", member="P").with_user("bob")


def test_a_search_finds_only_what_the_actor_may_read(archive):
    assert labels(search(MR, "LABEL", actor=archive.actor("ann"))) == {"OLD", "NEW"}
    assert search(MR, "LABEL", actor=archive.actor("bob")) == []


def test_a_shared_session_is_found_in_the_project_it_is_shared_into(archive):
    archive.with_project("Q").shared("OLD", into="Q").with_user("eve", collaborator="Q")
    in_project = Together("OR", (Criterion(f"{MR}/sharing/share/project", "=", "Q"), Criterion(f"{MR}/project", "=", "Q")))
    assert labels(search(MR, "LABEL", where=[in_project], actor=archive.actor("eve"))) == {"OLD"}


def test_scans_that_came_after_a_session_was_shared_are_not_found_there(archive):
    archive.with_project("Q").shared("NEW", into="Q").with_scan("4").with_user("eve", collaborator="Q")
    assert [row["id"] for row in search(SCAN, "ID", actor=archive.actor("eve"))] == ["3"]


def test_a_group_that_may_read_sessions_finds_their_scans_but_not_those_of_a_type_that_it_names_without_reading(archive):
    archive.with_user("max")
    groups.create_custom("P", "readers", {MR: {Action.READ}}, by=SYSTEM)
    groups.add("P", "readers", "max", by=SYSTEM)
    assert {row["id"] for row in search(SCAN, "ID", actor=archive.actor("max"))} == {"1", "2", "3"}


def test_a_subject_is_shown_with_its_latest_session_and_its_last_scan(archive):
    rows = search(SUBJECT, "SUBJECT_LABEL", f"{MR}.LABEL", f"{SCAN}.ID")
    shown = {row["subject_label"]: (row["xnat_mrsessiondata_label"], row["xnat_mrscandata_id"]) for row in rows}
    assert shown == {"S1": ("NEW", "3"), "S2": ("", "")}


def test_a_session_without_a_date_counts_as_the_latest(archive):
    experiments.create(archive.project(), archive.subject("S1"), "UNDATED", MR, by=SYSTEM)
    rows = search(SUBJECT, "SUBJECT_LABEL", f"{MR}.LABEL", where=[(f"{SUBJECT}.SUBJECT_LABEL", "=", "S1")])
    assert rows[0]["xnat_mrsessiondata_label"] == "UNDATED"


def test_a_joined_session_that_may_not_be_read_is_not_shown(archive):
    archive.with_project("Q").shared("S1", into="Q").with_user("eve", collaborator="Q")
    (row,) = search(SUBJECT, "SUBJECT_LABEL", f"{MR}.LABEL", "MR_COUNT", actor=archive.actor("eve"))
    assert (row["xnat_mrsessiondata_label"], row["mr_count"]) == ("", "")


def test_a_session_is_shown_with_the_nearest_session_of_another_type(archive):
    for label, day in (("PET18", "2018-02-01"), ("PET20", "2020-02-01")):
        experiments.create(archive.project(), archive.subject("S1"), label, PET, values={"date": day}, by=SYSTEM)
    rows = search(MR, "LABEL", f"{PET}.LABEL")
    assert {row["label"]: row["xnat_petsessiondata_label"] for row in rows} == {"OLD": "PET18", "NEW": "PET20"}


def test_an_assessment_is_shown_with_its_session_and_the_first_scan_of_that(archive):
    archive.with_session("QCD").with_scan("8").with_scan("9").with_assessor("QC", **{"pass": "1"})
    (row,) = search(QC, "LABEL", f"{MR}.LABEL", f"{SCAN}.ID", f"{SUBJECT}.SUBJECT_LABEL")
    assert (row["xnat_mrsessiondata_label"], row["xnat_mrscandata_id"], row["xnat_subjectdata_subject_label"]) == ("QCD", "8", "S2")


def test_a_condition_on_sessions_finds_subjects_with_any_such_session(archive):
    rows = search(SUBJECT, "SUBJECT_LABEL", where=[(f"{MR}.SCANNER", "=", "X")])
    assert [row["subject_label"] for row in rows] == ["S1"]


def test_conditions_that_must_hold_together_are_asked_of_one_session(archive):
    both = [(f"{MR}.SCANNER", "=", "X"), (f"{MR}/date", ">", "2019-01-01")]
    assert search(SUBJECT, "SUBJECT_LABEL", where=both) == []
    assert len(search(SUBJECT, "SUBJECT_LABEL", where=[Together("OR", tuple(Criterion(*one) for one in both))])) == 1


def test_a_list_is_one_cell_and_a_condition_on_it_holds_for_any_of_its_values(archive):
    for session in ("OLD", "NEW"):
        fields = [{"name": "a", "field": "1"}, {"name": "b", "field": "2"}] if session == "OLD" else []
        experiments.change(archive.session(session), {"fields/field": fields}, by=SYSTEM)
    assert labels(search(MR, "LABEL", where=[(f"{MR}/fields/field/field", "=", "2")])) == {"OLD"}
    assert labels(search(MR, "LABEL", where=[(f"{MR}/fields/field[name=a]/field", "=", "2")])) == set()
    assert {row["xnat_mrsessiondata_field_map_a"] for row in search(MR, "XNAT_MRSESSIONDATA_FIELD_MAP=a")} == {"1", ""}


def test_a_client_may_write_the_id_of_a_field_behind_a_slash(archive):
    assert [row["subject_label"] for row in search(SUBJECT, "SUBJECT_LABEL", where=[(f"{SUBJECT}/SUB_GROUP", "=", "a")])] == ["S1"]


def test_rows_come_in_the_order_of_a_column_and_in_parts(archive):
    assert [row["label"] for row in search(MR, "LABEL", "DATE", sort=("date", True))] == ["NEW", "OLD"]
    assert [row["label"] for row in search(MR, "LABEL", "DATE", sort=("DATE", False), limit=1, offset=1)] == ["NEW"]


def test_links_bring_the_values_along_that_they_are_made_of(archive):
    found = searches.compile(SearchDocument(MR, (Shown(MR, "LABEL"),)), SYSTEM)
    assert [(one.key, one.visible) for one in found.columns] == [
        ("label", True), ("session_id", False), ("insert_user", False), ("insert_date", False),
    ]


def test_a_listing_of_subjects_counts_the_sessions_of_each_type_that_the_project_has(archive):
    document = defaults.of_project(searches.REGISTRY.element(SUBJECT), "P", archive.actor("ann"))
    assert document.fields[-1] == Shown(SUBJECT, "CNT_XNAT_MRSESSIONDATA=P", "integer", "MR Sessions", "P")
    rows = searches.run(searches.compile(document, archive.actor("ann")))
    assert {(row[0], row[4]) for row in rows} == {("S1", "2"), ("S2", "")}


def test_what_was_done_in_a_project_is_found_by_those_who_work_there(archive):
    archive.with_user("eve", collaborator="P")
    done = [("wrk:workflowData.EXTERNALID", "=", "P")]
    assert search("wrk:workflowData", "PIPELINE_NAME", where=done, actor=archive.actor("ann")) != []
    assert search("wrk:workflowData", "PIPELINE_NAME", where=done, actor=archive.actor("eve")) == []


@pytest.mark.parametrize(("root", "field", "condition", "error"), [
    ("xnat:nothingData", "LABEL", None, UnknownElement),
    (MR, "NO_SUCH_FIELD", None, NoSuchField),
    ("xnat:projectData", f"{MR}.LABEL", None, NoWay),
    (MR, "LABEL", (f"{MR}.DATE", "=", "yesterday"), BadFilter),
    (MR, "LABEL", (f"{MR}.DATE", "BETWEEN", "2020-01-01"), BadFilter),
    (MR, "LABEL", (f"{MR}.LABEL", "~", "a"), BadComparison),
    (MR, "LABEL", (f"{MR}.LABEL", "= 'a' OR TRUE --", "a"), BadComparison),
])
def test_a_search_that_makes_no_sense_is_refused(archive, root, field, condition, error):
    with pytest.raises(error):
        search(root, field, where=[condition] if condition else ())


def test_values_are_never_part_of_the_statement(archive):
    assert search(MR, "LABEL", where=[(f"{MR}.LABEL", "=", "' OR TRUE --"), (f"{MR}.LABEL", "LIKE", "%%s' %(p0)s")]) == []
    assert search(MR, "SCAN_COUNT_TYPE=' %s", where=[(f"{MR}.LABEL", "IN", "')")]) == []
