"""`services/refresh/catalog`: XNAT compares its catalogs with the disk. Ours are made from the rows when asked for (xnat-data-api 3.6)."""
from __future__ import annotations

from django.http.response import HttpResponseBase

from scanhouse.access import policy
from scanhouse.access.policy import Action
from scanhouse.errors import Invalid

from .. import envelopes, holdings, owners, pointers
from ..dialect import Call
from ..routes import Routes

routes = Routes()

OPTIONS = ("populateStats", "append", "delete", "checksum", "all")


@routes.on("POST PUT", "services/refresh/catalog")
def refresh(call: Call) -> HttpResponseBase:
    """Files, sizes and digests are always true: what is left is to see that the things are there, and may be edited."""
    named = call.all("resource")
    if not named:
        raise Invalid("resource must name what is to be refreshed: /archive/experiments/...")
    unknown = {word.strip() for text in call.all("options") for word in text.split(",")} - {*OPTIONS, ""}
    if unknown:
        raise Invalid(f"There is no option {min(unknown)[:50]!r}. There are {', '.join(OPTIONS)}.")
    for text in named:
        there = pointers.pointed_at(call, text)
        policy.require(call.actor, Action.EDIT, owners.owner(there))
        if there.name("resource"):
            holdings.resource(there)
    return envelopes.nothing()
