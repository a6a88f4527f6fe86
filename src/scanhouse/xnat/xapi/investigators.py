"""People who lead projects or take part in them (xnat-xapi 1.8)."""
from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.errors import Conflict
from scanhouse.records import investigators
from scanhouse.records.models import Investigator, Project

from .. import envelopes, levels
from ..dialect import Call
from ..routes import Routes

routes = Routes()

FIELDS = ("title", "firstname", "lastname", "institution", "department", "email", "phone")


@routes.get("investigators", exact=True)
def listing(call: Call) -> HttpResponseBase:
    seen = _seen(call.actor)
    return envelopes.json([_model(one, seen) for one in investigators.everyone()])


@routes.get("investigators/{id}", exact=True)
def show(call: Call) -> HttpResponseBase:
    return envelopes.json(_model(investigators.find(call.name("id")), _seen(call.actor)))


@routes.post("investigators", exact=True)
def create(call: Call) -> HttpResponseBase:
    levels.signed_in(call)
    values = _values(call)
    if any((one.firstname, one.lastname) == (values.get("firstname"), values.get("lastname")) for one in investigators.everyone()):
        raise Conflict("There is an investigator of that name already.")
    made = investigators.create(values, by=call.actor, reason=call.why)
    return envelopes.json(_model(made, _seen(call.actor)))


@routes.put("investigators/{id}", exact=True)
def change(call: Call) -> HttpResponseBase:
    levels.signed_in(call)
    changed = investigators.change(investigators.find(call.name("id")), _values(call), by=call.actor, reason=call.why)
    return envelopes.json(_model(changed, _seen(call.actor)))


@routes.delete("investigators/{id}", exact=True)
def delete(call: Call) -> HttpResponseBase:
    levels.signed_in(call)
    investigators.delete(investigators.find(call.name("id")), by=call.actor, reason=call.why)
    return envelopes.json(True)


def _values(call: Call) -> dict[str, Any]:
    return {name: value for name, value in levels.mapping_of(call).items() if name in FIELDS and value is not None}


def _seen(actor: Actor) -> set[str]:
    return set(policy.visible(actor, Project.objects.all()).values_list("id", flat=True))


def _model(person: Investigator, seen: set[str]) -> dict[str, Any]:
    """A person, and which of the projects that the caller sees name them; what is empty is left out."""
    found: dict[str, Any] = {name: value for name in FIELDS if (value := getattr(person, name))}
    found["xnatInvestigatordataId"] = person.pk
    found["primaryProjects"] = sorted(one.id for one in person.led.all() if one.id in seen)
    found["investigatorProjects"] = sorted(one.id for one in person.projects.all() if one.id in seen)
    return found
