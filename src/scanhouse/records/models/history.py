"""What happened, settings of the site, stored configuration, and XNAT's workflow records."""
from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from .manifests import ManifestKind


class History(models.Model):
    """One thing that somebody did. Written in the transaction of the deed; also the outbox that event subscriptions read."""

    at = models.DateTimeField(db_default=Now())
    actor = models.CharField(max_length=255)
    action = models.CharField(max_length=100)
    kind = models.CharField(max_length=100, help_text="Element of the thing, such as xnat:mrSessionData")
    thing = models.CharField(max_length=255, help_text="ID of the project, subject or experiment that it is or belongs to")
    root = models.CharField(
        max_length=10, choices=ManifestKind.choices, blank=True, help_text="Which of these: an ID may name one of each. Empty for all else"
    )
    project = models.CharField(max_length=255, blank=True, db_index=True)
    reason = models.TextField(blank=True)
    type = models.CharField(max_length=100, blank=True)
    comment = models.TextField(blank=True)
    changes = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["thing", "kind"])]


class Preference(models.Model):
    """A setting of the site. Names, types, defaults and help are in `records.preferences`."""

    name = models.CharField(primary_key=True, max_length=255)
    value = models.JSONField(null=True)
    modified_at = models.DateTimeField(db_default=Now())


class ConfigEntry(models.Model):
    """One version of a text kept for a tool, for the site (`project` empty) or a project."""

    tool = models.CharField(max_length=255)
    path = models.CharField(max_length=1024)
    project = models.CharField(max_length=255, blank=True)
    version = models.IntegerField()
    contents = models.TextField(blank=True)
    enabled = models.BooleanField(default=True)
    unversioned = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=255)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "tool", "path", "version"], name="records_config_version")]


class Workflow(models.Model):
    """A piece of work on an item that a client or a pipeline reports (`wrk:workflowData`)."""

    item = models.CharField(max_length=255, db_index=True)
    kind = models.CharField(max_length=10, choices=ManifestKind.choices, help_text="What the item is: an ID may name one of each kind")
    data_type = models.CharField(max_length=255, help_text="As the client says")
    pipeline_name = models.CharField(max_length=255)
    launch_time = models.DateTimeField()
    status = models.CharField(max_length=255)
    external_id = models.CharField(max_length=255, blank=True)
    doc = models.JSONField(default=dict)
    created_by = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "kind", "pipeline_name", "launch_time"], name="records_workflow_once")]
