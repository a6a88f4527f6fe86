"""Projects: names that are unique together, what goes with a deletion and what stays, who may do what."""
from __future__ import annotations

import threading

import pytest
from django.db import connection

from scanhouse.access.actors import GUEST, SYSTEM
from scanhouse.access.models import Group, ProjectAccess
from scanhouse.errors import Conflict, Forbidden, Invalid, NotFound
from scanhouse.records import configs, history, investigators, preferences, projects, values
from scanhouse.records.errors import IdSpent, IllegalName, NameTaken, StillNeeded
from scanhouse.records.models import Experiment, Favorite, File, Project, Subject
from tests.builders import an_archive

pytestmark = pytest.mark.django_db


def test_whoever_creates_a_project_owns_it_and_nobody_else_sees_it() -> None:
    archive = an_archive().with_user("ann").with_user("bob")
    projects.create("P", by=archive.actor("ann"))
    assert projects.find(archive.actor("ann"), "P").created_by == "ann"
    assert {group.id for group in Group.objects.filter(project="P")} == {"P_owner", "P_member", "P_collaborator"}
    for stranger in (archive.actor("bob"), GUEST):
        with pytest.raises(NotFound):
            projects.find(stranger, "P")


def test_a_project_goes_by_its_id_until_it_gets_a_name() -> None:
    project = projects.create("P", by=SYSTEM)
    assert (project.name, project.secondary_id) == ("P", "P")
    project = projects.change(project, {"name": "Study of P", "description": "What it is about"}, by=SYSTEM)
    assert values.of(project) == {"name": "Study of P", "secondary_ID": "P", "description": "What it is about"}


def test_guests_create_nothing_and_the_site_can_reserve_it_to_administrators() -> None:
    archive = an_archive().with_user("ann")
    with pytest.raises(Forbidden):
        projects.create("P", by=GUEST)
    preferences.change({"uiAllowNonAdminProjectCreation": False}, by=SYSTEM)
    with pytest.raises(Forbidden):
        projects.create("P", by=archive.actor("ann"))


@pytest.mark.parametrize("id", ["", "a b", "a/b", "../etc", "ä", "x" * 256, "a\n"])
def test_an_id_has_letters_digits_underscores_and_hyphens(id: str) -> None:
    with pytest.raises(IllegalName):
        projects.create(id, by=SYSTEM)


@pytest.mark.parametrize("kind", ["id", "name", "secondary_ID", "alias"])
@pytest.mark.parametrize("new_kind", ["id", "name", "secondary_ID", "alias"])
def test_no_name_of_a_project_can_be_any_name_of_another_not_even_in_capitals(kind: str, new_kind: str) -> None:
    taken = {"id": "First", "name": "Title", "secondary_ID": "Running", "alias": "Nick"}
    projects.create("First", values={"name": "Title", "secondary_ID": "Running"}, aliases=["Nick"], by=SYSTEM)
    name = taken[kind].upper()
    id, aliases = (name if new_kind == "id" else "Second"), ([name] if new_kind == "alias" else [])
    with pytest.raises(Conflict):
        projects.create(id, values={new_kind: name} if new_kind in ("name", "secondary_ID") else {}, aliases=aliases, by=SYSTEM)
    assert not Project.objects.exclude(id="First").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_projects_created_at_once_with_one_name_one_is_refused() -> None:
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def create(id: str) -> None:
        together.wait()
        try:
            projects.create(id, values={"name": "The same"}, by=SYSTEM)
            outcomes.append("made")
        except NameTaken:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=create, args=(id,)) for id in ("A", "B")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "refused"]


def test_a_project_is_found_by_its_aliases_and_in_any_case() -> None:
    archive = an_archive().with_project("P", aliases=["Nick, Other"])
    assert {projects.find(SYSTEM, ref) for ref in ("p", "nick", "OTHER")} == {archive.project()}


def test_only_owners_change_a_project() -> None:
    archive = an_archive().with_project("P").with_user("ann", owner="P").with_user("bob", member="P")
    with pytest.raises(Forbidden):
        projects.change(archive.project(), {"name": "Mine"}, by=archive.actor("bob"))
    assert projects.change(archive.project(), {"name": "Mine"}, by=archive.actor("ann")).name == "Mine"


def test_the_prearchive_code_is_any_small_number_and_for_owners() -> None:
    archive = an_archive().with_project("P").with_user("ann", owner="P").with_user("bob", member="P")
    projects.set_prearchive_code(archive.project(), 11, by=archive.actor("ann"))
    assert Project.objects.get(id="P").prearchive_code == 11
    with pytest.raises(Forbidden):
        projects.set_prearchive_code(archive.project(), 0, by=archive.actor("bob"))


def test_an_id_of_a_deleted_project_is_given_again_by_administrators_only() -> None:
    archive = an_archive().with_user("ann").with_project("P")
    projects.delete(archive.project(), by=SYSTEM)
    with pytest.raises(IdSpent):
        projects.create("P", by=archive.actor("ann"))
    assert projects.create("P", by=SYSTEM).id == "P"


def test_with_a_project_goes_all_that_is_its_own_and_nothing_of_its_neighbours() -> None:
    archive = an_archive()
    for id in ("P", "P1", "P_1"):  # names that begin alike
        archive.with_project(id, aliases=[f"alias_{id}"]).with_subject(f"S_{id}").with_session(f"E_{id}", scans=2).with_assessor(f"QC_{id}")
        archive.with_file("1.dcm", on=archive.scan("1")).with_file("note.txt", on=archive.project(), resource="NOTES")
        configs.put("tool", "path", "text", project=archive.project(), by=SYSTEM)
        projects.favorite(archive.project(), by=SYSTEM)
    projects.delete(archive.project("P"), by=SYSTEM)
    for model in (Project, Subject, Favorite):
        assert model.objects.count() == 2
    assert (Experiment.objects.count(), File.objects.count()) == (4, 4)
    assert set(ProjectAccess.objects.values_list("project", flat=True)) == {"P1", "P_1"}
    assert configs.text("tool", "path", project="P") is None
    assert configs.text("tool", "path", project="P1") == "text"
    assert [note.action for note in history.History.objects.filter(thing="P", action="deleted")] == ["deleted"]


def test_what_others_shared_into_a_project_outlives_it() -> None:
    archive = an_archive().with_project("HOME").with_subject("S").with_session("E", scans=1).with_project("AWAY")
    archive.shared("S", into="AWAY").shared("E", into="AWAY")
    projects.delete(archive.project("AWAY"), by=SYSTEM)
    assert Experiment.objects.get().project_id == "HOME"


def test_a_project_stays_while_others_have_data_on_it_that_its_owner_may_not_delete() -> None:
    archive = an_archive().with_project("HOME").with_project("AWAY").with_user("ann", owner="HOME")
    archive._projects["HOME"] = archive._projects.pop("HOME")  # the newest again
    archive.with_subject("S").with_session("E").shared("S", into="AWAY").shared("E", into="AWAY").with_assessor("QC", project="AWAY")
    with pytest.raises(StillNeeded) as refused:
        projects.delete(archive.project("HOME"), by=archive.actor("ann"))
    assert refused.value.projects == ["AWAY"]
    projects.delete(archive.project("HOME"), by=SYSTEM)
    assert not Experiment.objects.exists()


def test_what_registered_for_it_is_told_of_a_deletion_within_its_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(projects, "_on_delete", [lambda project, by: told.append(project)])
    projects.delete(an_archive().with_project("P").project(), by=SYSTEM)
    assert told == ["P"]


def test_members_do_not_delete_a_project_and_strangers_do_not_learn_of_it() -> None:
    archive = an_archive().with_project("P").with_user("bob", member="P").with_user("eve")
    with pytest.raises(Forbidden):
        projects.delete(archive.project(), by=archive.actor("bob"))
    with pytest.raises(NotFound):
        projects.delete(archive.project(), by=archive.actor("eve"))


def test_a_principal_investigator_is_named_by_number_or_by_name() -> None:
    person = investigators.create({"firstname": "Ada", "lastname": "Lovelace", "email": "ada@example.org"}, by=SYSTEM)
    first = projects.create("P1", pi=person.pk, by=SYSTEM)
    second = projects.create("P2", values={"PI/firstname": "Ada", "PI/lastname": "Lovelace", "PI/title": "Lady"}, by=SYSTEM)
    assert first.principal_investigators.get() == second.principal_investigators.get() == person
    assert [project.id for project in person.led.order_by("id")] == ["P1", "P2"]
    person.refresh_from_db()
    assert (person.title, person.email) == ("Lady", "ada@example.org")
    investigators.delete(person, by=SYSTEM)
    assert not first.principal_investigators.exists()


def test_settings_of_a_project_are_typed_and_have_defaults() -> None:
    project = an_archive().with_project("P").project()
    assert projects.settings(project)["current_arc"] == "arc001"
    projects.change_settings(project, {"scan_type_mapping": "false", "keep_superseded": "48"}, by=SYSTEM)
    project.refresh_from_db()
    assert projects.settings(project)["scan_type_mapping"] is False
    assert projects.settings(project)["keep_superseded"] == 48
    for wrong in ({"keep_superseded": "soon"}, {"unheard_of": 1}):
        with pytest.raises(Invalid):
            projects.change_settings(project, wrong, by=SYSTEM)
