"""Data types that were added at run time, and forms whose answers are kept with data."""
from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now

from .projects import Project


class TypeSchema(models.Model):
    """The data types of one namespace, added together or one by one."""

    prefix = models.CharField(max_length=63, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=255)


class DataType(models.Model):
    """One data type as it was declared (`schema.declarations`). A change makes a new row, so that the highest key tells what is new."""

    schema = models.ForeignKey(TypeSchema, on_delete=models.CASCADE, related_name="types")
    name = models.CharField(max_length=255, unique=True)
    declaration = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=255)


class TypeAction(models.Model):
    """What pages offer to do with things of a data type."""

    element = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["element", "name"], name="records_typeaction_once")]


class FormStatus(models.TextChoices):
    """Whether a form is shown where it applies."""

    ENABLED = "enabled", "Shown"
    DISABLED = "disabled", "Not shown; answers stay"
    OPTED_OUT = "optedout", "Not shown in a project that does not want it"


class Form(models.Model):
    """A form for things of a data type. Answers are custom fields of the thing, under the form's UUID."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    element = models.CharField(max_length=255)
    title = models.CharField(max_length=255)
    contents = models.JSONField()
    display_order = models.IntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=255)


class FormPlace(models.Model):
    """Where a form applies: everywhere (`project` is null), or in one project. An opted-out place takes a project out of the former."""

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="places")
    project = models.ForeignKey(Project, null=True, on_delete=models.CASCADE, related_name="forms")
    status = models.CharField(max_length=10, choices=FormStatus.choices, default=FormStatus.ENABLED)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["form", "project"], nulls_distinct=False, name="records_formplace_once")]
