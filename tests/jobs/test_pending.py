"""Which jobs of a task are still to come to their end."""
from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection, transaction
from tests.jobs import tasks_that_tell as tasks

from scanhouse.jobs import worker

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_job_is_pending_from_its_commit_until_it_has_ended(tmp_path: Path) -> None:
    arguments = {"path": str(tmp_path / "log"), "text": "hello"}
    with transaction.atomic():
        tasks.tell.defer(**arguments)
        transaction.set_rollback(True)
    assert tasks.tell.pending() == []
    number = tasks.tell.defer(**arguments)
    assert (tasks.tell.pending(), tasks.linger.pending()) == ([arguments], [])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [number])
        assert tasks.tell.pending() == [arguments]
        cursor.execute("UPDATE procrastinate_jobs SET status = 'todo' WHERE id = %s", [number])
    worker.run(wait=False, queues=["tests"])
    assert tasks.tell.pending() == []
