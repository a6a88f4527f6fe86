"""Every test of the queue starts with an empty one: its tables belong to no Django model that the test database would clear."""
from __future__ import annotations

import pytest
from django.db import connection


@pytest.fixture(autouse=True)
def empty_queue(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")
