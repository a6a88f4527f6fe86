"""What the running processes say of themselves."""
from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """One running process. It renews `at` every few seconds; a row that is old belongs to a process that hangs or is gone."""

    process = models.CharField(primary_key=True, max_length=255, help_text="part@host:pid")
    part = models.CharField(max_length=20, help_text="dicom, worker")
    started_at = models.DateTimeField()
    at = models.DateTimeField()
    facts = models.JSONField(default=dict)
