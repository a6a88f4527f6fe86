"""Reconstructed images of a session (xnat-data-api 2.7)."""
from __future__ import annotations

from django.http.response import HttpResponseBase

from scanhouse.errors import Invalid
from scanhouse.records import reconstructions
from scanhouse.search.listing import Where

from .. import addresses, bodies, columns, contents, documents, envelopes, owners
from ..dialect import Call
from ..routes import Routes

routes = Routes()
ELEMENT = reconstructions.ELEMENT
VIEW = columns.View(
    ELEMENT, "Reconstructions", ("xnat_reconstructedimagedata_id", "ID", "type", "baseScanType"), key="xnat_reconstructedimagedata_id"
)


@routes.get("<experiment>/reconstructions")
def listing(call: Call) -> HttpResponseBase:
    return columns.answer(call, VIEW, Where(session=owners.experiment(call).pk))


@routes.get("<reconstruction>")
def show(call: Call) -> HttpResponseBase:
    made = owners.reconstruction(call)
    return documents.item(call, made.element, contents.of_reconstruction(call.actor, made))


@routes.post("<experiment>/reconstructions")
def add(call: Call) -> HttpResponseBase:
    session = owners.experiment(call)
    sent = bodies.read(call, ELEMENT, default=ELEMENT)
    if not sent.text("ID"):
        raise Invalid("A reconstruction needs an ID. Send one.")
    made = reconstructions.create(session, sent.text("ID"), values=sent.values, element=sent.name or ELEMENT, by=call.actor, reason=call.why)
    location = f"{call.site}{addresses.uri(made)}"
    return envelopes.text(location, location=location)


@routes.put("<reconstruction>")
def put(call: Call) -> HttpResponseBase:
    """Create or change: 200 either way; no parameter is needed (Q-062)."""
    sent = bodies.read(call, ELEMENT, default=ELEMENT)
    session, id = owners.experiment(call), call.name("reconstruction")
    reconstructions.put(session, id, values=sent.values, element=sent.name, by=call.actor, reason=call.why)
    return envelopes.nothing()


@routes.delete("<reconstruction>")
def delete(call: Call) -> HttpResponseBase:
    reconstructions.delete(owners.reconstruction(call), by=call.actor, reason=call.why)
    return envelopes.nothing()
