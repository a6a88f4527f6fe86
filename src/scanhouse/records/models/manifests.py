"""Which manifests there are, and what needs a new one."""
from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class ManifestKind(models.TextChoices):
    """What a manifest can be about."""

    PROJECT = "project", "Project"
    SUBJECT = "subject", "Subject"
    EXPERIMENT = "experiment", "Experiment"


class Manifest(models.Model):
    """One manifest of one thing; `object` is its key in the store. The newest has the highest key."""

    kind = models.CharField(max_length=10, choices=ManifestKind.choices)
    thing = models.CharField(max_length=255)
    object = models.CharField(max_length=64, db_index=True)
    written_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["kind", "thing", "-id"], name="records_manifest_newest")]


class ManifestDue(models.Model):
    """A thing has changed and its manifest has not been written yet. Rows are added in the transaction of the change, never updated."""

    kind = models.CharField(max_length=10, choices=ManifestKind.choices)
    thing = models.CharField(max_length=255)
    since = models.DateTimeField(db_default=Now())
