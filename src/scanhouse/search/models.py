"""Searches that were saved, and results that are kept for a while so that they can be read in pages."""
from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class SavedSearch(models.Model):
    """A search under an ID. It belongs to its users; one of a project (`tag`) also to those who see into that project."""

    id = models.CharField(primary_key=True, max_length=255)
    root = models.CharField(max_length=255)
    tag = models.CharField(max_length=255, blank=True, db_index=True)
    description = models.TextField(blank=True)
    brief_description = models.TextField(blank=True)
    secure = models.BooleanField(default=False)
    users = ArrayField(models.CharField(max_length=255), default=list)
    document = models.TextField(help_text="The search as XML")
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=255)


class KeptResult(models.Model):
    """What a search found when it was run, for the one who ran it. `search` is the ID of its document."""

    id = models.CharField(primary_key=True, max_length=64)
    login = models.CharField(max_length=255)
    search = models.CharField(max_length=255, blank=True)
    root = models.CharField(max_length=255)
    columns = models.JSONField()
    total = models.IntegerField(default=0)
    rights = ArrayField(models.TextField(), default=list, help_text="Groups and grants with which it was found")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["login", "search"], name="search_kept_by_search")]


class KeptRow(models.Model):
    """One row: its cells, all texts, in the order of the columns."""

    result = models.ForeignKey(KeptResult, on_delete=models.CASCADE, related_name="rows", db_index=False)
    place = models.IntegerField()
    thing = models.TextField(blank=True, help_text="Key of the row's thing, of the kind that the root is")
    cells = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["result", "place"], name="search_keptrow_place")]
