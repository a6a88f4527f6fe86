"""Progress of imports, for clients that look here and not at /data/status (xnat-xapi 1.6)."""
from __future__ import annotations

import orjson
from django.http.response import HttpResponseBase

from scanhouse.errors import NotFound
from scanhouse.ingest import imports
from scanhouse.ingest.models import Upload

from .. import envelopes
from ..data.progress import final_word, messages
from ..dialect import Call
from ..routes import Routes

routes = Routes()

SUCCESS = {"done": True, "failed": False}


@routes.get("event_tracking/{key}", exact=True)
def show(call: Call) -> HttpResponseBase:
    """`succeeded` is null while it runs."""
    upload = _upload(call)
    word = final_word(upload) if upload.state == "done" else upload.message or None
    return envelopes.json({"key": call.name("key"), "succeeded": SUCCESS.get(upload.state), "payload": _payload(upload), "finalMessage": word})


@routes.get("event_tracking/{key}/payload", exact=True)
def payload(call: Call) -> HttpResponseBase:
    return envelopes.text(_payload(_upload(call)))


def _upload(call: Call) -> Upload:
    found = imports.of(call.name("key"), by=call.actor)
    if found is None:
        raise NotFound("There is no such import of yours.")
    return found


def _payload(upload: Upload) -> str:
    return orjson.dumps({"entryList": [{"status": one["status"], "message": one["msg"]} for one in messages(upload)]}).decode()
