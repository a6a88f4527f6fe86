"""DICOM receivers (xnat-xapi 2.4). Running nodes are told of each change and follow it in some milliseconds; clients rely on it at once,
so the answer waits for them (Q-209)."""
from __future__ import annotations

import time
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from scanhouse.errors import Invalid, NotFound
from scanhouse.ingest import receivers
from scanhouse.ingest.models import Receiver

from .. import envelopes, levels
from ..dialect import Call
from ..routes import Routes

routes = Routes()

FIELDS = {
    "aeTitle": ("ae_title", str), "port": ("port", int), "identifier": ("identifier", str), "fileNamer": ("file_namer", str),
    "enabled": ("enabled", bool), "customProcessing": ("custom_processing", bool), "directArchive": ("direct_archive", bool),
    "anonymizationEnabled": ("anonymization_enabled", bool), "whitelistEnabled": ("whitelist_enabled", bool),
    "whitelist": ("whitelist", list), "routingExpressionsEnabled": ("routing_expressions_enabled", bool),
    "projectRoutingExpression": ("project_routing_expression", str), "subjectRoutingExpression": ("subject_routing_expression", str),
    "sessionRoutingExpression": ("session_routing_expression", str),
}  # fmt: skip
FOLLOW = 0.3
"""Seconds that the nodes are given to follow: ten times what they need."""
NULLABLE = ("fileNamer", "projectRoutingExpression", "subjectRoutingExpression", "sessionRoutingExpression")


@routes.get("dicomscp", exact=True)
def listing(call: Call) -> HttpResponseBase:
    return envelopes.json([model(one) for one in receivers.everyone()])


@routes.get("dicomscp/identifiers", exact=True)
def identifiers(call: Call) -> HttpResponseBase:
    """Ways in which receivers find out where objects belong."""
    return envelopes.json(receivers.IDENTIFIERS)


@routes.get("dicomscp/identifiers/{name}", exact=True)
def identifier(call: Call) -> HttpResponseBase:
    name = call.name("name")
    if name != "default" and name not in receivers.IDENTIFIERS:
        raise NotFound("There is no such identifier.")
    return envelopes.text(next(iter(receivers.IDENTIFIERS)) if name == "default" else name)


@routes.get("dicomscp/{id}", exact=True)
def show(call: Call) -> HttpResponseBase:
    levels.administrators(call)
    return envelopes.json(model(_receiver(call)))


@routes.get("dicomscp/title/{title}/{port}", exact=True)
def by_title(call: Call) -> HttpResponseBase:
    levels.administrators(call)
    found = [one for one in receivers.everyone() if (one.ae_title, str(one.port)) == (call.name("title"), call.name("port"))]
    if not found:
        raise NotFound("There is no receiver of that title on that port.")
    return envelopes.json(model(found[0]))


@routes.post("dicomscp", exact=True)
def create(call: Call) -> HttpResponseBase:
    """A new receiver: 200, not 201, and its model with the ID (Q-208)."""
    levels.administrators(call)
    return _followed(envelopes.json(model(receivers.create(_values(levels.mapping_of(call)), by=call.actor))))


@routes.put("dicomscp/{id}", exact=True)
def change(call: Call) -> HttpResponseBase:
    levels.administrators(call)
    return _followed(envelopes.json(model(receivers.change(_receiver(call), _values(levels.mapping_of(call)), by=call.actor))))


@routes.delete("dicomscp/{id}", exact=True)
def delete(call: Call) -> HttpResponseBase:
    levels.administrators(call)
    receivers.delete(_receiver(call), by=call.actor)
    return _followed(envelopes.nothing())


@routes.get("dicomscp/{id}/enabled", exact=True)
def is_enabled(call: Call) -> HttpResponseBase:
    levels.administrators(call)
    return envelopes.json(_receiver(call).enabled)


@routes.put("dicomscp/{id}/enabled/{flag}", exact=True)
def enable(call: Call) -> HttpResponseBase:
    levels.administrators(call)
    wanted = _typed("enabled", call.name("flag"))
    return _followed(envelopes.json(model(receivers.change(_receiver(call), {"enabled": wanted}, by=call.actor))))


@routes.put("dicomscp/start", "dicomscp/stop", exact=True)
def all_at_once(call: Call) -> HttpResponseBase:
    """Enable or disable all receivers."""
    levels.administrators(call)
    wanted = call.address.template.endswith("start")
    changed = [receivers.change(one, {"enabled": wanted}, by=call.actor) for one in receivers.everyone() if one.enabled != wanted]
    return _followed(envelopes.json([{"aeTitle": one.ae_title, "port": one.port, "enabled": one.enabled} for one in changed]))


def model(receiver: Receiver) -> dict[str, Any]:
    found: dict[str, Any] = {"id": receiver.pk}
    for name, (column, _) in FIELDS.items():
        value = getattr(receiver, column)
        found[name] = None if name in NULLABLE and not value else value
    return found


def _followed(answer: HttpResponse) -> HttpResponse:
    time.sleep(FOLLOW)
    return answer


def _receiver(call: Call) -> Receiver:
    text = call.name("id")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound("There is no such DICOM receiver.")
    return receivers.find(int(text))


def _values(sent: dict[str, Any]) -> dict[str, Any]:
    """Columns by what was sent; names that receivers do not have, such as `host`, are passed over."""
    return {FIELDS[name][0]: _typed(name, value) for name, value in sent.items() if name in FIELDS}


def _typed(name: str, value: Any) -> Any:
    wanted = FIELDS[name][1]
    if wanted is str:
        return "" if value is None else str(value)
    if wanted is bool:
        text = str(value).lower()
        if text not in ("true", "false"):
            raise Invalid(f"{name} is true or false.")
        return text == "true"
    if wanted is list:
        items = [] if value is None else value.split(",") if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise Invalid(f"{name} is a list of texts.")
        return items
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Invalid(f"{name} is a number.") from None
