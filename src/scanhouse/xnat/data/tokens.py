"""Alias tokens: a name and a secret instead of login and password (xnat-data-api 1.4)."""
from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase

from scanhouse.access import actors, tokens
from scanhouse.access.tokens import Issued
from scanhouse.errors import Forbidden, NotFound

from .. import envelopes, faults
from ..dialect import Call
from ..routes import Routes

routes = Routes()
BASE = "services/tokens"


@routes.on("GET POST PUT", f"{BASE}/issue")
def issue(call: Call) -> HttpResponseBase:
    """A token for oneself, or by `/user/{U}` for somebody else: that is for administrators."""
    user = None
    if call.remainder[:1] == ("user",) and len(call.remainder) == 2:
        if not call.actor.is_admin and call.remainder[1].lower() != call.actor.login.lower():
            raise Forbidden("Only administrators (site admin) issue tokens for others.")
        user = actors.load(call.remainder[1])
    return envelopes.json(_shown(tokens.issue(by=call.actor, user=user)))


@routes.get(f"{BASE}/show")
def show(call: Call) -> HttpResponseBase:
    """The caller's live tokens. Their secrets are not kept."""
    found = [
        {"alias": str(one.alias), "singleUse": one.single_use, "created": _millis(one.created_at), "estimatedExpirationTime": _millis(one.expires_at),
         "xdatUserId": call.actor.login}
        for one in tokens.of(call.actor, by=call.actor)
    ]  # fmt: skip
    return envelopes.json(found)


@routes.get(f"{BASE}/validate")
def validate(call: Call) -> HttpResponseBase:
    """Whose token it is; 404 for one that is unknown (Q-041)."""
    if len(call.remainder) < 2:
        raise faults.NotSignedIn("A token is validated with its secret.")
    actor = tokens.check(call.remainder[0], call.remainder[1], use=False)
    if actor is None:
        raise NotFound("There is no such token. It may have ended.")
    return envelopes.json({"valid": actor.login})


@routes.on("GET DELETE", f"{BASE}/invalidate")
def invalidate(call: Call) -> HttpResponseBase:
    if not call.remainder:
        raise NotFound("Say which token is to end.")
    tokens.invalidate(call.remainder[0], by=call.actor)
    return envelopes.json({"result": "OK"})


def _shown(token: Issued) -> dict[str, Any]:
    created, expires = _millis(token.created_at), _millis(token.expires_at)
    return {
        "alias": token.alias, "secret": token.secret, "singleUse": token.single_use, "estimatedExpirationTime": expires, "xdatUserId": token.login,
        "created": created, "timestamp": created, "disabled": 0, "enabled": True, "validIPAddresses": [],
    }  # fmt: skip


def _millis(moment: Any) -> int:
    return int(moment.timestamp() * 1000)
