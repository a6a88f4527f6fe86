"""Who belongs to a project: standard groups, custom groups, accessibility."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scanhouse.access import actors, groups, users
from scanhouse.access.actions import Action
from scanhouse.access.actors import Actor
from scanhouse.access.models import Accessibility, Group, GroupKind, User
from scanhouse.access.policy import Place, allowed
from scanhouse.errors import Forbidden, Invalid, NotFound

MR = "xnat:mrSessionData"


@pytest.fixture
def people(account: Callable[..., User]) -> Callable[[str], Actor]:
    """`people("jane")` is the actor jane as of now; jane owns the project P."""
    for login in ("jane", "joe", "root"):
        account(login, is_admin=login == "root")
    groups.make_standard("P", owner=actors.load("jane"))
    return actors.load


def test_who_makes_a_project_owns_it(people: Callable[[str], Actor]) -> None:
    assert allowed(people("jane"), Action.MANAGE, Place("P"))
    assert groups.accessibility("P") is Accessibility.PRIVATE
    assert list(Group.objects.order_by("id").values_list("id", "display_name", "kind")) == [
        ("P_collaborator", "Collaborators", "collaborator"), ("P_member", "Members", "member"), ("P_owner", "Owners", "owner"),
    ]


@pytest.mark.parametrize("name", ["Members", "members", "member", "P_member", "p_MEMBER"])
def test_a_group_is_found_by_all_its_names(people: Callable[[str], Actor], name: str) -> None:
    groups.add("P", name, "joe", by=people("jane"))
    assert people("joe").by_project["P"][0].kind is GroupKind.MEMBER


def test_a_user_is_in_one_group_of_a_project(people: Callable[[str], Actor]) -> None:
    groups.add("P", "Members", "joe", by=people("jane"))
    groups.add("P", "Collaborators", "JOE", by=people("jane"))
    assert groups.of(users.find("joe")) == ["P_collaborator"]
    found = [(person.login, person.group) for person in groups.people("P", by=people("joe"))]
    assert found == [("joe", "P_collaborator"), ("jane", "P_owner")]
    assert [group.id for group in groups.in_projects(users.find("joe"))] == ["P_collaborator"]


def test_a_removed_user_has_no_rights_from_the_next_question_on(people: Callable[[str], Actor]) -> None:
    groups.add("P", "Members", "joe", by=people("jane"))
    groups.remove("P", "Members", "joe", by=people("jane"))
    assert not allowed(people("joe"), Action.READ, Place("P"))


def test_people_may_leave_a_project(people: Callable[[str], Actor]) -> None:
    groups.add("P", "Members", "joe", by=people("jane"))
    groups.remove("P", "Members", "joe", by=people("joe"))
    assert groups.of(users.find("joe")) == []
    groups.add("P", "Members", "joe", by=people("jane"))
    groups.leave("joe", "P_member", by=people("joe"))
    assert groups.of(users.find("joe")) == []


CALLS: dict[str, Callable[[str, Actor], Any]] = {
    "add": lambda project, by: groups.add(project, "Owners", "joe", by=by),
    "remove oneself": lambda project, by: groups.remove(project, "Owners", "joe", by=by),
    "remove another": lambda project, by: groups.remove(project, "Owners", "jane", by=by),
    "join": lambda project, by: groups.join("joe", f"{project}_owner", by=by),
    "leave": lambda project, by: groups.leave("joe", f"{project}_owner", by=by),
    "take out": lambda project, by: groups.leave("jane", f"{project}_owner", by=by),
    "people": lambda project, by: groups.people(project, by=by),
    "accessibility": lambda project, by: groups.change_accessibility(project, "public", by=by),
    "create": lambda project, by: groups.create_custom(project, "G", {}, by=by),
    "grant": lambda project, by: groups.change_grants(project, "G", {}, by=by),
    "delete": lambda project, by: groups.delete_custom(project, "G", by=by),
}


@pytest.mark.parametrize("call", CALLS)
def test_strangers_cannot_tell_a_private_project_from_none(people: Callable[[str], Actor], call: str) -> None:
    def answer(project: str) -> str:
        with pytest.raises(NotFound) as error:
            CALLS[call](project, people("joe"))
        return str(error.value)

    assert answer("P") == answer("NONE")


@pytest.mark.parametrize("call", [call for call in CALLS if call not in ("people", "remove oneself", "leave")])
def test_members_do_not_decide_who_belongs_to_a_project(people: Callable[[str], Actor], call: str) -> None:
    groups.create_custom("P", "G", {}, by=people("jane"))
    groups.add("P", "Members", "joe", by=people("jane"))
    with pytest.raises(Forbidden):
        CALLS[call]("P", people("joe"))
    assert groups.of(users.find("joe")) == ["P_member"]
    assert groups.accessibility("P") is Accessibility.PRIVATE


def test_a_custom_group_gives_what_its_grants_say(people: Callable[[str], Actor]) -> None:
    groups.create_custom("P", "readers", {MR: {Action.EDIT}}, by=people("jane"))
    groups.add("P", "readers", "joe", by=people("jane"))
    given = {action for action in Action if allowed(people("joe"), action, Place("P", MR))}
    assert given == {Action.READ, Action.EDIT}, "whoever may change it may read it"
    groups.change_grants("P", "P_readers", {MR: [Action.READ]}, by=people("jane"))
    assert not allowed(people("joe"), Action.EDIT, Place("P", MR))
    groups.delete_custom("P", "readers", by=people("jane"))
    assert people("joe").groups == ()


@pytest.mark.parametrize("name", ["owner", "B_owner", "x_member", "", "a/b", "x" * 101])
def test_some_names_are_not_for_custom_groups(people: Callable[[str], Actor], name: str) -> None:
    with pytest.raises(Invalid):
        groups.create_custom("P", name, {}, by=people("jane"))


@pytest.mark.parametrize("grants", [{"nonsense": {Action.READ}}, {MR: {Action.MANAGE}}])
def test_grants_are_of_actions_on_elements(people: Callable[[str], Actor], grants: dict[str, set[Action]]) -> None:
    with pytest.raises(Invalid):
        groups.create_custom("P", "G", grants, by=people("jane"))
    assert not Group.objects.filter(kind="custom").exists()


def test_the_standard_groups_stay_as_they_are(people: Callable[[str], Actor]) -> None:
    for change in (groups.delete_custom, lambda *args, by: groups.change_grants(*args, {}, by=by)):
        with pytest.raises(Forbidden, match="Owners"):
            change("P", "Owners", by=people("jane"))


def test_no_group_is_made_twice(people: Callable[[str], Actor]) -> None:
    groups.create_custom("P", "G", {}, by=people("jane"))
    with pytest.raises(groups.GroupTaken):
        groups.create_custom("P", "G", {}, by=people("jane"))
    with pytest.raises(groups.GroupTaken):
        groups.make_standard("P", owner=people("joe"))
    assert not allowed(people("joe"), Action.READ, Place("P"))


def test_owners_decide_how_accessible_their_project_is(people: Callable[[str], Actor]) -> None:
    assert groups.change_accessibility("P", "public", by=people("jane")) is Accessibility.PUBLIC
    assert allowed(people("joe"), Action.READ, Place("P", MR))
    with pytest.raises(Invalid):
        groups.change_accessibility("P", "secret", by=people("jane"))


def test_the_groups_of_the_site_are_given_by_administrators(people: Callable[[str], Actor]) -> None:
    with pytest.raises(Forbidden):
        groups.join("joe", "ALL_DATA_ACCESS", by=people("jane"))
    groups.join("joe", "ALL_DATA_ACCESS", by=people("root"))
    assert allowed(people("joe"), Action.READ, Place("P", MR)) and not allowed(people("joe"), Action.EDIT, Place("P", MR))
    groups.leave("joe", "ALL_DATA_ACCESS", by=people("root"))
    groups.join("joe", "ALL_DATA_ADMIN", by=people("root"))
    assert allowed(people("joe"), Action.MANAGE, Place("P")) and not people("joe").is_admin


def test_nothing_of_a_deleted_project_is_left_for_the_next_of_that_name(people: Callable[[str], Actor]) -> None:
    groups.change_accessibility("P", "public", by=people("jane"))
    groups.remove_all("P")
    assert not Group.objects.exists() and people("jane").groups == ()
    assert groups.accessibility("P") is Accessibility.PRIVATE
