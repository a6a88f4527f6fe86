"""One subject, one session, several projects: shares, labels there, and the move from one owner to another."""
from __future__ import annotations

import pytest

from scanhouse.access.actors import SYSTEM
from scanhouse.errors import Forbidden, NotFound
from scanhouse.records import assessors, experiments, projects, scans, sharing, subjects
from scanhouse.records.errors import AlreadyShared, LabelTaken, NotShared, StillNeeded
from scanhouse.records.models import Experiment, ScanShare
from tests.builders import Archive, an_archive

pytestmark = pytest.mark.django_db


@pytest.fixture
def archive() -> Archive:
    """Subject S and its session E with two scans in HOME, which belongs to ann; AWAY and FAR are bob's."""
    archive = an_archive().with_project("AWAY").with_project("FAR").with_project("HOME").with_subject("S").with_session("E", scans=2)
    return archive.with_user("ann", owner="HOME").with_user("bob", owner="AWAY").with_user("bea", member="AWAY")


def labels(archive: Archive, label: str) -> list[tuple[str, str, bool]]:
    thing = archive._sessions.get(label) or archive._subjects[label]
    return [(holding.project.id, holding.label, holding.primary) for holding in sharing.holdings(SYSTEM, thing)]


def test_a_share_shows_just_what_is_shared(archive: Archive) -> None:
    bob = archive.actor("bob")
    archive.shared("S", into="AWAY", as_="GUEST_S")
    assert subjects.find(bob, "GUEST_S", project=archive.project("AWAY")) == archive.subject("S")
    with pytest.raises(NotFound):
        experiments.find(bob, "E", project=archive.project("AWAY"))
    archive.shared("E", into="AWAY")
    assert experiments.find(bob, "E", project=archive.project("AWAY")) == archive.session("E")
    assert len(scans.named(bob, archive.session("E"), "ALL")) == ScanShare.objects.filter(project="AWAY").count() == 2
    with pytest.raises(NotFound):
        projects.find(bob, "HOME")
    with pytest.raises(NotFound):
        experiments.find(bob, "E", project=archive.project("HOME"))


def test_a_shared_subject_answers_to_its_first_label_too_unless_that_means_another(archive: Archive) -> None:
    archive.shared("S", into="AWAY", as_="GUEST_S")
    away = archive.project("AWAY")
    assert subjects.find(SYSTEM, "S", project=away) == archive.subject("S")
    other = subjects.create(away, "S", by=SYSTEM)
    assert subjects.find(SYSTEM, "S", project=away) == other


def test_a_label_in_a_project_is_unique_over_shares_too(archive: Archive) -> None:
    away = archive.project("AWAY")
    subjects.create(away, "TAKEN", by=SYSTEM)
    with pytest.raises(LabelTaken, match="Label already in use:TAKEN"):
        archive.shared("S", into="AWAY", as_="TAKEN")
    archive.shared("S", into="AWAY")  # goes by its own label there
    with pytest.raises(LabelTaken):
        subjects.create(away, "S", by=SYSTEM)
    with pytest.raises(LabelTaken):
        subjects.rename(archive.subject("S"), "TAKEN", by=SYSTEM)


def test_sharing_again_renames_the_share_or_is_refused(archive: Archive) -> None:
    archive.shared("S", into="AWAY", as_="ONE")
    with pytest.raises(AlreadyShared, match="Already assigned to project:AWAY"):
        archive.shared("S", into="AWAY")
    archive.shared("S", into="AWAY", as_="TWO")
    assert labels(archive, "S") == [("HOME", "S", True), ("AWAY", "TWO", False)]
    with pytest.raises(AlreadyShared):
        archive.shared("S", into="HOME")


def test_sharing_needs_the_eyes_for_here_and_the_hands_for_there(archive: Archive) -> None:
    session, away = archive.session("E"), archive.project("AWAY")
    with pytest.raises(NotFound):
        sharing.share(session, into=away, by=archive.actor("bob"))  # he does not see it
    with pytest.raises(NotFound):
        sharing.share(session, into=away, by=archive.actor("ann"))  # she does not see AWAY
    archive.with_user("cleo", owner="AWAY", collaborator="HOME")
    sharing.share(session, into=away, by=archive.actor("cleo"))


def test_deleting_a_shared_subject_takes_it_and_its_sessions_out_of_that_project_only(archive: Archive) -> None:
    archive.shared("S", into="AWAY").shared("E", into="AWAY").shared("S", into="FAR")
    with pytest.raises(Forbidden):
        subjects.delete(archive.subject("S"), within=archive.project("AWAY"), by=archive.actor("bea"))
    subjects.delete(archive.subject("S"), within=archive.project("AWAY"), by=archive.actor("bob"))
    assert labels(archive, "S") == [("HOME", "S", True), ("FAR", "S", False)]
    assert labels(archive, "E") == [("HOME", "E", True)]
    assert not ScanShare.objects.exists()
    with pytest.raises(NotFound):
        subjects.delete(archive.subject("S"), within=archive.project("AWAY"), by=archive.actor("bob"))


def test_a_shared_session_is_not_deleted_by_those_it_is_shared_with(archive: Archive) -> None:
    archive.shared("E", into="AWAY")
    with pytest.raises(Forbidden):
        experiments.delete(archive.session("E"), by=archive.actor("bob"))
    experiments.delete(archive.session("E"), within=archive.project("AWAY"), by=archive.actor("bob"))
    assert Experiment.objects.get() == archive.session("E")


def test_a_session_made_on_a_shared_subject_belongs_to_where_it_was_made(archive: Archive) -> None:
    archive.shared("S", into="AWAY")
    made = experiments.create(archive.project("AWAY"), archive.subject("S"), "E2", "xnat:mrSessionData", by=archive.actor("bob"))
    assert made.project_id == "AWAY"
    with pytest.raises(NotFound):
        experiments.find(archive.actor("ann"), "E2", project=archive.project("HOME"))
    with pytest.raises(StillNeeded):
        subjects.delete(archive.subject("S"), within=archive.project("AWAY"), by=archive.actor("bob"))
    with pytest.raises(StillNeeded):
        subjects.delete(archive.subject("S"), by=archive.actor("ann"))


def test_an_assessor_made_on_a_shared_session_belongs_to_where_it_was_made_and_is_found_on_the_session(archive: Archive) -> None:
    archive.shared("S", into="AWAY").shared("E", into="AWAY")
    made = assessors.create(
        archive.session("E"), "QC", "xnat:qcManualAssessorData", project=archive.project("AWAY"), by=archive.actor("bob"))
    assert made.project_id == "AWAY"
    assert assessors.find(archive.actor("bob"), archive.session("E"), "QC") == made
    with pytest.raises(NotFound):
        assessors.find(archive.actor("ann"), archive.session("E"), "QC")


def test_a_moved_session_belongs_to_its_new_project_and_leaves_nothing_behind(archive: Archive) -> None:
    archive.with_assessor("QC1").with_assessor("QC2").shared("E", into="AWAY", as_="GUEST_E")
    sharing.move(archive.session("E"), to=archive.project("AWAY"), assessors=[archive.assessor("QC1"), archive.assessor("QC2")], by=SYSTEM)
    assert labels(archive, "E") == [("AWAY", "GUEST_E", True)]
    assert {one.project_id for one in Experiment.objects.all()} == {"AWAY"}
    assert labels(archive, "S") == [("HOME", "S", True), ("AWAY", "S", False)]  # it needs its subject there


def test_a_session_that_leaves_assessors_behind_stays_visible_to_them(archive: Archive) -> None:
    archive.with_assessor("QC")
    sharing.move(archive.session("E"), to=archive.project("AWAY"), by=SYSTEM)
    assert labels(archive, "E") == [("AWAY", "E", True), ("HOME", "E", False)]


def test_a_move_needs_the_right_to_delete_here(archive: Archive) -> None:
    archive.with_user("dan", owner="FAR", member="HOME")
    with pytest.raises(Forbidden):
        sharing.move(archive.session("E"), to=archive.project("FAR"), by=archive.actor("dan"))
    archive.with_user("eva", owner="FAR").with_user("eli", owner="HOME")
    sharing.move(archive.session("E"), to=archive.project("FAR"), by=SYSTEM)
    with pytest.raises(AlreadyShared):
        sharing.move(archive.session("E"), to=archive.project("FAR"), by=SYSTEM)


def test_what_is_not_shared_cannot_be_unshared(archive: Archive) -> None:
    with pytest.raises(NotShared):
        sharing.unshare(archive.session("E"), out_of=archive.project("AWAY"), by=SYSTEM)


def test_projects_that_the_actor_cannot_see_are_not_told(archive: Archive) -> None:
    archive.shared("E", into="AWAY").shared("E", into="FAR")
    assert [one.project.id for one in sharing.holdings(archive.actor("bob"), archive.session("E"))] == ["AWAY"]
