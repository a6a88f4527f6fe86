"""Manifests: after each change of a project, subject or experiment its rows are written to the store, so that they can be rebuilt.

A change marks its thing in its own transaction (`history.note` adds a ManifestDue row); `sweep` writes what is marked. A mark is
seen only once its change is committed and is deleted in the transaction that names the new manifest, so no change is ever left
out, and many changes at once cost one manifest. Marks are only added and deleted, never updated: nobody waits for anybody.

What is derived from DICOM files (instances, series) is not in a manifest: reading the files again gives the same.
"""
from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Q, QuerySet

from scanhouse.access.models import Group, Membership, ProjectAccess
from scanhouse.jobs.queue import ONCE, task
from scanhouse.storage import manifests

from . import bytes as stored
from . import history
from .models import (
    ConfigEntry,
    Experiment,
    ExperimentShare,
    File,
    Investigator,
    Manifest,
    ManifestDue,
    ManifestKind,
    Project,
    ProjectAlias,
    Reconstruction,
    Resource,
    Scan,
    ScanShare,
    Subject,
    SubjectShare,
)

AT_ONCE = 200
"""Marks that one step takes: the largest manifests have some ten megabytes, and a step should take seconds."""

Rows = dict[str, Sequence[manifests.Row]]


@task(queue="manifests", retry=ONCE, every="* * * * * */20")
def sweep() -> int:
    """Write the manifests of all that has changed; says how many. Several may run at once, each takes its own marks."""
    written = 0
    while True:
        marks = list(ManifestDue.objects.order_by("id")[:AT_ONCE])
        if not marks:
            return written
        for kind, thing in dict.fromkeys((mark.kind, mark.thing) for mark in marks):
            written += write(ManifestKind(kind), thing) is not None


def write(kind: ManifestKind, thing: str) -> str | None:
    """Write the manifest of a thing as it is now, unless nothing has changed; its key, None when the thing is gone.

    The bytes are kept before the row that names them. One that another process wrote meanwhile is told by its marks.
    """
    seen = list(ManifestDue.objects.filter(kind=kind, thing=thing).values_list("id", flat=True))
    previous = Manifest.objects.filter(kind=kind, thing=thing).order_by("-id").values_list("object", flat=True).first()
    with transaction.atomic():
        rows = rows_of(kind, thing)
    if rows is None:
        ManifestDue.objects.filter(id__in=seen).delete()
        return None
    store = stored.store()
    made = datetime.now(UTC).isoformat(timespec="microseconds")
    if previous is not None and store.exists(previous) and manifests.read(store, previous).rows == rows:
        ManifestDue.objects.filter(id__in=seen).delete()
        return previous
    key = manifests.write(store, manifests.Manifest(subject_of(kind, thing), made, rows, previous))
    with transaction.atomic():
        stored.claim([key])
        ManifestDue.objects.filter(id__in=seen).delete()
        Manifest.objects.create(kind=kind, thing=thing, object=key)
        if kind is ManifestKind.EXPERIMENT:
            Experiment.objects.filter(id=thing).update(manifest=key)
    return key


def versions(root: history.Root) -> QuerySet[Manifest]:
    """The manifests of a thing, the newest first."""
    return Manifest.objects.filter(kind=history.manifest_kind(root), thing=root.id).order_by("-id")


def read(key: str) -> manifests.Manifest:
    """A manifest by its key, verified."""
    return manifests.read(stored.store(), key)


def subject_of(kind: ManifestKind, thing: str) -> str:
    """What a manifest says it is about: the accession ID of an experiment, else kind and ID."""
    return thing if kind is ManifestKind.EXPERIMENT else f"{kind.value}:{thing}"


def rows_of(kind: ManifestKind, thing: str) -> Rows | None:
    """The rows of a thing by table, parents before children; None when it is gone."""
    match kind:
        case ManifestKind.PROJECT:
            return _project(thing)
        case ManifestKind.SUBJECT:
            return _subject(thing)
        case _:
            return _experiment(thing)


def _project(thing: str) -> Rows | None:
    project = Project.objects.filter(id=thing)
    if not project.exists():
        return None
    people = Investigator.objects.filter(Q(led=thing) | Q(projects=thing)).distinct()
    groups = Group.objects.filter(project=thing)
    return _tables([
        project, ProjectAlias.objects.filter(project=thing), people,
        Project.principal_investigators.through.objects.filter(project=thing), Project.investigators.through.objects.filter(project=thing),
        ProjectAccess.objects.filter(project=thing), groups, Membership.objects.filter(group__in=groups),
        ConfigEntry.objects.filter(project=thing),
    ], Resource.objects.filter(project=thing))


def _subject(thing: str) -> Rows | None:
    subject = Subject.objects.filter(id=thing)
    if not subject.exists():
        return None
    return _tables([subject, SubjectShare.objects.filter(subject__id=thing)], Resource.objects.filter(subject__id=thing))


def _experiment(thing: str) -> Rows | None:
    experiment = Experiment.objects.filter(id=thing)
    if not experiment.exists():
        return None
    scans, made = Scan.objects.filter(session__id=thing), Reconstruction.objects.filter(session__id=thing)
    here = Q(experiment__id=thing) | Q(scan__session__id=thing) | Q(reconstruction__session__id=thing)
    return _tables([
        experiment, ExperimentShare.objects.filter(experiment__id=thing), scans, ScanShare.objects.filter(scan__session__id=thing), made,
    ], Resource.objects.filter(here))


def _tables(querysets: Iterable[QuerySet[Any]], resources: QuerySet[Resource]) -> Rows:
    files = File.objects.filter(resource__in=resources.values("key"))
    return {queryset.model._meta.db_table: _rows(queryset) for queryset in (*querysets, resources, files)}


# Columns that a manifest cannot hold: they are changed by writing it, or by touching the thing at all.
_LEFT_OUT = {"manifest", "modified_at"}


def _rows(queryset: QuerySet[Any]) -> list[manifests.Row]:
    names = [field.attname for field in queryset.model._meta.concrete_fields if field.attname not in _LEFT_OUT]
    return [{name: _json(value) for name, value in row.items()} for row in queryset.order_by("pk").values(*names)]


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return str(value) if isinstance(value, models.Choices) else value
