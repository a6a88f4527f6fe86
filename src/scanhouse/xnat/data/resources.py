"""Resources of everything that may have some: lists, catalogs, making and removing (xnat-data-api 3.2)."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http.response import HttpResponseBase

from scanhouse.access.policy import Action
from scanhouse.errors import Invalid, NotFound
from scanhouse.records import resources
from scanhouse.records.models import Experiment, Reconstruction, Resource, Scan
from scanhouse.records.types import REGISTRY

from .. import bodies, catalogs, dialect, envelopes, holdings
from ..dialect import Call
from ..routes import Routes

routes = Routes()

COLUMNS = (
    "xnat_abstractresource_id", "label", "element_name", "category", "cat_id", "cat_desc", "file_count", "file_size", "tags", "content", "format",
)
ELEMENT, BASE = "xnat:resourceCatalog", "xnat:abstractResource"


@routes.get("<owner>/resources", exact=True)
def listing(call: Call) -> HttpResponseBase:
    """Resources of a thing; with `all` also those of the scans, assessors and reconstructions of a session."""
    found = list(holdings.held(call))
    stats = resources.stats(found) if found else {}
    return envelopes.table(call, envelopes.Table(COLUMNS, [_row(one, stats[one.pk]) for one in found], title="Resources"))


@routes.get("<owner>/resources/{resource}")
def show(call: Call) -> HttpResponseBase:
    """The catalog, whatever form is asked for (Q-103)."""
    _nothing_beyond(call)
    return envelopes.xml(catalogs.document([holdings.resource(call)]))


@routes.put("<owner>/resources/{resource}")
def create(call: Call) -> HttpResponseBase:
    """Make a resource; `format` and the others say what it is, not how to answer (Q-104). One that is there is a conflict."""
    _nothing_beyond(call)
    owner = holdings.for_change(call, Action.EDIT)
    resources.create(owner, call.name("resource"), direction=holdings.direction(call), by=call.actor, reason=call.why, **_facts(call))
    return envelopes.nothing()


@routes.post("<owner>/resources/{resource}")
def create_or_change(call: Call) -> HttpResponseBase:
    """Make a resource, or tell other facts about one that is there."""
    _nothing_beyond(call)
    owner = holdings.for_change(call, Action.EDIT)
    try:
        resources.change(holdings.resource(call), by=call.actor, reason=call.why, **_facts(call))
    except NotFound:
        resources.create(owner, call.name("resource"), direction=holdings.direction(call), by=call.actor, reason=call.why, **_facts(call))
    return envelopes.nothing()


@routes.post("<owner>/resources", exact=True)
def create_from_document(call: Call) -> HttpResponseBase:
    """Make a resource that a document or parameters describe; its key is the answer."""
    owner = holdings.for_change(call, Action.EDIT)
    sent = bodies.read(call, BASE, default=ELEMENT)
    label = sent.text("label") or call.get("label")
    if not label:
        raise Invalid("A resource needs a label. Send one.")
    facts = {name: value for name in ("format", "content", "description", "note") if (value := sent.text(name))} or _facts(call)
    made = resources.create(owner, label, direction=holdings.direction(call), by=call.actor, reason=call.why, **facts)
    return envelopes.text(str(made.pk))


@routes.delete("<owner>/resources/{resource}")
def delete(call: Call) -> HttpResponseBase:
    """Remove a resource with its files."""
    _nothing_beyond(call)
    holdings.for_change(call, Action.READ)
    for one in holdings.named(call):
        resources.delete(one, by=call.actor, reason=call.why)
    return envelopes.nothing()


def _facts(call: Call) -> dict[str, Any]:
    """What parameters say about a resource; a body that is no form is not looked at."""
    where = {**call.form.dict(), **call.query.dict()} if call.content_type in (dialect.MULTIPART, dialect.URLENCODED) else call.query.dict()
    found = {name: str(where[name]) for name in ("format", "content", "description", "tags") if where.get(name)}
    if note := where.get("note"):
        found["note"] = str(note)
    return found


def _row(one: Resource, stats: resources.Stats) -> Sequence[Any]:
    category, number, description = _place(one)
    return (one.pk, one.label, one.element, category, number, description, stats.files, stats.bytes, ",".join(map(str, one.tags)), one.content,
            one.format)  # fmt: skip


def _place(one: Resource) -> tuple[str, str, str]:
    """Category, and ID and description of what the resource hangs on."""
    match resources.owner_of(one):
        case Scan() as scan:
            return "scans", scan.id, scan.type
        case Reconstruction() as made:
            return "reconstructions", made.id, made.type
        case Experiment() as experiment if experiment.session_id is not None:
            element = REGISTRY.get(experiment.element)
            return "assessors", experiment.id, element.singular if element else experiment.element
        case Experiment() as experiment:
            return "resources", experiment.id, ""
        case _:
            return "resources", "", ""


def _nothing_beyond(call: Call) -> None:
    if call.remainder:
        raise Invalid("Below a resource there are only files. Write .../files/ before the path of a file.")
