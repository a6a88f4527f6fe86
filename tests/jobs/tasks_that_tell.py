"""Tasks for the tests of the queue; also the program of a worker process that a test can kill."""
from __future__ import annotations

import os
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    import django

    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    django.setup()
    from procrastinate.exceptions import ConnectorException
    from procrastinate.manager import JobManager
    from tests.jobs import tasks_that_tell  # noqa: F401  # under the name that its jobs have

    from scanhouse.jobs import worker

    worker.PATIENCE = float(os.environ.get("PATIENCE", worker.PATIENCE))
    if lost := os.environ.get("LOST_WHEN"):
        give_sign = JobManager.update_heartbeat

        async def give_sign_or_fail(self: JobManager, worker_id: int) -> None:
            if Path(lost).exists():
                raise ConnectorException("the database is away")
            await give_sign(self, worker_id)

        JobManager.update_heartbeat = give_sign_or_fail  # type: ignore[method-assign]
    worker.run(queues=["tests"], concurrency=1, heartbeat=0.5, stalled_after=2.0)
    sys.exit()

from scanhouse.errors import Busy
from scanhouse.jobs.queue import ONCE, Retry, task


@task(queue="tests")
def tell(path: str, text: str) -> None:
    """Add a line to a file."""
    with open(path, "a") as file:
        file.write(text + "\n")


@task(queue="tests")
def linger(path: str) -> None:
    """Say which process runs it; the first run takes for ever."""
    tell(path, f"started by {os.getpid()}")
    if len(Path(path).read_text().splitlines()) == 1:
        time.sleep(600)
    tell(path, "finished")


@task(queue="tests")
def hold(path: str, until: str) -> None:
    """Take until a file is there."""
    tell(path, "held")
    while not Path(until).exists():
        time.sleep(0.05)


@task(queue="tests", retry=Retry(attempts=2, wait=0, growth=0))
def stumble(path: str) -> None:
    """Fail at first."""
    tell(path, "tried")
    if len(Path(path).read_text().splitlines()) == 1:
        raise Busy("Not yet.")


@task(queue="tests", retry=ONCE)
def fail() -> None:
    """Fail always."""
    raise Busy("Never.")


@task(queue="tests")
def pass_on(path: str, roll_back: bool) -> None:
    """Defer another job in a transaction that may be rolled back."""
    from django.db import transaction

    with transaction.atomic():
        tell.defer(path=path, text="passed on")
        transaction.set_rollback(roll_back)
