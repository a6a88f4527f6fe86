"""Types of scans and scanners that a site or a project has (xnat-data-api 2.6)."""
from __future__ import annotations

from django.http.response import HttpResponseBase

from scanhouse.access.policy import Action
from scanhouse.search import scans

from .. import envelopes, owners
from ..dialect import Call
from ..routes import Routes

routes = Routes()


@routes.get("scan_types", "projects/{project}/scan_types")
def types(call: Call) -> HttpResponseBase:
    project = owners.context(call, Action.ENTER)
    rows = scans.types(call.actor, project=project.id if project else None, element=call.get("table"))
    return envelopes.table(call, envelopes.Table(("series_descriptions", "type"), rows, title="Scan types"))


@routes.get("scanners", "projects/{project}/scanners")
def scanners(call: Call) -> HttpResponseBase:
    project = owners.context(call, Action.ENTER)
    return envelopes.table(call, envelopes.Table(("scanner",), scans.scanners(call.actor, project=project.id if project else None), title="Scanners"))
