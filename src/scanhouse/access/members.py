"""The place of a person in a project, as its page of members gives it: one role instead of all that the person had, or none at all.

A project keeps one owner at least. (The wire takes people out of one group at a time and asks nothing of the kind, as XNAT.)
"""
from __future__ import annotations

from django.db import transaction

from scanhouse.errors import Conflict

from . import groups, users
from .actions import Action
from .actors import Actor
from .models import GroupKind, Membership, User
from .policy import Place, require


class LastOwner(Conflict):
    """Nobody would be left who decides about the project."""

    def __init__(self, login: str) -> None:
        super().__init__(f"{login} is the only owner of the project. Make somebody else an owner first.")


@transaction.atomic
def give(project: str, login: str, role: str, *, by: Actor) -> None:
    """Put somebody into a group of a project, instead of all those that they were in there. Raises NotFound, LastOwner."""
    require(by, Action.MANAGE, Place(project))
    groups.lock(project)
    if groups.find(project, role).kind != GroupKind.OWNER:
        _insist_on_another_owner(project, users.find(login))
    groups.add(project, role, login, by=by)


@transaction.atomic
def take_out(project: str, login: str, *, by: Actor) -> None:
    """Take somebody out of all groups of a project; not being in any is no error. Raises NotFound, LastOwner."""
    require(by, Action.MANAGE, Place(project))
    groups.lock(project)
    user = users.find(login)
    _insist_on_another_owner(project, user)
    Membership.objects.filter(user=user, group__project=project).delete()


def _insist_on_another_owner(project: str, user: User) -> None:
    owners = set(Membership.objects.filter(group__project=project, group__kind=GroupKind.OWNER).values_list("user_id", flat=True))
    if owners == {user.pk}:
        raise LastOwner(user.username)
