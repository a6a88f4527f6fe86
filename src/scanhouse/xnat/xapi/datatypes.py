"""Data types: what they are called, who may use them, what pages offer for them; and new ones (xnat-xapi 3.4)."""
from __future__ import annotations

from django.http.response import HttpResponseBase

from scanhouse.errors import Invalid, NotFound
from scanhouse.records import types
from scanhouse.records.types import REGISTRY
from scanhouse.schema.element import Element
from scanhouse.search import counts, displays

from .. import envelopes, levels
from ..dialect import Call
from ..routes import Routes

routes = Routes()
FACTS = ("displayName", "image", "popup", "popupWidth", "popupHeight", "secureFeature", "secureAccess", "parameterString", "grouping")


@routes.get("datatypes", exact=True)
def listing(call: Call) -> HttpResponseBase:
    """All types that data can be of, or those that are `used`, `secured`, `readable`."""
    levels.signed_in(call)
    found = counts.by_type(call.actor if call.flag("readable") else None)
    rows = []
    for element in displays.searchable():
        secured, number = displays.is_secured(element), found.get(element.name, 0)
        if (call.flag("secured") and not secured) or ((call.flag("used") or call.flag("readable")) and not number):
            continue
        rows.append({"elementName": element.name, "singular": element.singular, "plural": element.plural, "secured": secured, "count": number})
    return envelopes.json(rows)


@routes.post("datatypes/create", exact=True)
def create(call: Call) -> HttpResponseBase:
    """A new type upon one of those that can be extended."""
    levels.administrators(call)
    if not call.get("name").strip() or not call.get("extends").strip():
        raise Invalid("A data type needs a name and the type that it extends.")
    made = types.create(
        call.get("name"), singular=call.get("singular"), plural=call.get("plural"), extends=call.get("extends"), prefix=call.get("prefix"),
        complex_type=call.get("complexType"), by=call.actor, reason=call.why,
    )
    return envelopes.json({"complexType": made.name}, status=201)


@routes.get("datatypes/{type}", exact=True)
def show(call: Call) -> HttpResponseBase:
    """How a type is used. Every registered type is switched on, so the flags are the same for all (Q-203)."""
    levels.signed_in(call)
    element = _element(call)
    secured = displays.is_secured(element)
    flags = dict.fromkeys(("accessible", "browse", "searchable"), True)
    secure = dict.fromkeys(("secure", "secureRead", "secureEdit", "secureCreate", "secureDelete"), secured)
    names = {"elementName": element.name, "singular": element.singular, "plural": element.plural, "code": element.code, "category": "", "usage": ""}
    return envelopes.json({**names, **flags, **secure})


@routes.get("datatypes/{type}/actions", exact=True)
def actions(call: Call) -> HttpResponseBase:
    levels.signed_in(call)
    found = types.actions(_element(call))
    return envelopes.json([{"name": one.name, **{fact: one.facts.get(fact) for fact in FACTS}} for one in found])


@routes.post("datatypes/{type}/actions", exact=True)
def add_actions(call: Call) -> HttpResponseBase:
    levels.administrators(call)
    element, sent = _element(call), levels.document_of(call)
    if not isinstance(sent, list) or not all(isinstance(one, dict) for one in sent):
        return envelopes.json({"error": "The body has to be a JSON list of actions."}, status=400)
    if not sent:
        return envelopes.json({"message": "No actions to add"})
    try:
        types.add_actions(element, sent, by=call.actor, reason=call.why)
    except Invalid as error:
        return envelopes.json({"error": str(error)}, status=400)
    return envelopes.json({"message": f"{len(sent)} actions were added"})


def _element(call: Call) -> Element:
    """The type that the address names; not found is 404 here, where other addresses of types say 400."""
    element: Element | None = REGISTRY.get(call.name("type"))
    if element is None:
        raise NotFound(f"There is no data type {call.name('type')[:100]!r}.")
    return element


