"""Who may call an endpoint of /xapi: the levels that XNAT gives its calls (xnat-xapi 0.3). Rights on data are the use cases'."""
from __future__ import annotations

from typing import Any

import orjson

from scanhouse.errors import Forbidden, Invalid, NotFound, ScanhouseError
from scanhouse.records import preferences

from .dialect import Call, without_nul
from .faults import NotSignedIn


def signed_in(call: Call) -> None:
    """For whoever has signed in; a guest of an open site gets 401, as on a closed one (Q-201)."""
    if call.actor.is_guest:
        raise NotSignedIn("Sign in first: this is not for guests.")


def administrators(call: Call) -> None:
    """For administrators of the site."""
    signed_in(call)
    if not call.actor.is_admin:
        raise Forbidden("This is for administrators of the site.")


def self_or_administrators(call: Call, login: str) -> None:
    """For the user that an address names, and administrators."""
    signed_in(call)
    if not call.actor.is_admin and call.actor.login.lower() != login.lower():
        raise Forbidden("This is for administrators of the site and the user in question.")


def those_who_see_users(call: Call, login: str = "") -> None:
    """For those who may know who has an account: everybody, unless the site keeps that to administrators. Oneself always."""
    signed_in(call)
    if preferences.get("restrictUserListAccessToAdmins") and call.actor.login.lower() != login.lower():
        administrators(call)


def document_of(call: Call) -> Any:
    """The JSON that was sent. Raises Invalid where there is none that can be read."""
    try:
        found = orjson.loads(call.body)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"The body is no JSON: {error}.") from None
    return without_nul(found)


def mapping_of(call: Call) -> dict[str, Any]:
    """The JSON object that was sent, or the fields of a form."""
    if call.form:
        return {key: str(value) for key, value in call.form.items()}
    found = document_of(call)
    if not isinstance(found, dict):
        raise Invalid("The body has to be a JSON object.")
    return found


def texts_of(call: Call) -> list[str]:
    """The JSON list of texts that was sent."""
    found = document_of(call)
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise Invalid("The body has to be a JSON list of texts.")
    return found


def refused(call: Call, error: NotFound | Forbidden) -> ScanhouseError:
    """What the guard of /xapi answers for data: 401 to guests; that something is not there is told to those who read everything (Q-080)."""
    if call.actor.is_guest:
        return NotSignedIn("Sign in first: this is not for guests.")
    if isinstance(error, Forbidden) or call.actor.is_admin or call.actor.site_groups:
        return error
    return Forbidden("There is no such thing, or you may not use it in this way.")
