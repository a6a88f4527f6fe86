"""Subjects and their shares into further projects."""
from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower, Now

from scanhouse.access.scope import Scope

from .projects import Project


class Subject(models.Model):
    """A person or animal within a project. `id` is the accession ID (`XNAT_S00001`), `label` is unique in its project."""

    key = models.BigAutoField(primary_key=True)
    id = models.CharField(max_length=255, unique=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="subjects")
    label = models.CharField(max_length=255)
    doc = models.JSONField(default=dict)
    status = models.CharField(max_length=20, default="active")
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=255)
    modified_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "label"], name="records_subject_label")]
        indexes = [models.Index("project", Lower("label"), name="records_subject_label_ci")]

    element = "xnat:subjectData"
    scope: ClassVar[Scope] = Scope(element=element, project="project_id", shares="shares")


class SubjectShare(models.Model):
    """A subject seen in a further project, under a label of that project."""

    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="shares")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="subject_shares")
    label = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "project"], name="records_subjectshare_once")]
        indexes = [models.Index(fields=["project", "label"])]
