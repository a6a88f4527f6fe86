"""Groups and accessibility of projects: who belongs to one, with which rights. Their owners decide (`Action.MANAGE`).

Functions take the project's ID: the project itself lives in `records`, whose use cases call `make_standard` and `remove_all`.
"""
from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from scanhouse.errors import Conflict, Forbidden, Invalid, NotFound

from . import users
from .actions import Action
from .actors import Actor
from .models import Accessibility, Grant, Group, GroupKind, Membership, ProjectAccess, User
from .policy import Place, allowed, require

STANDARD = {GroupKind.OWNER: "Owners", GroupKind.MEMBER: "Members", GroupKind.COLLABORATOR: "Collaborators"}
SITE = {GroupKind.ALL_DATA_ADMIN: "ALL_DATA_ADMIN", GroupKind.ALL_DATA_ACCESS: "ALL_DATA_ACCESS"}
GRANTABLE = (Action.READ, Action.CREATE, Action.EDIT, Action.DELETE)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,99}")
_ELEMENT = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*:[A-Za-z][A-Za-z0-9_.-]*")


class GroupTaken(Conflict):
    """There is such a group already."""


@dataclass(frozen=True)
class Person:
    """A user in a group of a project."""

    group: str
    display_name: str
    kind: GroupKind
    login: str
    first_name: str
    last_name: str
    email: str
    enabled: bool


def make_standard(project: str, *, owner: Actor, accessibility: Accessibility = Accessibility.PRIVATE) -> None:
    """The three groups and the accessibility of a new project; its maker becomes owner. Part of the transaction that makes it."""
    groups = [Group(id=f"{project}_{kind}", display_name=name, project=project, kind=kind) for kind, name in STANDARD.items()]
    if Group.objects.filter(id__in=[group.id for group in groups]).exists():
        raise GroupTaken(f"There are groups already that are named as those of {project} would be. Choose another project ID.")
    Group.objects.bulk_create(groups)
    ProjectAccess.objects.create(project=project, accessibility=accessibility)
    if owner.id is not None:
        Membership.objects.create(user_id=owner.id, group=groups[0])


def remove_all(project: str) -> None:
    """Groups, grants and accessibility of a project that is being deleted. Part of that transaction; who may is asked there."""
    Group.objects.filter(project=project).delete()
    ProjectAccess.objects.filter(project=project).delete()


def accessibility(project: str) -> Accessibility:
    """How accessible a project is. Who may know is for the caller to ask."""
    level = ProjectAccess.objects.filter(project=project).values_list("accessibility", flat=True).first()
    return Accessibility(level or Accessibility.PRIVATE)


@transaction.atomic
def change_accessibility(project: str, level: str, *, by: Actor) -> Accessibility:
    """Owners alone decide; it holds from the next request. Raises `Invalid` for an unknown level."""
    require(by, Action.MANAGE, Place(project))
    if level not in Accessibility.values:
        raise Invalid("A project is private, protected or public. Choose one of them.")
    ProjectAccess.objects.update_or_create(project=project, defaults={"accessibility": level})
    return Accessibility(level)


def find(project: str, name: str) -> Group:
    """A group of a project by its ID, its name within the project, or what pages call it: `P_owner`, `owner`, `Owners`.

    Raises `NotFound`.
    """
    groups = Group.objects.filter(project=project)
    wanted = name.lower()
    for group in sorted(groups, key=lambda group: group.id != name):
        names = {group.id, group.id.removeprefix(f"{project}_"), group.display_name}
        if group.kind != GroupKind.CUSTOM:
            names |= {group.kind, f"{group.kind}s"}
        if wanted in {each.lower() for each in names}:
            return group
    raise NotFound("There is no such group in this project. Its groups are listed on its page of access.")


@transaction.atomic
def add(project: str, group: str, login: str, *, by: Actor) -> Group:
    """Puts a user into a group of a project, instead of the group that they were in there before."""
    require(by, Action.MANAGE, Place(project))
    chosen, user = find(project, group), users.find(login)
    _join(user, chosen)
    return chosen


@transaction.atomic
def remove(project: str, group: str, login: str, *, by: Actor) -> None:
    """Takes a user out of a group of a project; not being in it is no error. People may leave groups themselves."""
    if by.login.lower() != login.lower() or project not in by.by_project:
        require(by, Action.MANAGE, Place(project))
    Membership.objects.filter(group=find(project, group), user=users.find(login)).delete()


def people(project: str, *, by: Actor, disabled: bool = False) -> list[Person]:
    """Who is in the groups of a project. For those who see inside it."""
    require(by, Action.ENTER, Place(project))
    rows = Membership.objects.filter(group__project=project).select_related("user", "group").order_by("group__kind", "user__username")
    return [
        Person(
            row.group.id, row.group.display_name, GroupKind(row.group.kind), row.user.username, row.user.first_name, row.user.last_name,
            row.user.email, row.user.is_active,
        )
        for row in rows
        if disabled or row.user.is_active
    ]


@transaction.atomic
def create_custom(project: str, name: str, grants: Mapping[str, Collection[Action]], *, by: Actor) -> Group:
    """A group of a project with rights of its own, by element. Any right on an element includes reading it.

    Its members always see the project and its subjects. Raises `Invalid` for a bad name or element, `GroupTaken`.
    """
    require(by, Action.MANAGE, Place(project))
    suffixes = tuple(f"_{kind}" for kind in STANDARD)
    if not _NAME.fullmatch(name) or f"_{name}".lower().endswith(suffixes):
        raise Invalid("A group is named by up to 100 letters, digits, spaces, '_' and '-', and not as a standard group.")
    group = Group(id=f"{project}_{name}", display_name=name, project=project, kind=GroupKind.CUSTOM)
    try:
        with transaction.atomic():
            group.save(force_insert=True)
    except IntegrityError:
        raise GroupTaken(f"There is already a group {name!r}. Choose another name.") from None
    _grant(group, grants)
    return group


@transaction.atomic
def change_grants(project: str, name: str, grants: Mapping[str, Collection[Action]], *, by: Actor) -> Group:
    """Gives a custom group these rights instead of those it had."""
    group = _custom(project, name, by)
    _grant(group, grants)
    return group


@transaction.atomic
def delete_custom(project: str, name: str, *, by: Actor) -> None:
    """Deletes a custom group; its members lose what it gave. The standard groups cannot be deleted."""
    _custom(project, name, by).delete()


def of_project(project: str, *, by: Actor) -> list[Group]:
    """The groups of a project. For those who see inside it."""
    require(by, Action.ENTER, Place(project))
    return list(Group.objects.filter(project=project).order_by("kind", "id"))


def of(user: User) -> list[str]:
    """IDs of the groups of a user."""
    return list(Membership.objects.filter(user=user).order_by("group_id").values_list("group_id", flat=True))


def in_projects(user: User) -> list[Group]:
    """The groups of projects that a user is in, by project."""
    return list(Group.objects.filter(memberships__user=user, project__isnull=False).order_by("project", "id"))


@transaction.atomic
def join(login: str, group: str, *, by: Actor) -> None:
    """Puts a user into a group by its ID. Groups of the site are given by administrators, groups of a project by its owners."""
    chosen = _to_give(group, by)
    _join(users.find(login), chosen)


@transaction.atomic
def leave(login: str, group: str, *, by: Actor) -> None:
    """Takes a user out of a group by its ID; everybody may leave themselves."""
    if login.lower() != by.login.lower() or group not in {own.group for own in by.groups}:
        _to_give(group, by)
    Membership.objects.filter(user=users.find(login), group_id=group).delete()


def join_invited(actor: Actor, group: Group) -> None:
    """Part of accepting an invitation, which says who may."""
    _join(users.find(actor.login), group)


def lock(project: str) -> None:
    """Until the end of the transaction nobody else decides about the people of this project by what they find: the second one waits here."""
    list(Group.objects.select_for_update(no_key=True).filter(project=project).order_by("id"))


def _join(user: User, group: Group) -> None:
    # Of two who put somebody into two groups at once, the second waits here until it can see, and end, what the first one gave.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if group.project is not None:
        Membership.objects.filter(user=user, group__project=group.project).exclude(group=group).delete()
    Membership.objects.get_or_create(user=user, group=group)


def _to_give(name: str, by: Actor) -> Group:
    """The group of this ID, if `by` decides who is in it. A group of a hidden project looks like one that is not there."""
    for kind, site_group in SITE.items():
        if name == site_group:
            if not by.is_admin:
                raise Forbidden("Only administrators say who belongs to the groups of the site.")
            return Group.objects.get_or_create(id=site_group, defaults={"display_name": site_group, "kind": kind})[0]
    group = Group.objects.filter(id=name, project__isnull=False).first()
    if group is None or group.project is None or not allowed(by, Action.READ, Place(group.project)):
        raise NotFound("There is no such group. Check its ID.")
    require(by, Action.MANAGE, Place(group.project))
    return group


def _custom(project: str, name: str, by: Actor) -> Group:
    require(by, Action.MANAGE, Place(project))
    group = find(project, name)
    if group.kind != GroupKind.CUSTOM:
        raise Forbidden(f"The group {group.display_name} belongs to every project: its rights are fixed and it cannot be deleted.")
    return group


def _grant(group: Group, grants: Mapping[str, Collection[Action]]) -> None:
    for element, actions in grants.items():
        if not _ELEMENT.fullmatch(element) or not set(actions) <= set(GRANTABLE):
            raise Invalid(f"A grant is read, create, edit or delete on an element such as xnat:mrSessionData, not on {element[:100]!r}.")
    if Group.objects.select_for_update(no_key=True).filter(pk=group.pk).first() is None:
        raise NotFound("This group has just been deleted.")
    group.grants.all().delete()
    Grant.objects.bulk_create(
        Grant(
            group=group, element=element, read=bool(actions), create=Action.CREATE in actions, edit=Action.EDIT in actions,
            remove=Action.DELETE in actions,
        )
        for element, actions in grants.items()
    )
