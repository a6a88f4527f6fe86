"""Sessions: what signs in, who is signed in, and their end (xnat-data-api 1.2)."""
from __future__ import annotations

from django.http.response import HttpResponseBase

from scanhouse.access import sign_ins, users
from scanhouse.access.actors import Actor
from scanhouse.errors import Forbidden, NotFound

from .. import envelopes, faults
from ..dialect import Call
from ..routes import Routes

routes = Routes()


@routes.on("GET POST PUT", "JSESSION")
def show(call: Call) -> HttpResponseBase:
    """The ID of the session, made for a guest of an open site who has none; with `CSRF` also the token."""
    sign_in = call.sign_in or sign_ins.sign_in(call.actor)
    call.sign_in = sign_in
    return envelopes.text(f"{sign_in.id}; XNAT_CSRF={sign_in.csrf}" if call.flag("CSRF") else sign_in.id)


@routes.delete("JSESSION", open=True)
def end(call: Call) -> HttpResponseBase:
    """Sign out. Clients may append the ID; it ends the session of the cookie."""
    if call.sign_in is not None:
        sign_ins.sign_out(call.sign_in.id)
        call.sign_in = None
    return envelopes.nothing()


@routes.on("GET POST PUT", "auth")
def who(call: Call) -> HttpResponseBase:
    """`User 'login' is logged in`; with `CSRF` also the token, after the first `=` (Q-040)."""
    if call.sign_in is None:
        raise faults.NotSignedIn("Nobody is signed in.")
    token = f"; XNAT_CSRF={call.sign_in.csrf}" if call.flag("CSRF") else ""
    return envelopes.text(f"User '{call.actor.login}' is logged in{token}")


@routes.on("PUT POST", "services/auth", open=True)
def sign_in(call: Call) -> HttpResponseBase:
    """Login and password in a form open a session; its ID is the answer."""
    login = call.get("username") or call.get("j_username")
    password = call.get("password") or call.get("j_password")
    try:
        actor = sign_ins.check(login, password, address=call.request.META.get("REMOTE_ADDR"))
    except sign_ins.Refused:
        raise faults.NotSignedIn("Authentication failed.") from None
    call.sign_in = sign_ins.sign_in(actor, instead_of=call.sign_in)
    return envelopes.text(call.sign_in.id)


@routes.get("user/{user}/sessions")
def count(call: Call) -> HttpResponseBase:
    """How many live sessions a user has."""
    key = _user_of(call)
    return envelopes.json({call.name("user"): sign_ins.count(key)})


@routes.delete("user/{user}/sessions")
def end_all(call: Call) -> HttpResponseBase:
    """End all sessions of a user."""
    if not sign_ins.end_all(_user_of(call)):
        raise NotFound("That user has no session.")
    return envelopes.nothing()


def _user_of(call: Call) -> int:
    """The key of the user in the address, for that user and administrators."""
    _insist_on_self_or_admin(call.actor, call.name("user"))
    return int(users.find(call.name("user")).pk)


def _insist_on_self_or_admin(actor: Actor, login: str) -> None:
    if not actor.is_admin and actor.login.lower() != login.lower():
        raise Forbidden("Only administrators see the sessions of others.")


