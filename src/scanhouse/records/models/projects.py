"""Projects, their aliases and investigators."""
from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower, Now

from scanhouse.access.rule import PROJECT
from scanhouse.access.scope import Scope


class PrearchiveCode(models.IntegerChoices):
    """What happens to a session that has been built (XNAT's numbers; others may be stored and mean `MANUAL`)."""

    MANUAL = 0, "Wait in the prearchive until somebody archives it"
    AUTO = 4, "Archive by itself; stop where it conflicts"
    AUTO_OVERWRITE = 5, "Archive by itself and replace what it conflicts with"


class Project(models.Model):
    """A project. `id` is the project ID of every URL and never changes."""

    id = models.CharField(primary_key=True, max_length=255)
    secondary_id = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    keywords = models.TextField(blank=True)
    doc = models.JSONField(default=dict)
    prearchive_code = models.IntegerField(default=PrearchiveCode.MANUAL)
    quarantine_code = models.IntegerField(default=0)
    settings = models.JSONField(default=dict, help_text="Typed project preferences (records.preferences)")
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=255)
    modified_at = models.DateTimeField(db_default=Now())

    scope: ClassVar[Scope] = Scope(element=PROJECT, project="id")

    class Meta:
        constraints = [models.UniqueConstraint(Lower("id"), name="records_project_id_ci")]


class ProjectAlias(models.Model):
    """A further name of a project. IDs, names, secondary IDs and aliases are unique together, without case."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="aliases")
    alias = models.CharField(max_length=255)

    scope: ClassVar[Scope] = Scope(element=PROJECT, project="project_id")

    class Meta:
        constraints = [models.UniqueConstraint(Lower("alias"), name="records_projectalias_ci")]


class Investigator(models.Model):
    """A person who leads or takes part in projects (`xnat:investigatorData`)."""

    title = models.CharField(max_length=255, blank=True)
    firstname = models.CharField(max_length=255, blank=True)
    lastname = models.CharField(max_length=255, blank=True)
    institution = models.CharField(max_length=255, blank=True)
    department = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=255, blank=True)
    phone = models.CharField(max_length=255, blank=True)
    code = models.CharField(max_length=255, blank=True, help_text="xnat:investigatorData/ID")
    led = models.ManyToManyField(Project, related_name="principal_investigators", db_table="records_project_pi")
    projects = models.ManyToManyField(Project, related_name="investigators", db_table="records_project_investigator")


class Favorite(models.Model):
    """A project that a user marked."""

    login = models.CharField(max_length=255)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="favorites")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["login", "project"], name="records_favorite_once")]


class Visit(models.Model):
    """When a user last looked at the page of a project."""

    login = models.CharField(max_length=255)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="visits")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["login", "project"], name="records_visit_once")]
