"""Custom forms in the form of Form.io (xnat-xapi 3.3)."""
from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http.response import HttpResponseBase

from scanhouse.access import policy
from scanhouse.access.policy import Action
from scanhouse.errors import Forbidden, Invalid
from scanhouse.records import forms, projects
from scanhouse.records.models import Form, FormPlace, FormStatus

from .. import envelopes, levels
from ..dialect import Call, without_nul
from ..routes import Routes

routes = Routes()


@routes.get("customforms", exact=True)
def listing(call: Call) -> HttpResponseBase:
    """All forms, or those for a project, with where they apply."""
    levels.signed_in(call)
    found = forms.everything(call.get("projectId") or None)
    answered = forms.with_data(place for form in found for place in form.places.all())
    return envelopes.json([_model(form, answered) for form in found])


@routes.put("customforms/save", exact=True)
def save(call: Call) -> HttpResponseBase:
    """Make a form, or change one; its UUID is the answer."""
    levels.signed_in(call)
    if not forms.is_manager(call.actor):
        raise Forbidden("Forms are managed by administrators and form managers.")
    sent = levels.mapping_of(call)
    data = _mapping(_mapping(sent.get("submission"), "submission").get("data"), "submission.data")
    builder = sent.get("builder")
    if isinstance(builder, str):
        try:
            builder = without_nul(json.loads(builder))
        except ValueError:
            raise Invalid("The builder of a form is JSON.") from None
    contents = _mapping(builder, "builder")
    element = _mapping(data.get("xnatDatatype"), "xnatDatatype").get("value")
    if not isinstance(element, str) or not isinstance(contents.get("components"), list):
        raise Invalid("A form needs a data type (xnatDatatype) and components.")
    site = str(data.get("isThisASiteWideConfiguration", "yes")).lower() == "yes"
    made = forms.save(
        element, str(contents.get("title") or ""), contents, project_ids=None if site else _project_ids(data.get("xnatProject")),
        order=_number(data.get("zIndex", 0)), row=str(data.get("idCustomVariableFormAppliesTo") or ""), by=call.actor, reason=call.why,
    )
    return envelopes.text(str(made.uuid), status=201)


@routes.post("customforms/enable", exact=True)
def enable(call: Call) -> HttpResponseBase:
    forms.set_status(_rows(call), FormStatus.ENABLED, by=call.actor, reason=call.why)
    return envelopes.text("Enabled")


@routes.post("customforms/disable", exact=True)
def disable(call: Call) -> HttpResponseBase:
    forms.set_status(_rows(call), FormStatus.DISABLED, by=call.actor, reason=call.why)
    return envelopes.text("Disabled")


@routes.post("customforms/optout/{row}", exact=True)
def opt_out(call: Call) -> HttpResponseBase:
    forms.opt(call.name("row"), levels.texts_of(call), out=True, by=call.actor, reason=call.why)
    return envelopes.text("Opted out")


@routes.post("customforms/optin/{row}", exact=True)
def opt_in(call: Call) -> HttpResponseBase:
    forms.opt(call.name("row"), levels.texts_of(call), out=False, by=call.actor, reason=call.why)
    return envelopes.text("Opted in")


@routes.post("customforms/promote", exact=True)
def promote(call: Call) -> HttpResponseBase:
    forms.promote(_rows(call), by=call.actor, reason=call.why)
    return envelopes.text("Promoted")


@routes.post("customforms/formId/{form}", exact=True)
def order(call: Call) -> HttpResponseBase:
    levels.signed_in(call)
    forms.set_order(call.name("form"), _number(call.get("displayOrder")), by=call.actor, reason=call.why)
    return envelopes.text("Ordered")


@routes.delete("customforms", exact=True)
def delete(call: Call) -> HttpResponseBase:
    kept = forms.remove(_rows(call), by=call.actor, reason=call.why)
    names = ", ".join(form.title for form in kept)
    return envelopes.text(f"There are answers to {names}: no longer shown, but kept." if kept else "Deleted")


@routes.get("customforms/element", exact=True)
def for_element(call: Call) -> HttpResponseBase:
    """The forms for a thing as one: each a panel of its own, in their order."""
    levels.signed_in(call)
    if not call.has("xsiType"):
        raise Invalid("Say of which data type the thing is: xsiType=xnat:subjectData.")
    project = call.get("projectId")
    found = forms.for_thing(call.get("xsiType"), projects.find(call.actor, project).id if project not in ("", "null") else None)
    return envelopes.json({"display": "form", "settings": {}, "components": [_panel(form) for form in found]})


@routes.get("customforms/hasdata/{row}", exact=True)
def has_data(call: Call) -> HttpResponseBase:
    levels.signed_in(call)
    return envelopes.json(forms.has_data(forms.find(call.name("row"))))


@routes.get("customforms/env", exact=True)
def environment(call: Call) -> HttpResponseBase:
    """What the builder of forms needs to know: for those who manage forms, and owners of the project."""
    levels.signed_in(call)
    if not forms.is_manager(call.actor):
        if not call.get("projectId"):
            raise Forbidden("Forms are managed by administrators and form managers.")
        policy.require(call.actor, Action.MANAGE, projects.find(call.actor, call.get("projectId")))
    return envelopes.json({"siteHasProtocolsPluginDeployed": False, "features": {}})


@routes.post("customforms/displayfields/reload", exact=True)
def reload(call: Call) -> HttpResponseBase:
    """Search knows fields as they are; there is nothing to reload."""
    levels.signed_in(call)
    return envelopes.nothing()


def _rows(call: Call) -> list[str]:
    """Row IDs of the places that were sent."""
    levels.signed_in(call)
    if not forms.is_manager(call.actor):
        raise Forbidden("Forms are managed by administrators and form managers.")
    sent = levels.document_of(call)
    if not isinstance(sent, list) or not sent or not all(isinstance(one, dict) for one in sent):
        raise Invalid("The body has to be a JSON list of places where forms apply.")
    return [str(one.get("idCustomVariableFormAppliesTo") or "") for one in sent]


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Invalid(f"The form has no {what}.")
    return value


def _project_ids(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise Invalid("Say for which projects the form is (xnatProject), or that it is for the whole site.")
    return [str(one.get("value") or "") for one in value if isinstance(one, dict)]


def _number(value: Any) -> int:
    text = str(value).strip()
    if not text.removeprefix("-").isdigit() or not text.isascii() or len(text) > 9:
        raise Invalid(f"{text[:50]!r} is no whole number.")
    return int(text)


def _panel(form: Form) -> dict[str, Any]:
    """One form: its answers are kept together under its UUID."""
    return {
        "label": form.title, "title": form.title, "key": str(form.uuid), "type": "container", "input": True, "tableView": False,
        "components": form.contents.get("components", []),
    }  # fmt: skip


def _model(form: Form, answered: set[int]) -> dict[str, Any]:
    places = sorted(form.places.all(), key=lambda place: place.pk)
    site = any(place.project_id is None for place in places)
    return {
        "appliesToList": [_place(place) for place in places], "contents": json.dumps(form.contents), "formId": str(form.pk),
        "formUUID": str(form.uuid), "formDisplayOrder": form.display_order, "path": f"datatype/{form.element}",
        "scope": "Site" if site else "Project", "doProjectsShareForm": not site and len(places) > 1, "username": form.created_by,
        "dateCreated": int(form.created_at.timestamp() * 1000), "hasData": any(place.pk in answered for place in places),
    }  # fmt: skip


def _place(place: FormPlace) -> dict[str, Any]:
    return {"entityId": place.project_id, "idCustomVariableFormAppliesTo": forms.row_id(place), "status": place.status}
