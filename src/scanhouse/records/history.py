"""What was done, by whom, to what and why: one row per deed, written in its transaction. Event subscriptions read the same rows."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.db.models.functions import Now

from scanhouse.access import policy
from scanhouse.access.actors import Actor

from .models import (
    Experiment,
    File,
    History,
    ManifestDue,
    ManifestKind,
    Project,
    Reconstruction,
    Resource,
    Scan,
    Subject,
)

Root = Project | Subject | Experiment
Thing = Root | Scan | Reconstruction | Resource | File
Other = models.Model
"""A row of another package, such as a receiver: written down by its kind and key."""

SHARE = "sharing/"
"""In front of a project's ID: a change of the label under which something is shared into it, None where it is not."""
MAX_LOGGED_CHANGES = 200
"""Changes of one deed that are written down one by one; an upload of thousands of files is told by its number."""


@dataclass(frozen=True)
class Why:
    """What somebody says about a deed: XNAT's event_reason, event_type, event comment and event_action."""

    reason: str = ""
    type: str = ""
    comment: str = ""
    action: str = ""


def note(
    by: Actor, *, action: str, thing: Thing | Other | None, reason: str | Why = "", changes: Mapping[str, Any] | None = None,
    project: str | None = None,
) -> History:
    """Write down a deed, mark the thing as changed, and have its manifest written.

    A deed on a part (a scan, a file) is written down for the project, subject or experiment that it belongs to; `changes` says
    where below (`scans/4/resources/DICOM`). `thing` is None for the site. `project`: where it was done, when not in its own.
    """
    why = reason if isinstance(reason, Why) else Why(reason)
    changes = dict(changes or {})
    if len(changes) > MAX_LOGGED_CHANGES:
        changes = {"": [None, f"{len(changes)} changes"]}
    facts = {
        "actor": by.login, "action": (why.action or action)[:100], "reason": why.reason[:4000], "type": why.type[:100], "comment": why.comment[:4000],
        "changes": changes,
    }
    if thing is None:
        return History.objects.create(kind="site", thing="", **facts)
    if not isinstance(thing, Thing):
        home = project or getattr(thing, "project", None) or ""
        return History.objects.create(kind=f"scanhouse:{thing._meta.model_name}", thing=str(thing.pk), project=home, **facts)
    root = root_of(thing)
    if action != "deleted":
        type(root).objects.filter(pk=root.pk).update(modified_at=Now())
        ManifestDue.objects.create(kind=manifest_kind(root), thing=root.id)
    home = root.id if isinstance(root, Project) else root.project_id
    return History.objects.create(kind=element_of(thing), thing=root.id, root=manifest_kind(root), project=project or home, **facts)


def reason_of(reason: str | Why) -> str:
    """The reason alone."""
    return (reason.reason if isinstance(reason, Why) else reason)[:4000]


def of(thing: Root) -> QuerySet[History]:
    """What was done to a thing and its parts, the newest first.

    Not what was done to a thing of another kind with the same ID, nor to one that had it before: who sees this one may not see those.
    """
    return History.objects.filter(thing=thing.id, root=manifest_kind(thing), at__gte=thing.created_at).order_by("-id")


def told(thing: Root, *, by: Actor, limit: int) -> list[History]:
    """The newest deeds on a thing and its parts as somebody who sees the thing may hear of them: nothing of projects that are hidden.

    A share into such a project, and its end, are left out; a move from one tells no name. The thing's own project is no secret.
    """
    deeds = list(of(thing)[:limit])
    own = thing.id if isinstance(thing, Project) else thing.project_id
    named = {name for deed in deeds for name in _projects_in(deed)} - {own}
    hidden = named - set(policy.visible(by, Project.objects.filter(id__in=named)).values_list("id", flat=True)) if named else set()
    return [heard for deed in deeds if (heard := _without(deed, hidden)) is not None]


def _projects_in(deed: History) -> set[str]:
    """Further projects that a deed names."""
    shared = {path.removeprefix(SHARE) for path in deed.changes if path.startswith(SHARE)}
    return shared | {project for project in _moved(deed) if isinstance(project, str)}


def _moved(deed: History) -> list[Any]:
    both = deed.changes.get("project")
    return both if isinstance(both, list) and deed.root != ManifestKind.PROJECT else []


def _without(deed: History, hidden: set[str]) -> History | None:
    if not hidden & _projects_in(deed):
        return deed
    left = {path: change for path, change in deed.changes.items() if path.removeprefix(SHARE) not in hidden or not path.startswith(SHARE)}
    if "project" in left:
        left["project"] = [None if project in hidden else project for project in _moved(deed)]
    deed.changes = left
    return deed if left else None


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What differs between two flat documents: path to [old, new], None for what is not there."""
    paths = sorted(before.keys() | after.keys())
    return {path: [before.get(path), after.get(path)] for path in paths if before.get(path) != after.get(path)}


def root_of(thing: Thing) -> Root:
    """The project, subject or experiment that a thing is or belongs to."""
    match thing:
        case File():
            return root_of(thing.resource)
        case Resource():
            return root_of(thing.project or thing.subject or thing.experiment or thing.scan or thing.reconstruction)  # type: ignore[arg-type]
        case Scan() | Reconstruction():
            return thing.session
        case _:
            return thing


def place_of(thing: Thing) -> str:
    """Where a part is below its root, as addresses have it: `scans/4/resources/DICOM`. Empty for a root."""
    match thing:
        case File():
            return f"{place_of(thing.resource)}/files/{thing.path}"
        case Resource():
            owner = place_of(thing.scan or thing.reconstruction) + "/" if thing.scan_id or thing.reconstruction_id else ""  # type: ignore[arg-type]
            return f"{owner}{thing.direction + '/' if thing.direction else ''}resources/{thing.label}"
        case Scan():
            return f"scans/{thing.id}"
        case Reconstruction():
            return f"reconstructions/{thing.id}"
        case _:
            return ""


def element_of(thing: Thing) -> str:
    """The data type of a thing."""
    match thing:
        case Project():
            return "xnat:projectData"
        case File():
            return element_of(thing.resource)
        case _:
            return thing.element


def manifest_kind(root: Root) -> ManifestKind:
    """The kind of manifest that tells of a root."""
    return {Project: ManifestKind.PROJECT, Subject: ManifestKind.SUBJECT, Experiment: ManifestKind.EXPERIMENT}[type(root)]
