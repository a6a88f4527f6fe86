"""Rows that go, with all that hangs on them. Nothing here asks about rights: use cases do, and then write history.

Rows first, bytes by a job: each function answers the objects that the removed rows named, for `bytes.discard_later`.
Files and what is derived from them go by two statements, however many there are; the rest by the ORM, which follows every relation.
"""
from __future__ import annotations

from collections.abc import Collection

from django.db import connection
from django.db.models import Q

from scanhouse.access import groups
from scanhouse.access.models import AccessRequest

from .models import ConfigEntry, Experiment, Manifest, ManifestKind, Project, Reconstruction, Resource, Scan, Subject, Workflow

_DROP_INSTANCES = """
DELETE FROM records_instance i USING records_file f WHERE i.file_id = f.key AND f.resource_id = ANY(%s)
"""
_DROP_FILES = """
WITH gone AS (DELETE FROM records_file WHERE resource_id = ANY(%s) RETURNING object) SELECT DISTINCT object FROM gone
"""
_DROP_SERIES = """
DELETE FROM records_seriesindex WHERE scan_id = ANY(%s)
"""


def remove_resources(keys: Collection[int]) -> set[str]:
    """Remove resources with their files."""
    if not keys:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_DROP_INSTANCES, [list(keys)])
        cursor.execute(_DROP_FILES, [list(keys)])
        objects = {row[0] for row in cursor.fetchall()}
    Resource.objects.filter(key__in=keys).delete()
    return objects


def remove_scans(keys: Collection[int]) -> set[str]:
    """Remove scans with their resources."""
    objects = remove_resources(_resources(Q(scan__in=keys)))
    with connection.cursor() as cursor:
        cursor.execute(_DROP_SERIES, [list(keys)])
    Scan.objects.filter(key__in=keys).delete()
    return objects


def remove_reconstructions(keys: Collection[int]) -> set[str]:
    """Remove reconstructions with their resources."""
    objects = remove_resources(_resources(Q(reconstruction__in=keys)))
    Reconstruction.objects.filter(key__in=keys).delete()
    return objects


def remove_experiments(keys: Collection[int]) -> set[str]:
    """Remove experiments with their scans, reconstructions, resources, and the assessors of sessions."""
    assessors = list(Experiment.objects.filter(session__in=keys).values_list("key", flat=True))
    objects = remove_experiments(assessors) if assessors else set()
    objects |= remove_scans(list(Scan.objects.filter(session__in=keys).values_list("key", flat=True)))
    objects |= remove_reconstructions(list(Reconstruction.objects.filter(session__in=keys).values_list("key", flat=True)))
    objects |= remove_resources(_resources(Q(experiment__in=keys)))
    objects |= _forget(ManifestKind.EXPERIMENT, Experiment.objects.filter(key__in=keys).values_list("id", flat=True))
    Experiment.objects.filter(key__in=keys).delete()
    return objects


def remove_subjects(keys: Collection[int]) -> set[str]:
    """Remove subjects with their resources and all their experiments."""
    objects = remove_experiments(list(Experiment.objects.filter(subject__in=keys).values_list("key", flat=True)))
    objects |= remove_resources(_resources(Q(subject__in=keys)))
    objects |= _forget(ManifestKind.SUBJECT, Subject.objects.filter(key__in=keys).values_list("id", flat=True))
    Subject.objects.filter(key__in=keys).delete()
    return objects


def remove_project(project: Project) -> set[str]:
    """Remove a project with everything of its own, its groups and settings. What others shared into it stays with them."""
    objects = remove_experiments(list(project.experiments.filter(subject__isnull=True, session__isnull=True).values_list("key", flat=True)))
    objects |= remove_subjects(list(project.subjects.values_list("key", flat=True)))
    # What is left was made here on subjects and sessions of other projects.
    objects |= remove_experiments(list(project.experiments.values_list("key", flat=True)))
    objects |= remove_resources(_resources(Q(project=project)))
    objects |= _forget(ManifestKind.PROJECT, [project.id])
    ConfigEntry.objects.filter(project=project.id).delete()
    AccessRequest.objects.filter(project=project.id).delete()
    groups.remove_all(project.id)
    project.delete()
    return objects


def _resources(condition: Q) -> list[int]:
    return list(Resource.objects.filter(condition).values_list("key", flat=True))


def _forget(kind: ManifestKind, things: Collection[str]) -> set[str]:
    """Manifests of what is gone are needed no more; neither are workflow records."""
    ids = list(things)
    Workflow.objects.filter(kind=kind, item__in=ids).delete()
    manifests = Manifest.objects.filter(kind=kind, thing__in=ids)
    objects = set(manifests.values_list("object", flat=True))
    manifests.delete()
    return objects
