"""Who decides about the same people at the same moment does so one after the other."""
from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.at_once import meanwhile

from scanhouse.access import actors, groups, invitations, members, users
from scanhouse.access.actions import Action
from scanhouse.access.actors import SYSTEM, Actor
from scanhouse.access.models import AccessRequest, Grant, Group, Membership, User
from scanhouse.errors import Conflict, NotFound

pytestmark = pytest.mark.django_db(transaction=True)

MR, PET = "xnat:mrSessionData", "xnat:petSessionData"


@pytest.fixture
def jane(account: Callable[..., User]) -> Actor:
    """The owner of the project P; joe is a stranger."""
    account("jane")
    account("joe")
    groups.make_standard("P", owner=actors.load("jane"))
    return actors.load("jane")


@pytest.mark.parametrize("group", ["Owners", "Members"])
def test_somebody_who_is_put_into_two_groups_at_once_is_in_the_later_one(jane: Actor, group: str) -> None:
    error = meanwhile(lambda: groups.add("P", group, "joe", by=jane), lambda: groups.add("P", "Collaborators", "joe", by=jane))
    assert error is None and groups.of(users.find("joe")) == ["P_collaborator"]


def test_to_be_put_into_one_group_twice_at_once_is_to_be_in_it(jane: Actor) -> None:
    again = lambda: groups.join("joe", "P_member", by=jane)  # noqa: E731
    assert meanwhile(again, again) is None
    assert groups.of(users.find("joe")) == ["P_member"]


def test_rights_of_a_group_that_are_changed_twice_at_once_are_the_later_ones(jane: Actor) -> None:
    groups.create_custom("P", "G", {MR: {Action.READ}}, by=jane)
    change = lambda *actions: lambda: groups.change_grants("P", "G", {PET: set(actions)}, by=jane)  # noqa: E731
    assert meanwhile(change(Action.READ, Action.EDIT), change(Action.READ, Action.DELETE)) is None
    assert list(Grant.objects.values_list("element", "edit", "remove")) == [(PET, False, True)]


def test_rights_of_a_group_that_is_being_deleted_are_not_found(jane: Actor) -> None:
    groups.create_custom("P", "G", {}, by=jane)
    error = meanwhile(lambda: groups.delete_custom("P", "G", by=jane), lambda: groups.change_grants("P", "G", {MR: {Action.READ}}, by=jane))
    assert isinstance(error, NotFound)
    assert not Group.objects.filter(id="P_G").exists()


def test_one_address_that_is_invited_twice_at_once_has_one_invitation(jane: Actor) -> None:
    invite = lambda group: lambda: invitations.invite("P", group, "new@uni.example", by=jane)  # noqa: E731
    assert meanwhile(invite("Owners"), invite("Members")) is None
    assert [asked.group_id for asked in AccessRequest.objects.all()] == ["P_member"]


def test_two_owners_do_not_demote_each_other_at_once(jane: Actor) -> None:
    groups.add("P", "Owners", "joe", by=jane)
    error = meanwhile(
        lambda: members.give("P", "jane", "member", by=SYSTEM), lambda: members.take_out("P", "joe", by=SYSTEM)
    )  # fmt: skip
    assert isinstance(error, Conflict) and "only owner" in str(error)
    assert groups.of(users.find("joe")) == ["P_owner"]


def test_who_is_taken_out_of_a_project_leaves_all_its_groups(jane: Actor) -> None:
    """Rows from before, when one could be in several."""
    groups.create_custom("P", "G", {MR: {Action.READ}}, by=jane)
    for group in ("P_owner", "P_collaborator", "P_G"):
        Membership.objects.create(user=users.find("joe"), group_id=group)
    members.take_out("P", "JOE", by=jane)
    assert groups.of(users.find("joe")) == []
    members.take_out("P", "joe", by=jane)


def test_the_last_owner_stays_even_with_other_groups(jane: Actor) -> None:
    Membership.objects.create(user=users.find("jane"), group_id="P_collaborator")
    for deed in (lambda: members.take_out("P", "jane", by=jane), lambda: members.give("P", "jane", "member", by=jane)):
        with pytest.raises(members.LastOwner):
            deed()
    members.give("P", "jane", "owner", by=jane)
    assert groups.of(users.find("jane")) == ["P_owner"]


def test_nobody_who_does_not_manage_a_project_takes_people_out(jane: Actor) -> None:
    for deed in (lambda: members.take_out("P", "jane", by=actors.load("joe")), lambda: members.give("P", "joe", "owner", by=actors.load("joe"))):
        with pytest.raises(NotFound):
            deed()
