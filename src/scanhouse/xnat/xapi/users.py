"""Accounts, for administrators and everybody's own (xnat-xapi 1.1)."""
from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from scanhouse.access import users
from scanhouse.access.actors import SYSTEM
from scanhouse.access.models import User
from scanhouse.access.policy import Action, visible
from scanhouse.errors import Invalid
from scanhouse.records import history
from scanhouse.records.models import Project

from .. import envelopes, levels
from ..dialect import Call
from ..routes import Routes

routes = Routes()

TEXTS = {"email": "email", "firstName": "first_name", "lastName": "last_name", "password": "password"}
FLAGS = ("enabled", "verified")


@routes.get("users", exact=True)
def logins(call: Call) -> HttpResponseBase:
    """All logins."""
    levels.those_who_see_users(call)
    return envelopes.json([user.username for user in users.accounts(by=SYSTEM)])


@routes.get("users/profiles", "users/current", exact=True)
def profiles(call: Call) -> HttpResponseBase:
    """All accounts."""
    levels.those_who_see_users(call)
    return envelopes.json([model(user) for user in users.accounts(by=SYSTEM)])


@routes.get("users/profile/{user}", exact=True)
def profile(call: Call) -> HttpResponseBase:
    levels.those_who_see_users(call, call.name("user"))
    return envelopes.json(model(users.find(call.name("user"))))


@routes.get("users/profile", exact=True)
def own_profile(call: Call) -> HttpResponseBase:
    levels.signed_in(call)
    return envelopes.json(model(users.find(call.actor.login)))


@routes.get("users/username", exact=True)
def own_login(call: Call) -> HttpResponseBase:
    levels.signed_in(call)
    return envelopes.text(call.actor.login)


@routes.get("users/projects", exact=True)
def editable_projects(call: Call) -> HttpResponseBase:
    """IDs of the projects in which the caller edits."""
    found = visible(call.actor, Project.objects.order_by("id"), Action.EDIT)
    return envelopes.json(list(found.values_list("id", flat=True)))


@routes.get("users/authProviders", open=True, exact=True)
def providers(call: Call) -> HttpResponseBase:
    return envelopes.json([{"providerId": "localdb", "name": "Database", "authMethod": "localdb"}])


@routes.get("users/authDetails/{user}", exact=True)
def sign_in_details(call: Call) -> HttpResponseBase:
    """How a user signs in."""
    levels.self_or_administrators(call, call.name("user"))
    login = users.find(call.name("user")).username
    return envelopes.json([{"xdatUsername": login, "authMethod": "localdb", "authMethodId": "", "authUser": login}])


@routes.get("users/{user}", exact=True)
def show(call: Call) -> HttpResponseBase:
    levels.self_or_administrators(call, call.name("user"))
    return envelopes.json(model(users.find(call.name("user"))))


@routes.post("users", exact=True)
def create(call: Call) -> HttpResponseBase:
    """A new account: 201 and its model."""
    levels.administrators(call)
    sent = levels.mapping_of(call)
    texts, flags = _texts(sent), _flags(sent)
    missing = [name for name in ("username", "email", "firstName", "lastName") if not sent.get(name)]
    if missing:
        raise Invalid(f"The account was not made: {', '.join(missing)} must be given.")
    with transaction.atomic():
        user = users.create(
            str(sent["username"]), password=texts.get("password"), email=texts["email"], first_name=texts["first_name"],
            last_name=texts["last_name"], by=call.actor, **flags,
        )  # fmt: skip
        history.note(call.actor, action="created account", thing=None, reason=call.why, changes={"account": [None, user.username]})
    return envelopes.json(model(users.find(user.username)), status=201)


@routes.put("users/update", exact=True)
def change_own(call: Call) -> HttpResponseBase:
    """Everybody's own e-mail address and password; a new password needs the current one."""
    levels.signed_in(call)
    sent = levels.mapping_of(call)
    texts = _texts(sent)
    with transaction.atomic():
        users.change_own(by=call.actor, email=texts.get("email"), password=texts.get("password"), sign_in=call.sign_in,
                         current_password=str(sent.get("currentPassword") or ""))
        history.note(call.actor, action="changed own account", thing=None, reason=call.why, changes={"account": [call.actor.login] * 2})
    return envelopes.json(model(users.find(call.actor.login)))


@routes.put("users/{user}", exact=True)
def change(call: Call) -> HttpResponseBase:
    """Fields that are sent are changed; 304 when that changes nothing (Q-202)."""
    levels.administrators(call)
    login, sent = call.name("user"), levels.mapping_of(call)
    if str(sent.get("username") or login).lower() != login.lower():
        raise Invalid("The login in the body is not that of the address. Logins do not change.")
    if not _change(call, login, **_texts(sent), **_flags(sent)):
        return HttpResponse(status=304)
    return envelopes.json(model(users.find(login)))


@routes.get("users/{user}/enabled", "users/{user}/verified", exact=True)
def flag(call: Call) -> HttpResponseBase:
    levels.self_or_administrators(call, call.name("user"))
    name = call.address.template.rpartition("/")[2]
    return envelopes.json(getattr(users.find(call.name("user")), name))


@routes.put("users/{user}/enabled/{flag}", "users/{user}/verified/{flag}", exact=True)
def set_flag(call: Call) -> HttpResponseBase:
    """Enable or disable, verify or not. What is so already stays so."""
    levels.administrators(call)
    name = call.address.template.split("/")[2]
    _change(call, call.name("user"), **_flags({name: call.name("flag")}))
    return envelopes.nothing()


def model(user: User) -> dict[str, Any]:
    """An account as XNAT tells it: without secrets (Q-203)."""
    return {
        "id": user.pk, "username": user.username, "firstName": user.first_name, "lastName": user.last_name, "email": user.email,
        "password": None, "salt": None, "authorization": None, "lastModified": int(user.password_changed_at.timestamp() * 1000),
        "enabled": user.enabled, "verified": user.verified, "lastSuccessfulLogin": None, "secured": True, "pendingEmail": None,
        "currentPassword": None,
    }  # fmt: skip


def _change(call: Call, login: str, **wanted: Any) -> bool:
    with transaction.atomic():
        changed = users.change(login, by=call.actor, **wanted)
        if changed:
            names = ", ".join(sorted(wanted))
            history.note(call.actor, action="changed account", thing=None, reason=call.why, changes={"account": [login, names]})
    return changed


def _texts(sent: dict[str, Any]) -> dict[str, str]:
    return {ours: str(sent[theirs]) for theirs, ours in TEXTS.items() if sent.get(theirs) is not None}


def _flags(sent: dict[str, Any]) -> dict[str, bool]:
    found = {}
    for name in FLAGS:
        if sent.get(name) is not None:
            text = str(sent[name]).lower()
            if text not in ("true", "false"):
                raise Invalid(f"{name} is true or false.")
            found[name] = text == "true"
    return found
