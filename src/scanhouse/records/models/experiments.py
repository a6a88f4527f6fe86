"""Experiments of all kinds: image sessions, other subject assessors, image assessors; scans and reconstructions."""
from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower, Now

from scanhouse.access.scope import Scope

from .projects import Project
from .subjects import Subject


class Experiment(models.Model):
    """An experiment. `element` is its type (`xnat:mrSessionData`).

    An image session or other subject assessor has a `subject`; an image assessor has a `session` (and its subject through it).
    `study_uid` is the Study Instance UID of an image session.
    """

    key = models.BigAutoField(primary_key=True)
    id = models.CharField(max_length=255, unique=True)
    element = models.CharField(max_length=255)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="experiments")
    subject = models.ForeignKey(Subject, null=True, on_delete=models.PROTECT, related_name="experiments")
    session = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="assessors")
    label = models.CharField(max_length=255)
    date = models.DateField(null=True)
    study_uid = models.CharField(max_length=64, blank=True)
    doc = models.JSONField(default=dict)
    status = models.CharField(max_length=20, default="active")
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=255)
    modified_at = models.DateTimeField(db_default=Now())
    manifest = models.CharField(max_length=64, blank=True, help_text="Key of the newest manifest of this session")

    scope: ClassVar[Scope] = Scope(element="element", project="project_id", shares="shares")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "label"], name="records_experiment_label")]
        indexes = [
            models.Index(fields=["study_uid"]),
            models.Index(fields=["element", "project"]),
            models.Index(fields=["project", "-created_at"], name="records_exp_recent"),
            models.Index("project", Lower("label"), name="records_exp_label_ci"),
        ]


class ExperimentShare(models.Model):
    """An experiment seen in a further project, under a label of that project."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="shares")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="experiment_shares")
    label = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["experiment", "project"], name="records_experimentshare_once")]
        indexes = [models.Index(fields=["project", "label"])]


class Scan(models.Model):
    """A scan of an image session: a DICOM series, or what somebody put there by hand. `id` is its number within the session."""

    key = models.BigAutoField(primary_key=True)
    session = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="scans")
    id = models.CharField(max_length=255)
    element = models.CharField(max_length=255)
    type = models.CharField(max_length=255, blank=True)
    uid = models.CharField(max_length=64, blank=True, help_text="Series Instance UID")
    series_description = models.CharField(max_length=255, blank=True)
    quality = models.CharField(max_length=255, blank=True)
    note = models.TextField(blank=True)
    doc = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=255, blank=True)
    modified_at = models.DateTimeField(db_default=Now())

    scope: ClassVar[Scope] = Scope(element="element", through=("session",))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "id"], name="records_scan_id")]
        indexes = [models.Index(fields=["uid"])]


class ScanShare(models.Model):
    """A scan seen in a further project, with its session."""

    scan = models.ForeignKey(Scan, on_delete=models.CASCADE, related_name="shares")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="scan_shares")
    label = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scan", "project"], name="records_scanshare_once")]


class Reconstruction(models.Model):
    """A reconstructed image of a session (`xnat:reconstructedImageData`)."""

    key = models.BigAutoField(primary_key=True)
    session = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="reconstructions")
    id = models.CharField(max_length=255)
    element = models.CharField(max_length=255, default="xnat:reconstructedImageData")
    type = models.CharField(max_length=255, blank=True)
    doc = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=255, blank=True)

    scope: ClassVar[Scope] = Scope(element="element", through=("session",))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "id"], name="records_reconstruction_id")]
