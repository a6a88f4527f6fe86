"""Where files of resources lie in a download: XNAT's structures by name (xnat-data-api 3.4)."""
from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from . import resources
from .models import Experiment, Project, Reconstruction, Resource, Scan, Subject

_NOT_WORD = re.compile(r"[^A-Za-z0-9_-]")
_ILLEGAL = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


class Structure(StrEnum):
    """How folders of a download are laid out. The words are XNAT's (xnat-data-api 3.4)."""

    DEFAULT = "default"
    IMPROVED = "improved"
    SIMPLIFIED = "simplified"
    LEGACY = "legacy"
    """As XNAT lays out its archive: `arc001/{session}/SCANS/{scan}/{resource}/...`."""


@dataclass(frozen=True)
class Layout:
    """Structure, and whether labels of project and subject come first."""

    structure: Structure = Structure.DEFAULT
    with_project: bool = False
    with_subject: bool = False


def folder(resource: Resource, layout: Layout) -> str:
    """The folder of a resource's files in a download."""
    owner = resources.owner_of(resource)
    if layout.structure is Structure.LEGACY:
        return archive_folder(resource)
    parts, marks = _above(owner, layout), layout.structure is Structure.DEFAULT
    if resource.direction and layout.structure is Structure.DEFAULT:
        parts.append(resource.direction)
    if marks or (layout.structure is Structure.IMPROVED and not isinstance(owner, Scan)):
        parts.append("resources")
    parts.append(resource.label)
    if marks:
        parts.append("files")
    first = []
    root = _root(owner)
    if layout.with_project and not isinstance(root, Project):
        first.append(root.project_id)
    if layout.with_subject and isinstance(root, Experiment) and (subject := _subject(root)) is not None:
        first.append(subject.label)
    return "/".join([*first, *parts])


def archive_folder(resource: Resource) -> str:
    """Where XNAT would have the files below the folder of the project: `arc001/MR1/SCANS/4/DICOM`."""
    owner = resources.owner_of(resource)
    match owner:
        case Project():
            return f"resources/{resource.label}"
        case Subject():
            return f"subjects/{owner.label}/{resource.label}"
        case Scan():
            return f"arc001/{owner.session.label}/SCANS/{owner.id}/{resource.label}"
        case Reconstruction():
            return f"arc001/{owner.session.label}/PROCESSED/{owner.id}/{resource.label}"
        case Experiment() if owner.session is not None:
            return f"arc001/{owner.session.label}/ASSESSORS/{owner.label}/{resource.label}"
        case Experiment():
            return f"arc001/{owner.label}/RESOURCES/{resource.label}"


def _above(owner: resources.Owner, layout: Layout) -> list[str]:
    """Folders of the thing that a resource hangs on. The improved structure leaves the session out."""
    improved = layout.structure is Structure.IMPROVED
    match owner:
        case Project():
            return [owner.id]
        case Subject():
            return [owner.label]
        case Scan():
            kind = "" if layout.structure is Structure.SIMPLIFIED or not owner.type else ("_" if improved else "-") + _tidy(owner.type, improved)
            return [*([] if improved else [owner.session.label]), "scans", f"{owner.id}{kind}"]
        case Reconstruction():
            return [*([] if improved else [owner.session.label]), "reconstructions", owner.id]
        case Experiment() if owner.session is not None:
            return [*([] if improved else [owner.session.label]), "assessors", owner.label]
        case Experiment():
            return [] if improved else [owner.label]


def _tidy(text: str, improved: bool) -> str:
    return (_ILLEGAL if improved else _NOT_WORD).sub("_", text)


def _root(owner: resources.Owner) -> Project | Subject | Experiment:
    if isinstance(owner, Scan | Reconstruction):
        return owner.session
    return owner


def _subject(experiment: Experiment) -> Subject | None:
    return experiment.subject or (experiment.session.subject if experiment.session is not None else None)
