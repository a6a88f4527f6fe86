"""Roles of the site and groups of users (xnat-xapi 1.3)."""
from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db import transaction
from django.http.response import HttpResponseBase

from scanhouse.access import groups, users
from scanhouse.access.actors import Actor
from scanhouse.errors import Forbidden, ScanhouseError
from scanhouse.records import history
from scanhouse.records.models import Project

from .. import envelopes, levels
from ..dialect import Call
from ..routes import Routes

routes = Routes()

PRIVILEGED = {"Privileged", "CustomFormManager"}
"""Roles that see the list of all projects."""


@routes.get("users/roles", exact=True)
def names(call: Call) -> HttpResponseBase:
    levels.administrators(call)
    return envelopes.json(list(users.ROLES))


@routes.get("users/rolemap", exact=True)
def by_role(call: Call) -> HttpResponseBase:
    levels.administrators(call)
    return envelopes.json({role: holders for role in users.ROLES if (holders := users.holders(role))})


@routes.get("users/roles/{role}", exact=True)
def holders(call: Call) -> HttpResponseBase:
    levels.administrators(call)
    return envelopes.json(users.holders(call.name("role")))


@routes.get("users/{user}/roles", exact=True)
def roles_of(call: Call) -> HttpResponseBase:
    levels.self_or_administrators(call, call.name("user"))
    return envelopes.json(users.roles(users.find(call.name("user"))))


@routes.on("PUT DELETE", "users/{user}/roles", exact=True)
def change_roles(call: Call) -> HttpResponseBase:
    """Several roles: 200 and an empty list, or 202 and those that could not be given or taken (Q-204)."""
    levels.administrators(call)
    return _each(call, levels.texts_of(call), "role", users.give_role if call.method == "PUT" else users.take_role)


@routes.on("PUT DELETE", "users/{user}/roles/{role}", exact=True)
def change_role(call: Call) -> HttpResponseBase:
    levels.administrators(call)
    _one(call, call.name("role"), "role", users.give_role if call.method == "PUT" else users.take_role)
    return envelopes.nothing()


@routes.get("users/{user}/groups", exact=True)
def groups_of(call: Call) -> HttpResponseBase:
    levels.self_or_administrators(call, call.name("user"))
    return envelopes.json(groups.of(users.find(call.name("user"))))


@routes.on("PUT DELETE", "users/{user}/groups", exact=True)
def change_groups(call: Call) -> HttpResponseBase:
    levels.signed_in(call)
    return _each(call, levels.texts_of(call), "group", groups.join if call.method == "PUT" else groups.leave)


@routes.on("PUT DELETE", "users/{user}/groups/{group}", exact=True)
def change_group(call: Call) -> HttpResponseBase:
    levels.signed_in(call)
    _one(call, call.name("group"), "group", groups.join if call.method == "PUT" else groups.leave)
    return envelopes.nothing()


@routes.on("GET", "role/projects", exact=True)
def all_projects(call: Call) -> HttpResponseBase:
    """Every project of the site by name, for those with a role that says so."""
    _privileged(call.actor)
    return envelopes.json(_projects(Project.objects.all()))


@routes.post("role/projectsById", exact=True)
def projects_by_id(call: Call) -> HttpResponseBase:
    _privileged(call.actor)
    wanted = [part.strip() for part in call.body.decode(errors="replace").split(",") if part.strip()]
    return envelopes.json(_projects(Project.objects.filter(id__in=wanted)))


Deed = Callable[..., None]


def _each(call: Call, wanted: Iterable[str], noun: str, deed: Deed) -> HttpResponseBase:
    failed = []
    for name in wanted:
        try:
            _one(call, name, noun, deed)
        except Forbidden:
            raise
        except ScanhouseError:
            failed.append(name)
    return envelopes.json(failed, status=202 if failed else 200)


def _one(call: Call, name: str, noun: str, deed: Deed) -> None:
    login = call.name("user")
    with transaction.atomic():
        deed(login, name, by=call.actor)
        verb = "gave" if call.method == "PUT" else "took"
        history.note(call.actor, action=f"{verb} {noun}", thing=None, reason=call.why, changes={login: [None, name]})


def _privileged(actor: Actor) -> None:
    if not actor.is_admin and not PRIVILEGED & actor.roles:
        raise Forbidden("The list of all projects is for the role Privileged and for administrators.")


def _projects(found: Iterable[Project]) -> list[dict[str, str]]:
    return [
        {"id": one.id, "name": one.name, "description": one.description, "secondary_id": one.secondary_id, "investigator": ""}
        for one in sorted(found, key=lambda one: one.id)
    ]
