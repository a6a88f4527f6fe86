"""Who belongs to a project: users, groups, requests to join (xnat-data-api 2.2)."""
from __future__ import annotations

import re
from collections.abc import Iterator

from django.http.response import HttpResponseBase

from scanhouse.access import groups, invitations, policy, users
from scanhouse.access.models import AccessRequest, GroupKind, User
from scanhouse.access.policy import Action
from scanhouse.errors import Forbidden, Invalid, NotFound
from scanhouse.records import preferences
from scanhouse.records.models import Project

from .. import envelopes, faults, owners
from ..dialect import Call
from ..routes import Routes

routes = Routes()
COLUMNS = ("GROUP_ID", "displayname", "login", "firstname", "lastname", "email")
_GRANT = re.compile(r"(?P<element>[\w:]+)_(?P=element)/project_(?P<project>.+)_(?P<right>[RCEDA])\Z")
RIGHTS = {"R": (Action.READ,), "C": (Action.CREATE,), "E": (Action.CREATE, Action.EDIT), "D": (Action.DELETE,)}
"""Letters of a group's form. Who may edit may create (Q-066)."""


@routes.get("projects/{project}/users")
def listing(call: Call) -> HttpResponseBase:
    """Who is in the groups of a project; `/true` includes accounts that are disabled."""
    project = owners.project(call, Action.ENTER)
    if preferences.get("restrictUserListAccessToAdmins") and not policy.allowed(call.actor, Action.MANAGE, project):
        raise Forbidden("On this site the owners of a project alone see who belongs to it.")
    return _people(call, project, disabled=call.remainder[:1] == ("true",))


@routes.put("projects/{project}/users/{group}/{user}")
def add(call: Call) -> HttpResponseBase:
    """Put somebody, by login, number or e-mail address, into a group; they leave the one they were in. A stranger is invited."""
    project = owners.project(call)
    policy.require(call.actor, Action.MANAGE, project)
    user = _user(call.name("user"))
    if user is None:
        invitations.invite(project.id, call.name("group"), call.name("user"), by=call.actor)
        return _people(call, project)
    if user.username.lower() == "guest":
        raise faults.Teapot(412, "The guest account cannot belong to a project. Make the project public instead.")
    groups.add(project.id, call.name("group"), user.username, by=call.actor)
    return _people(call, project)


@routes.delete("projects/{project}/users/{group}/{user}")
def remove(call: Call) -> HttpResponseBase:
    project = owners.project(call)
    user = _user(call.name("user"))
    if user is None:
        raise NotFound("There is no account of that name.")
    groups.remove(project.id, call.name("group"), user.username, by=call.actor)
    return envelopes.nothing()


@routes.get("projects/{project}/groups")
def list_groups(call: Call) -> HttpResponseBase:
    project = owners.project(call, Action.ENTER)
    rows = [(group.id, group.display_name, group.project) for group in groups.of_project(project.id, by=call.actor)]
    return envelopes.table(call, envelopes.Table(("id", "displayname", "tag"), rows, title="Groups"))


@routes.on("POST PUT", "projects/{project}/groups")
def put_group(call: Call) -> HttpResponseBase:
    """A group with rights of its own, from the form of XNAT's page: one field per right."""
    project = owners.project(call)
    policy.require(call.actor, Action.MANAGE, project)
    name = call.get("xdat:userGroup/displayName") or "".join(call.remainder[:1])
    if not name:
        raise faults.NothingUsable("A group needs a name: xdat:userGroup/displayName.")
    grants: dict[str, set[Action]] = {}
    for element, actions in _grants(call, project):
        grants.setdefault(element, set()).update(actions)
    if any(group.display_name == name and group.kind == GroupKind.CUSTOM for group in groups.of_project(project.id, by=call.actor)):
        groups.change_grants(project.id, name, grants, by=call.actor)
    else:
        groups.create_custom(project.id, name, grants, by=call.actor)
    return envelopes.nothing()


@routes.delete("projects/{project}/groups/{group}")
def delete_group(call: Call) -> HttpResponseBase:
    groups.delete_custom(owners.project(call).id, call.name("group"), by=call.actor)
    return envelopes.nothing()


@routes.get("projects/{project}/pars")
def requests_of_project(call: Call) -> HttpResponseBase:
    """Invitations to a project that wait for an answer; for its owners."""
    project = owners.project(call)
    return _requests(call, invitations.of_project(project.id, by=call.actor))


@routes.get("pars")
def my_requests(call: Call) -> HttpResponseBase:
    """Invitations to oneself."""
    return _requests(call, invitations.of_user(by=call.actor))


@routes.put("pars/{request}")
def answer_request(call: Call) -> HttpResponseBase:
    text = call.name("request")
    if call.has("accept") == call.has("decline"):
        raise Invalid("Say accept=true or decline=true.")
    key = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    invitations.answer(key, accept=call.flag("accept"), by=call.actor)
    return envelopes.nothing()


def _people(call: Call, project: Project, *, disabled: bool = False) -> HttpResponseBase:
    people = groups.people(project.id, by=call.actor, disabled=disabled)
    rows = [(one.group, one.display_name, one.login, one.first_name, one.last_name, one.email) for one in people]
    return envelopes.table(call, envelopes.Table(COLUMNS, rows, title="Projects"))


def _requests(call: Call, found: list[AccessRequest]) -> HttpResponseBase:
    columns = ("par_id", "proj_id", "level", "create_date", "email", "login", "secondary_id", "approved", "approval_date")
    rows = [
        (one.pk, one.project, one.group_id, one.created_at, one.email, one.user.username if one.user else "", one.project, one.approved,
         one.decided_at)
        for one in found
    ]
    return envelopes.table(call, envelopes.Table(columns, rows, title="Project access requests"))


def _user(text: str) -> User | None:
    """An account by login, by number, or by e-mail address where that names one."""
    try:
        return users.find(text)
    except NotFound:
        if text.isascii() and text.isdigit() and len(text) < 10:
            return User.objects.filter(pk=int(text)).first()
        if "@" in text:
            return users.of_address(text)
        raise


def _grants(call: Call, project: Project) -> Iterator[tuple[str, tuple[Action, ...]]]:
    for key, value in call.pairs().items():
        found = _GRANT.fullmatch(key)
        if found and value in ("1", "true", "on") and found["project"] == project.id:
            yield found["element"], RIGHTS.get(found["right"], ())
