"""Scans of a session (xnat-data-api 2.6)."""
from __future__ import annotations

from django.http.response import HttpResponseBase

from scanhouse.errors import Invalid
from scanhouse.ingest import headers
from scanhouse.records import scans
from scanhouse.search.listing import Where

from .. import address, addresses, bodies, columns, contents, documents, envelopes, owners
from ..dialect import Call
from ..routes import Routes

routes = Routes()
ELEMENT = scans.SCAN
VIEW = columns.View(
    ELEMENT, "Scans", ("xnat_imagescandata_id", "ID", "type", "quality", "xsiType", "note", "series_description"), key="xnat_imagescandata_id"
)


@routes.get("<experiment>/scans")
def listing(call: Call) -> HttpResponseBase:
    return columns.answer(call, VIEW, Where(session=owners.experiment(call).pk))


@routes.get("<scan>")
def show(call: Call) -> HttpResponseBase:
    """One scan; of several that the address names, the first."""
    scan = owners.scans_named(call)[0]
    return documents.item(call, scan.element, contents.of_scan(call.actor, scan), changed=scan.modified_at)


@routes.post("<experiment>/scans")
def add(call: Call) -> HttpResponseBase:
    """A new scan; without an ID it gets the next number, without a type that of its session."""
    session = owners.experiment(call)
    sent = bodies.read(call, ELEMENT, default=scans.usual_element(session))
    made = scans.create(session, sent.text("ID") or None, sent.name, values=sent.values, by=call.actor, reason=call.why)
    location = f"{call.site}{addresses.uri(made)}"
    return envelopes.text(location, location=location)


@routes.put("<scan>")
def put(call: Call) -> HttpResponseBase:
    """Create or change: 200 either way (Q-062)."""
    session, id = owners.experiment(call), address.scan_names(call.name("scan"))
    existing = owners.present(lambda: owners.scan(call))
    sent = bodies.read(call, ELEMENT, stored=existing.element if existing else None)
    if sent.text("ID") not in ("", id) and existing is None:
        raise Invalid(f"The document is about scan {sent.text('ID')[:50]!r}, the address about {id[:50]!r}.")
    scan, _ = scans.put(session, id, sent.name, values=sent.values, replace=sent.whole, by=call.actor, reason=call.why)
    if call.flag("pullDataFromHeaders"):
        headers.read_scan(scan, by=call.actor, reason=call.why)
    return envelopes.nothing()


@routes.delete("<scan>")
def delete(call: Call) -> HttpResponseBase:
    scans.delete(owners.scan(call), by=call.actor, reason=call.why)
    return envelopes.nothing()
