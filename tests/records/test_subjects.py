"""Subjects: accession IDs, labels, typed values, deletion."""
from __future__ import annotations

import threading

import pytest
from django.db import connection

from scanhouse.access.actors import SYSTEM
from scanhouse.errors import Forbidden, Invalid, NotFound
from scanhouse.records import history, preferences, states, subjects, values
from scanhouse.records.errors import IdTaken, IllegalName, LabelTaken, Locked
from scanhouse.records.models import Subject
from tests.builders import an_archive

pytestmark = pytest.mark.django_db


def test_accession_ids_begin_with_the_site_and_are_never_given_again() -> None:
    archive = an_archive().with_project("P").with_subject("A").with_subject("B")
    first, second = archive.subject("A"), archive.subject("B")
    assert first.id.startswith("XNAT_S") and len(first.id) == len("XNAT_S00001")
    assert first.id < second.id
    subjects.delete(second, by=SYSTEM)
    preferences.change({"siteId": "My-Site 'x'"}, by=SYSTEM)
    third = subjects.create(archive.project(), "C", by=SYSTEM)
    assert third.id.startswith("My_Sitex_S") and third.id[-5:] > second.id[-5:]


def test_an_accession_id_that_came_from_elsewhere_is_not_given_to_another() -> None:
    archive = an_archive().with_project("P").with_subject("A")
    number = int(archive.subject().id[-5:])
    subjects.create(archive.project(), "B", id=f"XNAT_S{number + 1:05}", by=SYSTEM)
    assert subjects.create(archive.project(), "C", by=SYSTEM).id == f"XNAT_S{number + 2:05}"
    with pytest.raises(IdTaken):
        subjects.create(archive.project(), "D", id=archive.subject().id, by=SYSTEM)


def test_values_are_typed_merged_and_cleared() -> None:
    archive = an_archive().with_project("P").with_subject("S", **{"group": "control", "demographics/age": "31"})
    subject = archive.subject()
    assert values.of(subject) == {"group": "control", "demographics/age": 31}
    subject = subjects.change(subject, {"demographics/gender": "female", "group": None, "fields/field": [{"name": "iq", "field": "101"}]}, by=SYSTEM)
    assert values.of(subject) == {"demographics/age": 31, "demographics/gender": "female", "fields/field": [{"name": "iq", "field": "101"}]}
    subject = subjects.change(subject, {"demographics/age": "32"}, replace=True, by=SYSTEM)
    assert values.of(subject) == {"demographics/age": 32}
    assert values.whole(subject) == {"ID": subject.id, "project": "P", "label": "S", "demographics/age": 32}


@pytest.mark.parametrize("wrong", [{"demographics/age": "old"}, {"unheard/of": "x"}, {"demographics/gender": "maybe"}])
def test_a_wrong_value_is_refused_and_nothing_is_made(wrong: dict[str, str]) -> None:
    archive = an_archive().with_project("P")
    with pytest.raises(Invalid):
        subjects.create(archive.project(), "S", values=wrong, by=SYSTEM)
    assert not Subject.objects.exists()


@pytest.mark.parametrize("label", ["", "a b", "a/b", "a,b", "é", "x" * 256])
def test_a_label_has_letters_digits_underscores_and_hyphens(label: str) -> None:
    with pytest.raises(IllegalName):
        an_archive().with_project("P").with_subject("S") and subjects.create(an_archive().with_project("Q").project(), label, by=SYSTEM)


def test_a_label_is_unique_in_its_project_and_free_in_another() -> None:
    archive = an_archive().with_project("P").with_subject("S")
    with pytest.raises(LabelTaken):
        archive.with_subject("S")
    archive.with_project("Q").with_subject("S")
    assert Subject.objects.filter(label="S").count() == 2


def test_put_creates_then_changes() -> None:
    project = an_archive().with_project("P").project()
    first, created = subjects.put(project, "S", values={"group": "a"}, by=SYSTEM)
    again, created_again = subjects.put(project, "S", values={"src": "b"}, by=SYSTEM)
    assert (created, created_again, first.pk) == (True, False, again.pk)
    assert values.of(again) == {"group": "a", "src": "b"}


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_put_the_same_label_at_once_one_creates_and_all_get_the_same_subject() -> None:
    project = an_archive().with_project("P").project()
    made: list[tuple[int, bool]] = []
    together = threading.Barrier(10)

    def put() -> None:
        together.wait()
        subject, created = subjects.put(project, "S", by=SYSTEM)
        made.append((subject.pk, created))
        connection.close()

    threads = [threading.Thread(target=put) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({key for key, _ in made}) == 1
    assert sorted(created for _, created in made) == [False] * 9 + [True]


def test_a_subject_is_found_in_its_project_by_label_or_id_and_elsewhere_by_id_only() -> None:
    archive = an_archive().with_project("P").with_subject("S")
    subject = archive.subject()
    assert subjects.find(SYSTEM, "S", project=archive.project()) == subjects.find(SYSTEM, subject.id) == subject
    assert subjects.find(SYSTEM, subject.id, project=archive.project()) == subject
    for ref in ("S", "s", "XNAT_S99999"):
        with pytest.raises(NotFound):
            subjects.find(SYSTEM, ref)
    with pytest.raises(NotFound):
        subjects.find(SYSTEM, "s", project=archive.project())  # labels in addresses have their case


def test_missing_and_hidden_subjects_are_told_in_the_same_words() -> None:
    archive = an_archive().with_project("P").with_subject("S").with_user("eve")
    with pytest.raises(NotFound) as hidden:
        subjects.find(archive.actor("eve"), archive.subject().id)
    with pytest.raises(NotFound) as missing:
        subjects.find(archive.actor("eve"), "XNAT_S99999")
    assert str(hidden.value) == str(missing.value)


def test_a_new_label_leaves_everything_else_as_it_is() -> None:
    archive = an_archive().with_project("P").with_subject("A").with_subject("B")
    with pytest.raises(LabelTaken):
        subjects.rename(archive.subject("A"), "B", by=SYSTEM)
    subjects.rename(archive.subject("A"), "C", by=SYSTEM)
    assert subjects.find(SYSTEM, "C", project=archive.project()) == archive.subject("A")


def test_members_create_and_change_subjects_but_do_not_delete_them() -> None:
    archive = an_archive().with_project("P").with_user("bob", member="P").with_user("cleo", collaborator="P")
    bob, cleo = archive.actor("bob"), archive.actor("cleo")
    subject = subjects.create(archive.project(), "S", by=bob)
    subjects.change(subject, {"group": "x"}, by=bob)
    with pytest.raises(Forbidden):
        subjects.delete(subject, by=bob)
    with pytest.raises(Forbidden):
        subjects.change(subject, {"group": "y"}, by=cleo)
    with pytest.raises(Forbidden):
        subjects.create(archive.project(), "T", by=cleo)


def test_with_a_subject_go_its_sessions() -> None:
    archive = an_archive().with_project("P").with_subject("S").with_session("E", scans=2).with_file("1.dcm").with_assessor("QC")
    subjects.delete(archive.subject(), by=SYSTEM)
    assert not Subject.objects.exists()


def test_a_locked_subject_is_not_changed_until_it_is_unlocked() -> None:
    archive = an_archive().with_project("P").with_subject("S")
    states.set_status(archive.subject(), states.LOCKED, by=SYSTEM)
    for deed in (lambda s: subjects.change(s, {"group": "x"}, by=SYSTEM), lambda s: subjects.rename(s, "T", by=SYSTEM),
                 lambda s: subjects.delete(s, by=SYSTEM)):
        with pytest.raises(Locked):
            deed(archive.subject())
    states.set_status(archive.subject(), states.ACTIVE, by=SYSTEM)
    subjects.change(archive.subject(), {"group": "x"}, by=SYSTEM)


def test_history_says_what_changed_and_why() -> None:
    archive = an_archive().with_project("P").with_subject("S", group="a")
    subjects.change(archive.subject(), {"group": "b"}, by=SYSTEM, reason=history.Why("typo", type="WEB_FORM", comment="seen by eye"))
    newest = history.of(archive.subject()).first()
    assert newest is not None
    assert (newest.actor, newest.action, newest.project) == ("system", "changed", "P")
    assert (newest.reason, newest.type, newest.comment) == ("typo", "WEB_FORM", "seen by eye")
    assert newest.changes == {"group": ["a", "b"]}
