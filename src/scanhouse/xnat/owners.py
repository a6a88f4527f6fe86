"""What an address names, loaded for the actor who asks. Missing and hidden answer alike: 404.

Endpoints that change something ask first that the project may be entered: a protected one then says 403, not 404 (Q-030).
"""
from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from scanhouse.access import policy
from scanhouse.access.policy import Action
from scanhouse.errors import NotFound
from scanhouse.records import assessors, experiments, projects, reconstructions, scans, subjects
from scanhouse.records.models import Experiment, Project, Reconstruction, Scan, Subject

from . import address, faults
from .bodies import Sent
from .dialect import Call

T = TypeVar("T")
Owner = Project | Subject | Experiment | Scan | Reconstruction


def project(call: Call, action: Action = Action.READ) -> Project:
    """The project of the address, by ID or alias."""
    found = call.loaded.get("project")
    if found is None:
        found = call.loaded["project"] = projects.find(call.actor, call.name("project"))
    if action is not Action.READ:
        policy.require(call.actor, action, found)
    return found


def context(call: Call, action: Action = Action.READ) -> Project | None:
    """The project in whose address something was named, None for addresses without one."""
    return project(call, action) if call.name("project") else None


def subject(call: Call) -> Subject:
    """The subject of the address: accession ID, or within a project also label."""
    found = call.loaded.get("subject")
    if found is None:
        found = call.loaded["subject"] = subjects.find(call.actor, call.name("subject"), project=context(call))
    return found


def experiment(call: Call) -> Experiment:
    """The session, other experiment or assessor that `{experiment}` names."""
    found = call.loaded.get("experiment")
    if found is None:
        within = subject(call) if call.name("subject") else None
        found = experiments.find(call.actor, call.name("experiment"), project=context(call), subject=within)
        call.loaded["experiment"] = found
    return found


def scan(call: Call) -> Scan:
    """The one scan that `{scan}` names."""
    return scans.find(call.actor, experiment(call), address.scan_names(call.name("scan")))


def scans_named(call: Call) -> list[Scan]:
    """The scans that `{scan}` names: IDs with commas between, `ALL`, `*`, or a scan type."""
    parts = [address.scan_names(part) for part in address.names(call.name("scan"))]
    session = experiment(call)
    if len(parts) == 1 and parts[0] in scans.ALL:
        return scans.named(call.actor, session, parts[0])
    seen = scans.named(call.actor, session, "ALL")
    by_id = {one.id: one for one in seen}
    found: dict[int, Scan] = {}
    for part in parts:
        matches = [by_id[part]] if part in by_id else [one for one in seen if one.type == part and part]
        if not matches:
            raise policy.missing(Scan)
        found.update((one.pk, one) for one in matches)
    return sorted(found.values(), key=scans.order)


def reconstruction(call: Call) -> Reconstruction:
    return reconstructions.find(call.actor, experiment(call), call.name("reconstruction"))


def assessor(call: Call) -> Experiment:
    """The one assessor that `{assessor}` names."""
    return assessors.find(call.actor, experiment(call), call.name("assessor"))


def assessors_named(call: Call) -> list[Experiment]:
    """The assessors that `{assessor}` names: labels or IDs with commas between, `ALL`, `*`, or a type."""
    return assessors.named(call.actor, experiment(call), ",".join(address.names(call.name("assessor"))))


def owner(call: Call) -> Owner:
    """Whatever a template with `<owner>` names: the innermost of the address."""
    for name, load in (("scan", scan), ("reconstruction", reconstruction), ("assessor", assessor), ("experiment", experiment), ("subject", subject)):
        if call.name(name):
            return load(call)
    return project(call, Action.ENTER)


def direction(call: Call) -> str | None:
    """`in` or `out` where the address says so."""
    return call.name("direction") or None


def present(load: Callable[[], T]) -> T | None:
    """What the address names, or None where it is not there (or hidden, which the use case that makes it will find out)."""
    try:
        return load()
    except NotFound:
        return None


def receiver(call: Call, sent: Sent) -> Project:
    """The project that something new goes into: the one of the address, else the one that was sent. It may be entered."""
    if call.name("project"):
        return project(call, Action.ENTER)
    if not sent.text("project"):
        raise faults.Teapot(422, "Unable to identify project. Name it in the address or in the document.")
    found = projects.find(call.actor, sent.text("project"))
    policy.require(call.actor, Action.ENTER, found)
    return found
