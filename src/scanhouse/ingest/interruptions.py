"""Uploads whose process is gone: they are said to have failed, soon after it happened."""
from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from scanhouse.ingest.models import Upload

SILENT = timedelta(seconds=30)
"""An upload whose row was not touched for so long belongs to nobody. Whoever reads one touches it every few seconds (`renewal`)."""


def end_interrupted_uploads() -> int:
    """Close the rows of uploads that nobody reads any more; says how many. What they brought is in their sessions (`complete` is false)."""
    going = Q(state__in=("reading", "building"), modified_at__lt=timezone.now() - SILENT)
    return Upload.objects.filter(going).update(
        state="failed", message="The archive was stopped in the middle of this upload. Send it again.", modified_at=timezone.now()
    )
