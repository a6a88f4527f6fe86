"""Flags on a PUT that set the status of an item, and the table that tells it (xnat-data-api 0.7)."""
from __future__ import annotations

from django.http import HttpResponse

from scanhouse.records import states
from scanhouse.records.models import Experiment, Subject

from . import envelopes
from .dialect import Call

FLAGS = {
    "activate": states.ACTIVE, "quarantine": states.QUARANTINE, "_lock": states.LOCKED, "_unlock": states.ACTIVE, "_obsolete": states.OBSOLETE,
}


def apply(call: Call, thing: Subject | Experiment) -> None:
    """Set what the flags of the call say."""
    for flag, status in FLAGS.items():
        if call.flag(flag):
            states.set_status(thing, status, by=call.actor, reason=call.why)


def unlock_first(call: Call, thing: Subject | Experiment) -> None:
    """A call that unlocks may change something as well."""
    if thing.status == states.LOCKED and call.flag("_unlock"):
        states.set_status(thing, states.ACTIVE, by=call.actor, reason=call.why)


def show(call: Call, thing: Subject | Experiment) -> HttpResponse:
    row = (thing.id, thing.status, thing.modified_at, "1" if thing.status == states.LOCKED else "0")
    return envelopes.table(call, envelopes.Table(("id", "status", "last_modified", "locked"), [row], title="Status"))
