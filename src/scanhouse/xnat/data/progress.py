"""How far imports have come, for those who started them (xnat-data-api 4.6)."""
from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase

from scanhouse.errors import NotFound
from scanhouse.ingest import imports
from scanhouse.ingest.models import Upload

from .. import envelopes
from ..dialect import Call
from ..routes import Routes

routes = Routes()


@routes.get("status/{transaction}", exact=True)
def status(call: Call) -> HttpResponseBase:
    """Messages so far; the last one of a finished import is terminal. The list is doubled (Q-120)."""
    upload = imports.of(call.name("transaction"), by=call.actor)
    if upload is None:
        raise NotFound("There is no such import of yours.")
    return envelopes.json({"msgs": [messages(upload)]})


def messages(upload: Upload) -> list[dict[str, Any]]:
    found = [_message("PROCESSING", f"Importing {upload.name}")]
    if upload.members:
        found.append(_message("PROCESSING", f"{upload.taken} objects taken, {upload.rejected} refused"))
    if upload.state == "building":
        found.append(_message("PROCESSING", "Building the session"))
    if upload.state == "failed":
        found.append(_message("FAILED", upload.message, terminal=True))
    if upload.state == "done":
        found.append(_message("COMPLETED", final_word(upload), terminal=True))
    return found


def final_word(upload: Upload) -> str:
    """`Archive:/archive/projects/...` or `Prearchive:...`, several with semicolons between; without `/data`."""
    addresses = [str(address).removeprefix("/data") for address in upload.result]
    area = "Prearchive" if addresses and addresses[0].startswith("/prearchive") else "Archive"
    return f"{area}:{';'.join(addresses)}"


def _message(status: str, text: str, *, terminal: bool = False) -> dict[str, Any]:
    return {"status": status, "msg": text, "terminal": terminal}
