"""No job is left behind: those of dead workers, and those that a living worker has lost, run again."""
from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager
from tests.jobs import tasks_that_tell as tasks
from tests.waiting import until

from scanhouse.jobs import upkeep, worker

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "once"


def left_by_a_dead_worker(number: int) -> int:
    """The job as a worker leaves it that was killed a minute ago."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute') RETURNING id")
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s", [*cursor.fetchone(), number])
    return number


@contextmanager
def working(**options: float) -> Iterator[None]:
    """A worker in a thread for as long as the block takes."""
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, kwargs={"queues": ["tests"], "stop": stop, **options})
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
    assert not thread.is_alive()


def states() -> dict[int, str]:
    return dict(ProcrastinateJob.objects.values_list("id", "status"))


def test_a_job_whose_successor_waits_already_is_ended_and_the_others_run_again() -> None:
    dead = left_by_a_dead_worker(tasks.tell.later(once=NAME).defer(path="/dev/null", text="x"))
    successor = tasks.tell.later(once=NAME).defer(path="/dev/null", text="x")
    other = left_by_a_dead_worker(tasks.tell.defer(path="/dev/null", text="x"))
    assert upkeep.rescue() == 2
    assert states() == {dead: "aborted", successor: "todo", other: "todo"}


def test_of_two_dead_jobs_of_one_name_one_runs_again() -> None:
    first = left_by_a_dead_worker(tasks.tell.later(once=NAME).defer(path="/dev/null", text="x"))
    second = left_by_a_dead_worker(tasks.tell.later(once=NAME).defer(path="/dev/null", text="x"))
    assert upkeep.rescue() == 2
    assert sorted(states().items()) == [(first, "todo"), (second, "aborted")]


def test_a_job_that_cannot_be_put_back_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = (left_by_a_dead_worker(tasks.tell.defer(path="/dev/null", text="x")) for _ in range(2))
    put_back = JobManager.retry_job_by_id

    def fail_for_one(self: JobManager, job_id: int, **more: object) -> None:
        if job_id == bad:
            raise ConnectorException("no")
        put_back(self, job_id=job_id, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(JobManager, "retry_job_by_id", fail_for_one)
    assert upkeep.rescue() == 1
    assert states() == {bad: "doing", good: "todo"}
    monkeypatch.undo()
    assert upkeep.rescue() == 1
    assert states()[bad] == "todo"


def test_a_rescue_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    rescue, looked = upkeep.rescue, []

    def fail_once(**more: float) -> int:
        looked.append(more)
        if len(looked) == 1:
            raise RuntimeError("a defect")
        return rescue(**more)

    monkeypatch.setattr(upkeep, "rescue", fail_once)
    with working(heartbeat=0.5, stalled_after=1.5):
        until(lambda: len(looked) > 1)


def test_a_job_whose_end_could_not_be_written_runs_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, finish, failed = tmp_path / "log", JobManager.finish_job, []

    async def fail_once(self: JobManager, *args: object, **more: object) -> None:
        if not failed:
            failed.append(True)
            raise ConnectorException("deadlock detected")
        await finish(self, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(JobManager, "finish_job", fail_once)
    number = tasks.tell.defer(path=str(log), text="ran")
    with working(heartbeat=0.5, stalled_after=1.5):
        until(lambda: states()[number] == "succeeded")
    assert log.read_text().splitlines() == ["ran", "ran"]


def test_a_job_that_takes_long_is_not_taken_for_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, looked, rescue = tmp_path / "log", [], upkeep.rescue_lost

    def look(*args: Any) -> int:
        looked.append(args)
        return rescue(*args)

    monkeypatch.setattr(upkeep, "rescue_lost", look)
    number = tasks.hold.defer(path=str(log), until=str(tmp_path / "go"))
    with working(heartbeat=0.5, stalled_after=1.5):
        until(log.exists)
        seen = len(looked)
        until(lambda: len(looked) > seen + 3)
        (tmp_path / "go").touch()
        until(lambda: states()[number] == "succeeded")
    assert log.read_text().splitlines() == ["held"]


def test_a_worker_that_lost_the_database_does_not_wait_for_a_job_without_end(tmp_path: Path) -> None:
    """Its jobs cannot be ended, as they are threads, and until they end it takes no others: so the process ends, and another begins."""
    log = tmp_path / "log"
    tasks.linger.defer(path=str(log))
    settings = connection.settings_dict
    environment = {
        **os.environ, "DATABASE_URL": f"postgresql:///{settings['NAME']}?host={settings['HOST']}&user={settings['USER']}",
        "PYTHONWARNINGS": "ignore", "PATIENCE": "0.5", "LOST_WHEN": str(log),
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, tasks.__file__], env=environment)
    try:
        assert process.wait(120) == 1
        assert log.read_text().splitlines() == [f"started by {process.pid}"]
    finally:
        process.kill()
        process.wait()
