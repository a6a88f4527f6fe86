"""Anonymisation scripts under their old addresses, `config/edit/[projects/{P}/]image/dicom/{script|status}` (xnat-xapi 2.2)."""
from __future__ import annotations

import zlib

from django.http.response import HttpResponseBase

from scanhouse.access.policy import Action
from scanhouse.errors import Forbidden
from scanhouse.records import configs, preferences, projects
from scanhouse.records.models import Project

from .. import envelopes, owners
from ..dialect import Call, without_nul
from ..routes import Routes
from ..xapi.anonymize import ENABLED, PATH, SCRIPT, TOOL

routes = Routes()

SITE, PROJECT = "config/edit/image/dicom", "config/edit/projects/{project}/image/dicom"


@routes.get(f"{SITE}/script", f"{PROJECT}/script")
def show(call: Call) -> HttpResponseBase:
    """The script, and the number by which files say that they went through it."""
    project = _project(call)
    if project is None:
        return _row(call, {"id": str(site_script_id()), "script": preferences.get(SCRIPT)})
    found = configs.versions(TOOL, PATH, project=project).first()
    return _row(call, {"id": "" if found is None else str(found.pk), "script": "" if found is None else found.contents})


@routes.on("PUT POST", f"{SITE}/script", f"{PROJECT}/script")
def put(call: Call) -> HttpResponseBase:
    """Another script; it is in force from now on."""
    project, script = _project(call), without_nul(call.body.decode("utf-8", "replace"))
    if project is None:
        _administrators(call)
        preferences.change({SCRIPT: script}, by=call.actor, reason=call.why)
    else:
        configs.put(TOOL, PATH, script, project=project, by=call.actor, reason=call.why)
        projects.change_settings(project, {"anonymization_enabled": True}, by=call.actor, reason=call.why)
    return envelopes.nothing()


@routes.get(f"{SITE}/status", f"{PROJECT}/status")
def status(call: Call) -> HttpResponseBase:
    project = _project(call)
    on = preferences.get(ENABLED) if project is None else projects.settings(project)["anonymization_enabled"]
    return _row(call, {"edit": on})


@routes.on("PUT POST", f"{SITE}/status", f"{PROJECT}/status")
def switch(call: Call) -> HttpResponseBase:
    """Switch a script on or off: `activate`."""
    project = _project(call)
    if project is None:
        _administrators(call)
        preferences.change({ENABLED: call.flag("activate")}, by=call.actor, reason=call.why)
    else:
        projects.change_settings(project, {"anonymization_enabled": call.flag("activate")}, by=call.actor, reason=call.why)
    return envelopes.nothing()


def site_script_id() -> int:
    """The number of the site's script as it is now: one of its text, so that equal scripts have equal numbers."""
    return zlib.crc32(str(preferences.get(SCRIPT)).encode())


def _project(call: Call) -> Project | None:
    return owners.project(call, Action.ENTER) if call.name("project") else None


def _administrators(call: Call) -> None:
    if not call.actor.is_admin:
        raise Forbidden("The site's script is for administrators.")


def _row(call: Call, row: dict[str, object]) -> HttpResponseBase:
    return envelopes.table(call, envelopes.of_dicts([row], tuple(row)))
