"""Reconstructed images of a session."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.errors import Invalid
from scanhouse.schema import document

from . import bytes as stored
from . import held, history, naming, removal, states
from . import values as typed
from .errors import IdTaken, TypeDiffers, WrongType
from .identifiers import check_scan_id
from .models import Experiment, Reconstruction
from .types import REGISTRY

ELEMENT = "xnat:reconstructedImageData"


def find(actor: Actor, session: Experiment, id: str) -> Reconstruction:
    """The reconstruction of that ID. Raises NotFound for missing and hidden alike."""
    return policy.find(actor, Reconstruction.objects.select_related("session__project").filter(session=session, id=id))


@transaction.atomic
def create(
    session: Experiment, id: str, *, values: Mapping[str, Any] | None = None, element: str = ELEMENT, by: Actor, reason: str | history.Why = "",
) -> Reconstruction:
    """A new reconstruction. Raises IdTaken, WrongType."""
    states.require(by, Action.EDIT, session)
    kind = REGISTRY.element(element)
    if not kind.is_a(ELEMENT):
        raise WrongType(kind.name, ELEMENT)
    held.stays(session)
    naming.lock(f"reconstructions:{session.pk}")
    if session.reconstructions.filter(id=check_scan_id(id)).exists():
        raise IdTaken("reconstruction", id, f"session {session.label}")
    made = Reconstruction(session=session, id=id, element=kind.name, created_by=by.login)
    typed.apply(made, values or {})
    made.save(force_insert=True)
    history.note(by, action="created reconstruction", thing=made, reason=reason, changes={f"reconstructions/{id}": [None, kind.name]})
    return made


def put(
    session: Experiment, id: str, *, values: Mapping[str, Any] | None = None, element: str | None = None, by: Actor, reason: str | history.Why = "",
) -> tuple[Reconstruction, bool]:
    """Change the reconstruction of that ID, or create it; says whether it was created."""
    existing = Reconstruction.objects.filter(session=session, id=id).first()
    if existing is None:
        return create(session, id, values=values, element=element or ELEMENT, by=by, reason=reason), True
    return change(existing, values or {}, element=element, by=by, reason=reason), False


@transaction.atomic
def change(
    made: Reconstruction, values: Mapping[str, Any], *, element: str | None = None, replace: bool = False, by: Actor,
    reason: str | history.Why = "",
) -> Reconstruction:
    """Change what `values` names. Raises TypeDiffers for another `element`."""
    states.require(by, Action.EDIT, made)
    if element is not None and REGISTRY.element(element).name != made.element:
        raise TypeDiffers(made.element, element)
    made = held.row(made, "session__project")
    changed, _ = typed.apply(made, values, replace=replace)
    if changed:
        made.save(update_fields=["doc", "type"])
        changes = {f"{history.place_of(made)}/{path}": both for path, both in changed.items()}
        history.note(by, action="changed reconstruction", thing=made, reason=reason, changes=changes)
    return made


@transaction.atomic
def delete(made: Reconstruction, *, by: Actor, reason: str | history.Why = "") -> None:
    """Remove a reconstruction with its resources."""
    states.require(by, Action.DELETE, made)
    held.row(made)
    history.note(by, action="changed", thing=made.session, reason=reason, changes={f"reconstructions/{made.id}": [made.element, None]})
    with held.removing(f"Reconstruction {made.id}"):
        stored.discard_later(removal.remove_reconstructions([made.pk]))


def put_documents(session: Experiment, rows: Mapping[str, list[document.Document]], *, by: Actor) -> int:
    """Change or make the reconstructions of a session's document; says how many. Within the caller's transaction."""
    documents = rows.get("reconstructions/reconstructedImage", [])
    for one in documents:
        if not one.get("ID"):
            raise Invalid("A reconstruction in the document has no ID. Give each one.")
        values = {path: value for path, value in one.items() if path != document.TYPE_KEY}
        put(session, one["ID"], values=values, element=one.get(document.TYPE_KEY), by=by)
    return len(documents)
