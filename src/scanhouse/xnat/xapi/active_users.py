"""Who is signed in (xnat-xapi 1.2). Sessions of others are ended by administrators; nobody is shown IDs that open them."""
from __future__ import annotations

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from scanhouse.access import sign_ins, users
from scanhouse.records import history

from .. import envelopes, levels
from ..dialect import Call
from ..routes import Routes

routes = Routes()


@routes.get("users/active", exact=True)
def everybody(call: Call) -> HttpResponseBase:
    """Number of sessions by login. XNAT lists their IDs too: whoever has one is that user, so we do not (Q-205)."""
    levels.administrators(call)
    return envelopes.json({login: {"sessions": [], "count": count} for login, count in sign_ins.counts().items()})


@routes.get("users/active/{user}", exact=True)
def of_user(call: Call) -> HttpResponseBase:
    """IDs of one's own sessions; of somebody else's only that they are there."""
    levels.self_or_administrators(call, call.name("user"))
    user = users.find(call.name("user"))
    found = sign_ins.ids(user.pk)
    if not found:
        return HttpResponse(status=304)
    return envelopes.json(found if user.pk == call.actor.id else ["" for _ in found])


@routes.delete("users/active/{user}", exact=True)
def end(call: Call) -> HttpResponseBase:
    """End all sessions of a user, save the one that asks; answers the IDs that were ended, which open nothing any more."""
    levels.self_or_administrators(call, call.name("user"))
    user = users.find(call.name("user"))
    ended = sign_ins.end_all(user.pk, but=call.sign_in if user.pk == call.actor.id else None)
    history.note(call.actor, action="ended sessions", thing=None, reason=call.why, changes={"account": [user.username, len(ended)]})
    return envelopes.json(ended) if ended else HttpResponse(status=304)
