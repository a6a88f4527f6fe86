"""The rows of the archive hold what the rules rely on, whoever writes them."""
from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from scanhouse.records.models import Project, Resource


@pytest.mark.django_db
def test_project_ids_are_unique_without_case() -> None:
    Project.objects.create(id="DEMO", secondary_id="DEMO", name="Demo", created_by="admin")
    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.create(id="demo", secondary_id="x", name="x", created_by="admin")


@pytest.mark.django_db
def test_a_resource_hangs_off_exactly_one_owner() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Resource.objects.create(label="DICOM")
