"""Experiments, their scans, reconstructions and assessors."""
from __future__ import annotations

from datetime import date

import pytest

from scanhouse.access.actors import SYSTEM
from scanhouse.errors import Forbidden, Invalid, NotFound
from scanhouse.records import assessors, experiments, reconstructions, scans, states, values
from scanhouse.records.errors import IdTaken, IllegalName, LabelTaken, Locked, TypeDiffers, WrongType
from scanhouse.records.models import Experiment, Scan
from scanhouse.schema.errors import InvalidValue
from tests.builders import an_archive

pytestmark = pytest.mark.django_db


def test_a_session_has_an_id_a_date_and_a_study_uid_of_its_own() -> None:
    archive = an_archive().with_project("P").with_session("E", date="2024-01-31", UID="1.2.3", **{"scanner/manufacturer": "ACME"})
    session = Experiment.objects.get()
    assert session.id.startswith("XNAT_E")
    assert (session.date, session.study_uid) == (date(2024, 1, 31), "1.2.3")
    assert values.of(session) == {"date": "2024-01-31", "UID": "1.2.3", "scanner/manufacturer": "ACME"}
    assert values.whole(session)["subject_ID"] == archive.subject().id


@pytest.mark.parametrize("wrong", [{"date": "2001"}, {"operator": "x" * 300}, {"delay": "two"}])
def test_a_value_that_the_type_forbids_is_refused(wrong: dict[str, str]) -> None:
    archive = an_archive().with_project("P").with_subject("S")
    with pytest.raises(Invalid):
        experiments.create(archive.project(), archive.subject(), "E", "xnat:mrSessionData", values=wrong, by=SYSTEM)


@pytest.mark.parametrize("element", ["xnat:imageSessionData", "xnat:mrScanData", "xnat:qcManualAssessorData", "xnat:subjectData"])
def test_only_types_of_assessments_of_subjects_will_do(element: str) -> None:
    archive = an_archive().with_project("P").with_subject("S")
    with pytest.raises(WrongType):
        experiments.create(archive.project(), archive.subject(), "E", element, by=SYSTEM)


def test_a_type_is_written_in_any_way_but_stays_what_it_was() -> None:
    archive = an_archive().with_project("P").with_session("E", element="xnat:MRSession")
    assert archive.session().element == "xnat:mrSessionData"
    experiments.put(archive.project(), archive.subject(), "E", "xnat:mrsessiondata", by=SYSTEM)
    with pytest.raises(TypeDiffers, match="Specified xsiType differs from existing xsiType"):
        experiments.put(archive.project(), archive.subject(), "E", "xnat:ctSessionData", by=SYSTEM)


def test_sessions_and_assessors_share_one_space_of_labels() -> None:
    archive = an_archive().with_project("P").with_session("E").with_assessor("QC")
    with pytest.raises(LabelTaken):
        experiments.create(archive.project(), archive.subject(), "QC", "xnat:mrSessionData", by=SYSTEM)


def test_a_document_brings_scans_along_and_never_takes_any_away() -> None:
    archive = an_archive().with_project("P").with_session("E", **{"scans/scan": [
        {"xsi:type": "xnat:mrScanData", "ID": "1", "type": "MPRAGE", "quality": "usable"}, {"ID": "2", "type": "BOLD"}]})
    session = archive.session()
    assert [(scan.id, scan.element, scan.type) for scan in session.scans.order_by("id")] == [
        ("1", "xnat:mrScanData", "MPRAGE"), ("2", "xnat:mrScanData", "BOLD")]
    experiments.change(session, {"scans/scan": [{"ID": "2", "quality": "unusable"}]}, replace=True, by=SYSTEM)
    assert [(scan.id, scan.type, scan.quality) for scan in session.scans.order_by("id")] == [("1", "MPRAGE", "usable"), ("2", "BOLD", "unusable")]


def test_a_session_moves_to_another_subject_of_its_project() -> None:
    archive = an_archive().with_project("P").with_subject("A").with_session("E").with_subject("B").with_project("Q").with_subject("C")
    moved = experiments.move_to_subject(archive.session("E"), archive.subject("B"), by=SYSTEM)
    assert moved.subject == archive.subject("B")
    with pytest.raises(Invalid):
        experiments.move_to_subject(archive.session("E"), archive.subject("C"), by=SYSTEM)


def test_collaborators_do_not_rename_a_session_and_members_do() -> None:
    archive = an_archive().with_project("P").with_session("E").with_user("bob", member="P").with_user("cleo", collaborator="P")
    with pytest.raises(Forbidden):
        experiments.rename(archive.session(), "F", by=archive.actor("cleo"))
    experiments.rename(archive.session(), "F", by=archive.actor("bob"))
    assert experiments.find(SYSTEM, "F", project=archive.project()) == archive.session("E")


def test_after_a_deletion_nothing_is_left_and_the_label_is_free() -> None:
    archive = an_archive().with_project("P").with_session("E", scans=2).with_assessor("QC").with_file("a", on=None)
    experiments.delete(archive.session(), by=SYSTEM)
    assert not Experiment.objects.exists() and not Scan.objects.exists()
    with pytest.raises(NotFound):
        experiments.find(SYSTEM, "E", project=archive.project())
    archive.with_session("E")


def test_an_experiment_is_found_within_its_subject_only() -> None:
    archive = an_archive().with_project("P").with_subject("A").with_session("E").with_subject("B")
    assert experiments.find(SYSTEM, "E", project=archive.project(), subject=archive.subject("A")) == archive.session()
    with pytest.raises(NotFound):
        experiments.find(SYSTEM, "E", project=archive.project(), subject=archive.subject("B"))


def test_scans_without_a_type_get_the_one_usual_for_their_description() -> None:
    archive = an_archive().with_project("P").with_session("OLD").with_scan("1", series_description="localizer", type="MAPPED")
    archive.with_session("NEW").with_scan("1", series_description="localizer").with_scan("2", series_description="other")
    assert experiments.fix_scan_types(archive.session("NEW"), by=SYSTEM) == 1
    assert [scan.type for scan in archive.session("NEW").scans.order_by("id")] == ["MAPPED", ""]


def test_a_locked_session_lets_no_part_of_it_change() -> None:
    archive = an_archive().with_project("P").with_session("E", scans=1)
    states.set_status(archive.session(), states.LOCKED, by=SYSTEM)
    session = Experiment.objects.get()
    for deed in (
        lambda: experiments.change(session, {"note": "x"}, by=SYSTEM),
        lambda: scans.create(session, by=SYSTEM),
        lambda: scans.change(archive.scan("1"), {"note": "x"}, by=SYSTEM),
        lambda: archive.resource(session),
    ):
        with pytest.raises(Locked):
            deed()


# Scans


def test_a_scan_gets_the_next_number_and_the_type_of_its_session() -> None:
    archive = an_archive().with_project("P").with_session("E", element="xnat:ctSessionData").with_scan("7").with_scan().with_scan("7-MR1")
    assert sorted((scan.id, scan.element) for scan in archive.session().scans.all()) == [
        ("7", "xnat:ctScanData"), ("7-MR1", "xnat:ctScanData"), ("8", "xnat:ctScanData")]
    with pytest.raises(IdTaken):
        archive.with_scan("7")


@pytest.mark.parametrize("id", ["ALL", "*", "1,2", "a/b", ".."])
def test_a_scan_is_not_called_what_means_something_else_in_an_address(id: str) -> None:
    archive = an_archive().with_project("P").with_session("E")
    with pytest.raises(IllegalName):
        archive.with_scan(id)


def test_a_scan_keeps_its_type_and_needs_one_at_first() -> None:
    archive = an_archive().with_project("P").with_session("E").with_scan("1")
    with pytest.raises(Invalid):
        scans.put(archive.session(), "2", by=SYSTEM)
    with pytest.raises(TypeDiffers):
        scans.put(archive.session(), "1", "xnat:ctScanData", by=SYSTEM)
    scan, created = scans.put(archive.session(), "1", values={"note": "one", "parameters/tr": "2.5"}, by=SYSTEM)
    assert (created, scan.note, values.of(scan)) == (False, "one", {"note": "one", "parameters/tr": 2.5})
    with pytest.raises(InvalidValue):
        scans.change(scan, {"series_description": "x" * 256}, by=SYSTEM)


def test_addresses_name_scans_by_number_by_type_or_all_at_once() -> None:
    archive = an_archive().with_project("P").with_session("E").with_scan("10", type="T1").with_scan("9", type="T2").with_scan("x", type="T2")

    def named(refs: str) -> list[str]:
        return [scan.id for scan in scans.named(SYSTEM, archive.session(), refs)]

    assert named("ALL") == named("*") == ["9", "10", "x"]
    assert (named("10,9"), named("T2"), named("T2,10")) == (["9", "10"], ["9", "x"], ["9", "10", "x"])
    with pytest.raises(NotFound):
        named("9,T3")


def test_members_do_not_delete_scans() -> None:
    archive = an_archive().with_project("P").with_session("E", scans=1).with_user("bob", member="P").with_user("ann", owner="P")
    with pytest.raises(Forbidden):
        scans.delete(archive.scan("1"), by=archive.actor("bob"))
    scans.delete(archive.scan("1"), by=archive.actor("ann"))
    assert not Scan.objects.exists()


# Reconstructions and assessors


def test_reconstructions_are_made_changed_and_deleted() -> None:
    archive = an_archive().with_project("P").with_session("E")
    made, created = reconstructions.put(archive.session(), "R1", element="xnat:ReconstructedImage", by=SYSTEM)
    again, _ = reconstructions.put(archive.session(), "R1", values={"type": "AVERAGE"}, by=SYSTEM)
    assert (created, again.type, again.pk) == (True, "AVERAGE", made.pk)
    reconstructions.delete(again, by=SYSTEM)
    with pytest.raises(NotFound):
        reconstructions.find(SYSTEM, archive.session(), "R1")


def test_an_assessor_is_found_on_its_session_by_label_id_or_type() -> None:
    archive = an_archive().with_project("P").with_session("E").with_assessor("QC1").with_assessor("QC2")
    session, first = archive.session(), archive.assessor("QC1")
    assert assessors.find(SYSTEM, session, "QC1") == assessors.find(SYSTEM, session, first.id) == first
    assert len(assessors.named(SYSTEM, session, "ALL")) == len(assessors.named(SYSTEM, session, "xnat:qcManualAssessorData")) == 2
    assert assessors.named(SYSTEM, session, "QC2") == [archive.assessor("QC2")]
    assert assessors.named(SYSTEM, session, "xnat:petSessionData") == []
    assert values.whole(first)["imageSession_ID"] == session.id


def test_an_assessor_without_a_label_goes_by_its_id() -> None:
    archive = an_archive().with_project("P").with_session("E")
    made = assessors.create(archive.session(), None, "xnat:qcManualAssessorData", values={"pass": "1"}, by=SYSTEM)
    assert made.label == made.id
    with pytest.raises(WrongType):
        assessors.create(archive.session(), "X", "xnat:mrSessionData", by=SYSTEM)
