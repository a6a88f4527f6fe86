"""Files that users put aside for a later import (xnat-data-api 3.6)."""
from __future__ import annotations

from contextlib import ExitStack

from django.http.response import HttpResponseBase

from scanhouse.errors import Conflict, Invalid, NotFound
from scanhouse.ingest import user_cache
from scanhouse.records import downloads

from .. import address, envelopes, faults, intake, transfers
from ..dialect import Call
from ..routes import Routes

routes = Routes()

URI = "/data/user/cache/resources"


@routes.get("user/cache/resources", exact=True)
def listing(call: Call) -> HttpResponseBase:
    labels = user_cache.of(call.actor).values_list("resource", flat=True).distinct()
    return envelopes.table(call, envelopes.Table(("Resource", "URI"), [(label, f"{URI}/{label}") for label in labels]))


@routes.on("PUT POST", "user/cache/resources/{resource}", exact=True)
def create(call: Call) -> HttpResponseBase:
    """XNAT makes an empty folder here; ours comes with its first file. A name that is in use is refused with 412."""
    try:
        user_cache.must_be_new(call.name("resource"), by=call.actor)
    except Conflict as error:
        raise faults.Teapot(412, str(error)) from None
    return envelopes.nothing(201 if call.method == "POST" else 200)


@routes.get("user/cache/resources/{resource}", exact=True)
@routes.get("user/cache/resources/{resource}/files")
def files(call: Call) -> HttpResponseBase:
    label, path = call.name("resource"), address.file_path(call.remainder)
    found = user_cache.of(call.actor).filter(resource=label)
    if path:
        one = found.filter(path=user_cache.plain(path)).first()
        if one is None:
            raise NotFound("There is no such file in your cache.")
        return transfers.answer(call, downloads.Single(one.object, one.size, one.created_at), name=path.rpartition("/")[2], save=True)
    rows = [(one.path.rpartition("/")[2], one.size, f"{URI}/{label}/files/{one.path}") for one in found]
    if not rows:
        raise NotFound("There is no such resource in your cache.")
    return envelopes.table(call, envelopes.Table(("Name", "Size", "URI"), rows))


@routes.on("PUT POST", "user/cache/resources/{resource}/files")
def put(call: Call) -> HttpResponseBase:
    """Put a file aside: 200, and 201 for POST."""
    path = address.file_path(call.remainder)
    sent = intake.arrived(call, path)
    if not sent:
        raise intake.NothingSent
    if len(sent) > 1 and path:
        raise Invalid("One file at a time: the address names it.")
    with ExitStack():
        kept = intake.sealed((path or one.name, intake.stage(intake.chunks(one.stream), md5=False)) for one in sent)
    for name, sealed in kept:
        user_cache.put(call.name("resource"), name, sealed, by=call.actor)
    return envelopes.nothing(201 if call.method == "POST" else 200)


@routes.delete("user/cache/resources/{resource}", "user/cache/resources/{resource}/files")
def delete(call: Call) -> HttpResponseBase:
    user_cache.delete(call.name("resource"), address.file_path(call.remainder), by=call.actor)
    return envelopes.nothing()
