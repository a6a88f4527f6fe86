"""What was done to an item, and workflow records (xnat-data-api 2.9)."""
from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from django.http.response import HttpResponseBase

from scanhouse.access.policy import Action
from scanhouse.errors import Forbidden, Invalid, NotFound
from scanhouse.records import experiments, history, workflows
from scanhouse.records.models import History, Workflow

from .. import documents, envelopes, owners
from ..dialect import Call, without_nul
from ..routes import Routes

routes = Routes()
MAX_EVENTS = 5000
"""Deeds of one item that are told; the newest."""
_FIELDS = {"id": "id", "data_type": "data_type", "pipeline_name": "pipeline_name", "launch_time": "launch_time", "status": "status",
           "externalid": "ExternalID"}


@routes.get("projects/{project}/history", "<subject>/history", "<experiment>/history", "<assessor>/history", "<scan>/history")
def events(call: Call) -> HttpResponseBase:
    """Deeds, the newest first."""
    owners.context(call, Action.ENTER)
    thing = history.root_of(owners.owner(call))
    return envelopes.json({"events": [_event(one) for one in history.told(thing, by=call.actor, limit=MAX_EVENTS)]})


@routes.get("services/audit/{type}/{item}")
def audit(call: Call) -> HttpResponseBase:
    thing = workflows.item_of(call.actor, call.name("item"))
    return envelopes.json({"events": [_event(one) for one in history.told(thing, by=call.actor, limit=MAX_EVENTS)]})


@routes.put("workflows")
def put(call: Call) -> HttpResponseBase:
    """Report a piece of work on an item, or what has become of it."""
    facts = _facts(call)
    item = facts.pop("id", "")
    if not item:
        raise Invalid("Say of which item: wrk:workflowData/id.")
    try:
        workflows.put(
            item, pipeline_name=facts.pop("pipeline_name", ""), launch_time=facts.pop("launch_time", ""), status=facts.pop("status", ""),
            data_type=facts.pop("data_type", ""), external_id=facts.pop("ExternalID", ""), values=facts, by=call.actor, reason=call.why,
        )
    except NotFound:  # an item that is hidden and one that is not there are both forbidden here
        raise Forbidden("There is no such item, or you may not edit it.") from None
    return envelopes.nothing()


@routes.get("workflows")
def find(call: Call) -> HttpResponseBase:
    """The newest record that the parameters mean."""
    facts = _facts(call)
    item = facts.pop("id", "")
    if not item:
        raise Invalid("Say of which item: wrk:workflowData/id.")
    wanted = {name: facts[name] for name in ("pipeline_name", "status", "data_type", "launch_time") if facts.get(name)}
    return _one(call, workflows.of(call.actor, item, **wanted).first())


@routes.get("workflows/{workflow}")
def show(call: Call) -> HttpResponseBase:
    text = call.name("workflow")
    return _one(call, workflows.find(call.actor, int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0))


@routes.get("services/workflows/{pipeline}")
def latest(call: Call) -> HttpResponseBase:
    """The newest record of a pipeline on an experiment; the pipeline's name may have slashes in it."""
    experiment = experiments.find(call.actor, call.get("experiment") or call.get("experimentId"))
    name = "/".join((call.name("pipeline"), *call.remainder))
    return _one(call, workflows.latest(call.actor, experiment.id, name))


def _facts(call: Call) -> dict[str, str]:
    """Parameters below `wrk:workflowData/`. Some clients encode the time twice (Q-067)."""
    found: dict[str, str] = {}
    for key, value in call.pairs().items():
        if key.lower().startswith("wrk:workflowdata/"):
            name = key.split("/", 1)[1]
            found[_FIELDS.get(name.lower(), name)] = without_nul(unquote(value)) if "%" in value else value
    return found


def _one(call: Call, work: Workflow | None) -> HttpResponseBase:
    if work is None:
        raise NotFound("There is no such workflow.")
    document: dict[str, Any] = {
        "ID": work.item, "data_type": work.data_type, "pipeline_name": work.pipeline_name, "status": work.status,
        "launch_time": work.launch_time.replace(tzinfo=None).isoformat(), "ExternalID": work.external_id, **work.doc,
        "#hidden": {"wrk_workflowData_id": work.pk},
    }  # fmt: skip
    return documents.item(call, workflows.ELEMENT, {path: value for path, value in document.items() if value not in ("", None)})


def _event(deed: History) -> dict[str, Any]:
    return {
        "event_id": deed.pk, "event_action": deed.action, "event_date": int(deed.at.timestamp() * 1000), "event_user": deed.actor,
        "event_type": deed.type or "WEB_SERVICE", "event_reason": deed.reason, "event_category": "DATA", "event_status": "Complete",
        "changesets": [{"path": path, "change": change} for path, change in deed.changes.items()],
    }  # fmt: skip
