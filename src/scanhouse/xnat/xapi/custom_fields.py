"""Custom fields of every kind of thing (xnat-xapi 3.2)."""
from __future__ import annotations

from typing import Any

import orjson
from django.http.response import HttpResponseBase

from scanhouse.access import policy
from scanhouse.access.policy import Action
from scanhouse.errors import Forbidden, Invalid, NotFound
from scanhouse.records import custom_fields, naming
from scanhouse.records.custom_fields import Holder
from scanhouse.records.models import Experiment, Project, Subject

from .. import envelopes, levels, owners
from ..dialect import Call
from ..routes import Routes

routes = Routes()
PLACES = ("projects/{project}", "<subject>", "<experiment>", "<scan>", "<assessor>")
FIELDS = tuple(f"custom-fields/{place}/fields" for place in PLACES)
FIELD = tuple(f"{fields}/{{field}}" for fields in FIELDS)


@routes.get(*FIELDS, exact=True)
def show(call: Call) -> HttpResponseBase:
    """All fields, or those that `fieldNames` names; unknown names are passed over."""
    found = custom_fields.of(_holder(call))
    names = [name.strip() for name in call.get("fieldNames").split(",") if name.strip()]
    return envelopes.json({name: found[name] for name in names if name in found} if names else found)


@routes.get(*FIELD, exact=True)
def show_one(call: Call) -> HttpResponseBase:
    """One value: a text as it is, any other as JSON."""
    found = custom_fields.of(_holder(call))
    if call.name("field") not in found:
        raise NotFound("There is no such field here.")
    value = found[call.name("field")]
    return envelopes.text(value if isinstance(value, str) else orjson.dumps(value).decode())


@routes.put(*FIELDS, exact=True)
def put(call: Call) -> HttpResponseBase:
    """Merge fields in; all of them are the answer."""
    holder = _holder(call, Action.EDIT)
    sent: Any = levels.document_of(call)
    if not isinstance(sent, dict):
        raise Invalid("The body has to be a JSON object of names and values.")
    return envelopes.json(custom_fields.put(holder, sent, within=owners.context(call), by=call.actor, reason=call.why))


@routes.delete(*FIELD, exact=True)
def delete(call: Call) -> HttpResponseBase:
    """Remove a field; what is left is the answer."""
    holder = _holder(call, Action.EDIT)
    return envelopes.json(custom_fields.remove(holder, call.name("field"), within=owners.context(call), by=call.actor, reason=call.why))


def _holder(call: Call, action: Action = Action.READ) -> Holder:
    """What the address names. The guard asks about project, subject or session first; what is beyond is found or not (Q-080)."""
    try:
        outer = owners.experiment(call) if call.name("experiment") else owners.owner(call)
        context = owners.context(call)
        for name, load in (("subject", owners.subject), ("experiment", owners.experiment)):
            if call.name(name) and context is not None:
                _insist_on_label_there(load(call), call.name(name), context)
        if action is not Action.READ and not _is_editable_assessor(call):
            policy.require(call.actor, action, outer, within=context.id if context and outer != context else None)
    except (NotFound, Forbidden) as error:
        raise levels.refused(call, error) from None
    if call.name("scan"):
        return owners.scan(call)
    return owners.assessor(call) if call.name("assessor") else outer  # type: ignore[return-value]  # the templates name nothing else


def _insist_on_label_there(thing: Subject | Experiment, name: str, project: Project) -> None:
    """The guard knows the label that a thing has in the project, not its first one, to which it answers below /data (Q-081)."""
    if name not in (thing.id, naming.label_in(thing, project)):
        raise policy.missing(thing)


def _is_editable_assessor(call: Call) -> bool:
    """Rights on an assessor are its own: who may edit it need not be able to edit its session."""
    found = owners.present(lambda: owners.assessor(call)) if call.name("assessor") else None
    return found is not None and policy.allowed(call.actor, Action.EDIT, found)
