"""Scans of an image session."""
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.errors import Invalid
from scanhouse.schema import document

from . import bytes as stored
from . import held, history, naming, reconstructions, removal, states
from . import values as typed
from .errors import IdTaken, TypeDiffers, WrongType
from .identifiers import check_scan_id
from .models import Experiment, Scan
from .types import REGISTRY

SCAN = "xnat:imageScanData"
ALL = ("ALL", "*")
_NUMBER = re.compile(r"[0-9]{1,9}\Z")


def find(actor: Actor, session: Experiment, id: str) -> Scan:
    """The scan of that ID. Raises NotFound for missing and hidden alike."""
    return policy.find(actor, Scan.objects.select_related("session__project").filter(session=session, id=id))


def named(actor: Actor, session: Experiment, refs: str) -> list[Scan]:
    """Scans by what addresses say: IDs with commas between, `ALL` or `*`, or a scan type; in the order of their numbers.

    Raises NotFound when a name means nothing.
    """
    seen = list(policy.visible(actor, Scan.objects.select_related("session__project").filter(session=session)))
    if refs in ALL:
        return sorted(seen, key=order)
    by_id = {scan.id: scan for scan in seen}
    found: dict[str, Scan] = {}
    for ref in refs.split(","):
        matches = [by_id[ref]] if ref in by_id else [scan for scan in seen if scan.type == ref and ref]
        if not matches:
            raise policy.missing(Scan)
        found.update((scan.id, scan) for scan in matches)
    return sorted(found.values(), key=order)


def order(scan: Scan) -> tuple[int, str]:
    """Sort key: numbers by value, then texts."""
    return (int(scan.id), "") if _NUMBER.match(scan.id) else (1 << 31, scan.id)


def usual_element(session: Experiment) -> str | None:
    """The scan type that goes with a session's type (`xnat:mrSessionData`: `xnat:mrScanData`), None where several do."""
    element = REGISTRY.get(session.element.replace("SessionData", "ScanData"))
    return element.name if element is not None and element.is_a(SCAN) and not element.abstract else None


@transaction.atomic
def create(
    session: Experiment, id: str | None = None, element: str | None = None, *, values: Mapping[str, Any] | None = None, by: Actor,
    reason: str | history.Why = "",
) -> Scan:
    """A new scan; without an ID it gets the next free number, without an element the one that goes with its session.

    Raises IdTaken, WrongType, and what its values raise.
    """
    states.require(by, Action.EDIT, session)
    if not REGISTRY.is_a(session.element, typed.IMAGE_SESSION):
        raise WrongType(session.element, "a session that can have scans")
    element = element or usual_element(session)
    if element is None:
        raise Invalid(f"Say of which type the scan is to be: sessions of type {session.element} have several.")
    kind = REGISTRY.element(element)
    if kind.abstract or not kind.is_a(SCAN):
        raise WrongType(kind.name, "the type of a scan")
    held.stays(session)
    naming.lock(f"scans:{session.pk}")
    id = check_scan_id(id) if id else next_id(session)
    if session.scans.filter(id=id).exists():
        raise IdTaken("scan", id, f"session {session.label}")
    scan = Scan(session=session, id=id, element=kind.name, created_by=by.login)
    changed, _ = typed.apply(scan, values or {})
    scan.save(force_insert=True)
    # Not shared by itself: a project that a session was shared into got the scans of that day (XNAT's TestAdvancedSearch).
    history.note(by, action="created scan", thing=scan, reason=reason, changes={f"scans/{id}": [None, kind.name], **_at(scan, changed)})
    return scan


def put(
    session: Experiment, id: str, element: str | None = None, *, values: Mapping[str, Any] | None = None, replace: bool = False, by: Actor,
    reason: str | history.Why = "",
) -> tuple[Scan, bool]:
    """Change the scan of that ID, or create it (then of type `element`, which must be given); says whether it was created."""
    existing = Scan.objects.filter(session=session, id=id).first()
    if existing is None:
        if element is None:
            raise Invalid(f"There is no scan {id[:100]!r} yet: say of which type it is to be.")
        try:
            return create(session, id, element, values=values, by=by, reason=reason), True
        except IdTaken:  # somebody was faster
            existing = Scan.objects.filter(session=session, id=id).first()
            if existing is None:
                raise
    return change(existing, values or {}, element=element, replace=replace, by=by, reason=reason), False


@transaction.atomic
def change(
    scan: Scan, values: Mapping[str, Any], *, element: str | None = None, replace: bool = False, by: Actor, reason: str | history.Why = "",
) -> Scan:
    """Change what `values` names. Raises TypeDiffers for another `element`."""
    states.require(by, Action.EDIT, scan)
    if element is not None and REGISTRY.element(element).name != scan.element:
        raise TypeDiffers(scan.element, element)
    scan = held.row(scan, "session__project")
    changed, _ = typed.apply(scan, values, replace=replace)
    if changed:
        _save(scan)
        history.note(by, action="changed scan", thing=scan, reason=reason, changes=_at(scan, changed))
    return scan


@transaction.atomic
def rename(scan: Scan, to: str, *, by: Actor, reason: str | history.Why = "") -> Scan:
    """Another ID within its session. Raises IdTaken."""
    states.require(by, Action.EDIT, scan)
    naming.lock(f"scans:{scan.session_id}")
    held.row(scan)
    if scan.session.scans.filter(id=check_scan_id(to)).exclude(pk=scan.pk).exists():
        raise IdTaken("scan", to, f"session {scan.session.label}")
    before, scan.id = scan.id, to
    scan.save(update_fields=["id"])
    history.note(by, action="renamed scan", thing=scan, reason=reason, changes={"scans": [before, to]})
    return scan


@transaction.atomic
def delete(scan: Scan, *, by: Actor, reason: str | history.Why = "") -> None:
    """Remove a scan with its resources."""
    states.require(by, Action.DELETE, scan)
    held.row(scan)
    history.note(by, action="changed", thing=scan.session, reason=reason, changes={f"scans/{scan.id}": [scan.element, None]})
    with held.removing(f"Scan {scan.id}"):
        stored.discard_later(removal.remove_scans([scan.pk]))


def next_id(session: Experiment) -> str:
    """The number after the highest of a session."""
    numbers = [int(id) for id in session.scans.values_list("id", flat=True) if _NUMBER.match(id)]
    return str(max(numbers, default=0) + 1)


def put_documents(session: Experiment, rows: Mapping[str, list[document.Document]], *, by: Actor) -> int:
    """Change or make the scans and reconstructions of a session's document; says how many. Within the caller's transaction."""
    documents = rows.get("scans/scan", [])
    for one in documents:
        if not one.get("ID"):
            raise Invalid("A scan in the document has no ID. Give each one.")
        put(session, one["ID"], one.get(document.TYPE_KEY) or usual_element(session), values=_values(one), by=by)
    return len(documents) + reconstructions.put_documents(session, rows, by=by)


def _values(one: document.Document) -> document.Document:
    return {path: value for path, value in one.items() if path != document.TYPE_KEY}


def _save(scan: Scan) -> None:
    scan.save(update_fields=["doc", *typed.columns(scan).values()])


def _at(scan: Scan, changed: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{history.place_of(scan)}/{path}": both for path, both in changed.items()}
