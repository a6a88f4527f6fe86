"""Anonymisation scripts of the site and of projects (xnat-xapi 2.7)."""
from __future__ import annotations

from django.http.response import HttpResponseBase

from scanhouse.access import policy
from scanhouse.access.policy import Action
from scanhouse.errors import Forbidden, Invalid, NotFound
from scanhouse.records import configs, preferences, projects
from scanhouse.records.models import Project

from .. import envelopes, levels, owners
from ..dialect import Call, without_nul
from ..routes import Routes

routes = Routes()
TOOL, PATH = "anon", "script"
SCRIPT, ENABLED = "sitewideAnonymizationScript", "enableSitewideAnonymizationScript"


@routes.get("anonymize/default", exact=True)
def default(call: Call) -> HttpResponseBase:
    """The script that a new site has."""
    levels.signed_in(call)
    return envelopes.text(str(preferences.REGISTRY[SCRIPT].default))


@routes.get("anonymize/site", exact=True)
def site(call: Call) -> HttpResponseBase:
    levels.signed_in(call)
    return envelopes.text(str(preferences.get(SCRIPT)))


@routes.put("anonymize/site", exact=True)
def set_site(call: Call) -> HttpResponseBase:
    levels.administrators(call)
    preferences.change({SCRIPT: _script(call)}, by=call.actor, reason=call.why)
    return envelopes.nothing()


@routes.get("anonymize/site/enabled", exact=True)
def site_enabled(call: Call) -> HttpResponseBase:
    levels.signed_in(call)
    return envelopes.json(preferences.get(ENABLED))


@routes.put("anonymize/site/enabled", exact=True)
def enable_site(call: Call) -> HttpResponseBase:
    levels.administrators(call)
    preferences.change({ENABLED: _flag(call)}, by=call.actor, reason=call.why)
    return envelopes.nothing()


@routes.get("anonymize/projects/{project}", exact=True)
def of_project(call: Call) -> HttpResponseBase:
    """The script of a project; 204 where it has none."""
    found = configs.versions(TOOL, PATH, project=_project(call)).first()
    return envelopes.text(found.contents) if found is not None else envelopes.nothing(204)


@routes.put("anonymize/projects/{project}", exact=True)
def set_of_project(call: Call) -> HttpResponseBase:
    """Another script for a project; for those who may delete it."""
    project = _project(call, Action.DELETE)
    configs.put(TOOL, PATH, _script(call), project=project, by=call.actor, reason=call.why)
    return envelopes.nothing()


@routes.get("anonymize/projects/{project}/enabled", exact=True)
def project_enabled(call: Call) -> HttpResponseBase:
    return envelopes.json(projects.settings(_project(call))["anonymization_enabled"])


@routes.put("anonymize/projects/{project}/enabled", exact=True)
def enable_project(call: Call) -> HttpResponseBase:
    project = _project(call, Action.DELETE)
    projects.change_settings(project, {"anonymization_enabled": _flag(call)}, by=call.actor, reason=call.why)
    return envelopes.nothing()


def _project(call: Call, action: Action = Action.READ) -> Project:
    try:
        project = owners.project(call, Action.ENTER)
        policy.require(call.actor, action, project)
    except (NotFound, Forbidden) as error:
        raise levels.refused(call, error) from None
    return project


def _script(call: Call) -> str:
    """The script that was sent. Raises Invalid for one that is no text."""
    try:
        return without_nul(call.body.decode("utf-8"))
    except UnicodeDecodeError:
        raise Invalid("A script is text in UTF-8.") from None


def _flag(call: Call) -> bool:
    """`?enable=`, or the JSON value that was sent."""
    return call.flag("enable") if call.has("enable") else call.body.strip().lower() == b"true"
