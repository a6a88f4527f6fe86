"""A worker that dies inside a job loses nothing: another one runs the job again."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager
from procrastinate.periodic import PeriodicDeferrer
from tests.jobs import tasks_that_tell as tasks
from tests.waiting import until

from scanhouse.jobs import queue, upkeep, worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def in_a_thread() -> Iterator[Callable[..., Callable[[], None]]]:
    """Starts a worker in a thread: `stop = in_a_thread()`. It is told to stop when the test ends, also when that fails."""
    with ExitStack() as stack:

        def go(**options: float) -> Callable[[], None]:
            told = threading.Event()
            thread = threading.Thread(target=worker.run, kwargs={"queues": ["tests"], "stop": told, **options})

            def stop() -> None:
                told.set()
                thread.join(60)
                assert not thread.is_alive(), "it does not stop when told"

            thread.start()
            stack.callback(stop)
            return stop

        yield go


@pytest.fixture
def start() -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts worker processes on the database of the test; what still runs afterwards is ended."""
    settings = connection.settings_dict
    url = f"postgresql:///{settings['NAME']}?host={settings['HOST']}&user={settings['USER']}"
    processes: list[subprocess.Popen[bytes]] = []

    def go() -> subprocess.Popen[bytes]:
        environment = {**os.environ, "DATABASE_URL": url, "PYTHONWARNINGS": "ignore"}
        processes.append(subprocess.Popen([sys.executable, tasks.__file__], env=environment))
        return processes[-1]

    yield go
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait()


def test_a_job_whose_worker_is_killed_is_run_again_by_the_next(start, tmp_path: Path) -> None:
    log = tmp_path / "log"
    tasks.linger.defer(path=str(log))
    first = start()
    until(log.exists)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert queue.health().doing == 1

    second = start()
    until(lambda: "finished" in log.read_text())
    assert log.read_text().splitlines() == [f"started by {first.pid}", f"started by {second.pid}", "finished"]
    until(lambda: ProcrastinateJob.objects.get(task_name=tasks.linger.name).status == "succeeded")
    assert queue.health().stalled == 0


def test_a_worker_told_to_stop_ends_cleanly(start, tmp_path: Path) -> None:
    log = tmp_path / "log"
    tasks.tell.defer(path=str(log), text="hello")
    process = start()
    until(log.exists)
    process.terminate()
    assert process.wait(60) == 0


def test_a_worker_told_to_stop_ends_also_when_it_cannot_sign_off(monkeypatch: pytest.MonkeyPatch) -> None:
    signed_off = []

    async def away(self: JobManager, worker_id: int) -> None:
        signed_off.append(worker_id)
        if len(signed_off) == 1:
            raise ConnectorException("the database is away")

    def tell() -> None:
        until(lambda: queue.health().workers == 1)
        connection.close()
        os.kill(os.getpid(), signal.SIGTERM)

    assert threading.current_thread() is threading.main_thread(), "only there a worker listens to signals"
    monkeypatch.setattr(JobManager, "unregister_worker", away)
    monkeypatch.setattr(worker, "PAUSE", 0.1)
    teller = threading.Thread(target=tell)
    teller.start()
    worker.run(queues=["tests"])
    teller.join()
    assert len(signed_off) == 1


def test_a_worker_in_a_thread_takes_jobs_at_once_and_stops_when_told(in_a_thread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log"
    monkeypatch.setattr(worker, "_Worker", partial(worker._Worker, fetch_job_polling_interval=3600.0))
    stop = in_a_thread()
    until(listens)
    tasks.tell.defer(path=str(log), text="hello")
    until(log.exists)  # told by the database, not found at the next look
    stop()


def listens() -> bool:
    """Whether a worker will be told of new jobs: it says that it lives before it listens for them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query ~ 'LISTEN ' AND state = 'idle'")
        return cursor.fetchone() is not None


def test_a_job_that_ends_every_worker_is_given_up() -> None:
    number = tasks.fail.defer()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL, attempts = %s WHERE id = %s", [upkeep.MAX_RUNS - 1, number]
        )
    assert queue.health().stalled == 1
    assert upkeep.rescue() == 1
    assert ProcrastinateJob.objects.get(id=number).status == "failed"


def test_old_finished_jobs_are_removed_and_failed_ones_stay_longer(tmp_path: Path) -> None:
    done, failed = tasks.tell.defer(path=str(tmp_path / "log"), text="x"), tasks.fail.defer()
    worker.run(wait=False, queues=["tests"])
    upkeep.remove_old_jobs()
    assert ProcrastinateJob.objects.filter(id__in=[done, failed]).count() == 2
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = at - interval '2 days'")
    upkeep.remove_old_jobs()
    assert [job.id for job in ProcrastinateJob.objects.filter(id__in=[done, failed])] == [failed]


def test_a_worker_begins_anew_when_what_runs_beside_its_jobs_loses_the_database(
    in_a_thread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    log, schedule, began = tmp_path / "log", PeriodicDeferrer.worker, []

    async def fail_once(self: PeriodicDeferrer) -> None:
        began.append(self)
        if len(began) == 1:
            raise ConnectorException("the connection is gone")
        await schedule(self)

    monkeypatch.setattr(PeriodicDeferrer, "worker", fail_once)
    monkeypatch.setattr(worker, "PAUSE", 0.1)
    stop = in_a_thread()
    until(lambda: len(began) == 2)
    tasks.tell.defer(path=str(log), text="hello")
    until(log.exists)
    stop()


def test_a_worker_outlives_the_loss_of_all_its_connections(in_a_thread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "PAUSE", 0.2)
    log = tmp_path / "log"
    stop = in_a_thread(heartbeat=0.5)
    until(lambda: queue.health().workers == 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
    tasks.tell.defer(path=str(log), text="hello")
    until(log.exists)
    stop()
