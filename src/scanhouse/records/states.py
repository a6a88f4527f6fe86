"""The status of subjects and experiments, and what it forbids."""
from __future__ import annotations

from django.db import transaction

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.errors import Invalid

from . import history
from .errors import Locked
from .models import Experiment, Subject

ACTIVE = "active"
QUARANTINE = "quarantine"
LOCKED = "locked"
OBSOLETE = "obsolete"
STATUSES = (ACTIVE, QUARANTINE, LOCKED, OBSOLETE)


def require(by: Actor, action: Action, thing: history.Thing, *, within: str | None = None) -> None:
    """`policy.require`, and that the thing, or what it belongs to, is not locked. Raises Locked."""
    policy.require(by, action, thing, within=within)
    root = history.root_of(thing)
    if isinstance(root, Subject | Experiment) and root.status == LOCKED:
        raise Locked(root.label)


@transaction.atomic
def set_status(thing: Subject | Experiment, status: str, *, by: Actor, reason: str | history.Why = "") -> None:
    """Activate, quarantine, lock (and so unlock: activate) or make obsolete. For those who may delete it."""
    policy.require(by, Action.DELETE, thing)
    if status not in STATUSES:
        raise Invalid(f"{status[:50]!r} is no status. It is one of {', '.join(STATUSES)}.")
    before, thing.status = thing.status, status
    thing.save(update_fields=["status"])
    history.note(by, action=f"set status {status}", thing=thing, reason=reason, changes=history.changes({"status": before}, {"status": status}))
