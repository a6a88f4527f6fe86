"""Custom fields: free JSON values by name, kept with a project, subject, experiment or scan."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.errors import Invalid, NotFound
from scanhouse.schema import values as kinds
from scanhouse.schema.values import ValueType

from . import held, history, states
from .models import Experiment, Project, Scan, Subject

PATH = "custom_fields"
MAX_FIELDS = 5000
"""Fields of one thing; forms of hundreds of answers are kept as one field each."""

Holder = Project | Subject | Experiment | Scan


def of(thing: Holder) -> dict[str, Any]:
    """All fields by name."""
    found: dict[str, Any] = thing.doc.get(PATH) or {}
    return found


@transaction.atomic
def put(thing: Holder, values: Mapping[str, Any], *, within: Project | None = None, by: Actor, reason: str | history.Why = "") -> dict[str, Any]:
    """Add fields, or replace those of the same names; answers all. Raises Invalid for what is no JSON value or too much."""
    return _change(thing, {**values}, (), within, by, reason)


@transaction.atomic
def remove(thing: Holder, name: str, *, within: Project | None = None, by: Actor, reason: str | history.Why = "") -> dict[str, Any]:
    """Remove a field; answers what is left. Raises NotFound."""
    return _change(thing, {}, (name,), within, by, reason)


def _change(
    thing: Holder, values: dict[str, Any], removed: tuple[str, ...], within: Project | None, by: Actor, reason: str | history.Why
) -> dict[str, Any]:
    states.require(by, Action.EDIT, thing, within=within.id if within is not None else None)
    locked: Any = held.row(thing)
    before = of(locked)
    missing = [name for name in removed if name not in before]
    if missing:
        raise NotFound(f"There is no field {missing[0][:100]!r} here.")
    try:
        after = kinds.check(ValueType.JSON, {name: value for name, value in {**before, **values}.items() if name not in removed})
    except ValueError as problem:
        raise Invalid(f"The fields cannot be kept: they must be {problem}.") from None
    if len(after) > MAX_FIELDS:
        raise Invalid(f"There can be {MAX_FIELDS} fields at most.")
    if after != before:
        locked.doc = {path: value for path, value in locked.doc.items() if path != PATH} | ({PATH: after} if after else {})
        locked.save(update_fields=["doc"])
        changed = {f"{PATH}/{name}": both for name, both in history.changes(before, after).items()}
        history.note(by, action="changed custom fields", thing=thing, reason=reason, changes=changed)
    thing.doc = locked.doc
    return dict(after)
