"""Projects (xnat-data-api 2.2): lists, items, and the settings that have addresses of their own."""
from __future__ import annotations

import re
from typing import Any

from django.http.response import HttpResponseBase

from scanhouse.access import groups, policy
from scanhouse.access.policy import Action
from scanhouse.errors import Invalid
from scanhouse.records import projects
from scanhouse.records.models import Project
from scanhouse.search.listing import Where

from .. import bodies, columns, contents, documents, envelopes, faults, owners, project_lists
from ..bodies import Sent
from ..dialect import Call
from ..routes import Routes

routes = Routes()
ELEMENT = "xnat:projectData"
VIEW = columns.View(ELEMENT, "Projects", ("ID", "secondary_ID", "name", "description", "pi_firstname", "pi_lastname"))
_INVESTIGATOR = re.compile(r"xnat:projectData/investigators/investigator\[\d+\]/xnat_investigatordata_id", re.IGNORECASE)
_LEADER = "xnat:projectdata/pi_xnat_investigatordata_id"


@routes.get("projects")
def listing(call: Call) -> HttpResponseBase:
    """The projects one sees; some parameters ask for lists with columns of their own."""
    special = project_lists.special(call)
    return special if special is not None else columns.answer(call, VIEW, Where(), action=project_lists.restriction(call))


@routes.get("projects/{project}")
def show(call: Call) -> HttpResponseBase:
    project = owners.project(call)
    project_lists.note_visit(call, project)
    return documents.item(call, ELEMENT, contents.of_project(call.actor, project), changed=project.modified_at)


@routes.post("projects")
def add(call: Call) -> HttpResponseBase:
    """A new project of a document or form that names its ID; its address is the answer."""
    sent = bodies.read(call, ELEMENT, default=ELEMENT)
    if not sent.text("ID"):
        raise faults.NothingUsable("A project needs an ID. Send one.")
    project, _ = _put(call, sent.text("ID"), sent)
    location = f"{call.site}/data/projects/{project.id}"
    return envelopes.text(location, location=location)


@routes.put("projects/{project}")
def put(call: Call) -> HttpResponseBase:
    """Create or change: 200 with an empty body either way (Q-063)."""
    sent = bodies.read(call, ELEMENT, default=ELEMENT)
    if sent.text("ID") not in ("", call.name("project")):
        raise faults.NothingUsable("The ID in the document is not the one in the address.")
    _put(call, call.name("project"), sent)
    return envelopes.nothing()


@routes.delete("projects/{project}")
def delete(call: Call) -> HttpResponseBase:
    projects.delete(owners.project(call), by=call.actor, reason=call.why)
    return envelopes.nothing()


def _put(call: Call, id: str, sent: Sent) -> tuple[Project, bool]:
    """The project as it was sent, with people named by their numbers, and its accessibility where that was sent too."""
    existing = owners.present(lambda: projects.find(call.actor, id))
    if existing is not None and existing.id != id and existing.id.lower() != id.lower():
        existing = None  # an alias of another project is no address to change it by: the name is taken
    level = call.get("accessibility") or None
    if existing is None:
        return projects.put(id, values=sent.values, by=call.actor, accessibility=level, reason=call.why, **_people(call))
    projects.change(existing, sent.values, replace=sent.whole, by=call.actor, reason=call.why, **_people(call))
    if level is not None:
        groups.change_accessibility(existing.id, level, by=call.actor)
    return existing, False


def _people(call: Call) -> dict[str, Any]:
    """Investigators by the numbers of their rows."""
    found: dict[str, Any] = {}
    for key, text in call.pairs().items():
        if key.lower() == _LEADER:
            found["pi"] = text if text not in bodies.NULLS else None
        elif _INVESTIGATOR.fullmatch(key):
            found.setdefault("people", []).append(text)
    return found


# Settings that are texts at addresses of their own -------------------------------------------------------------------


@routes.get("projects/{project}/prearchive_code")
def prearchive_code(call: Call) -> HttpResponseBase:
    return envelopes.text(str(owners.project(call, Action.ENTER).prearchive_code))


@routes.put("projects/{project}/prearchive_code")
def set_prearchive_code(call: Call) -> HttpResponseBase:
    projects.set_prearchive_code(owners.project(call, Action.ENTER), _number(call), by=call.actor, reason=call.why)
    return envelopes.nothing()


@routes.get("projects/{project}/quarantine_code")
def quarantine_code(call: Call) -> HttpResponseBase:
    return envelopes.text(str(owners.project(call, Action.ENTER).quarantine_code))


@routes.put("projects/{project}/quarantine_code")
def set_quarantine_code(call: Call) -> HttpResponseBase:
    projects.set_quarantine_code(owners.project(call, Action.ENTER), _number(call), by=call.actor, reason=call.why)
    return envelopes.nothing()


@routes.get("projects/{project}/current_arc", "projects/{project}/scan_type_mapping")
def setting(call: Call) -> HttpResponseBase:
    value = projects.settings(owners.project(call, Action.ENTER))[_setting(call)]
    return envelopes.text(envelopes.text_of(value))


@routes.put("projects/{project}/current_arc", "projects/{project}/scan_type_mapping")
def set_setting(call: Call) -> HttpResponseBase:
    projects.change_settings(owners.project(call, Action.ENTER), {_setting(call): _value(call)}, by=call.actor, reason=call.why)
    return envelopes.nothing()


@routes.get("projects/{project}/accessibility")
def accessibility(call: Call) -> HttpResponseBase:
    """`private`, `protected` or `public`, whatever `format` says (Q-064)."""
    return envelopes.text(groups.accessibility(owners.project(call).id))


@routes.put("projects/{project}/accessibility")
def set_accessibility(call: Call) -> HttpResponseBase:
    project = owners.project(call)
    policy.require(call.actor, Action.MANAGE, project)
    return envelopes.text(groups.change_accessibility(project.id, _value(call).lower(), by=call.actor))


def _setting(call: Call) -> str:
    return call.address.template.rpartition("/")[2]


def _value(call: Call) -> str:
    if len(call.remainder) != 1:
        raise Invalid("The new value is the last part of the address.")
    return call.remainder[0]


def _number(call: Call) -> int:
    text = _value(call)
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise Invalid(f"{text[:50]!r} is no number.")
    return int(text)
