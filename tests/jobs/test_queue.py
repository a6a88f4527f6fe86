"""A job exists exactly if the transaction that deferred it commits."""
from __future__ import annotations

from pathlib import Path

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.jobs import tasks_that_tell as tasks

from scanhouse.jobs import queue, worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def work_until_nothing_is_left() -> None:
    worker.run(wait=False, queues=["tests"])


def lines(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def test_a_job_deferred_in_a_transaction_runs_after_it_commits(log: Path) -> None:
    with transaction.atomic():
        tasks.tell.defer(path=str(log), text="hello")
    work_until_nothing_is_left()
    assert lines(log) == ["hello"]


def test_a_job_deferred_in_a_transaction_vanishes_with_it(log: Path) -> None:
    with transaction.atomic():
        tasks.tell.defer(path=str(log), text="hello")
        transaction.set_rollback(True)
    work_until_nothing_is_left()
    assert lines(log) == []


@pytest.mark.parametrize("roll_back", [False, True])
def test_a_job_that_a_job_defers_obeys_the_same_rule(log: Path, roll_back: bool) -> None:
    tasks.pass_on.defer(path=str(log), roll_back=roll_back)
    work_until_nothing_is_left()
    work_until_nothing_is_left()  # what was deferred at the very end of the first round
    assert lines(log) == ([] if roll_back else ["passed on"])


def test_a_task_can_be_called_here_and_now(log: Path) -> None:
    tasks.tell(path=str(log), text="now")
    assert lines(log) == ["now"]


def test_many_jobs_are_deferred_at_once(log: Path) -> None:
    tasks.tell.defer_many([{"path": str(log), "text": str(n)} for n in range(50)])
    work_until_nothing_is_left()
    assert sorted(map(int, lines(log))) == list(range(50))


def test_a_job_for_later_waits(log: Path) -> None:
    tasks.tell.later(seconds=3600).defer(path=str(log), text="too early")
    assert queue.health().waiting == 0  # it is not due, so nothing is late
    work_until_nothing_is_left()
    assert lines(log) == []


def test_a_job_that_fails_is_tried_again_as_often_as_its_task_says(log: Path) -> None:
    tasks.stumble.defer(path=str(log))
    work_until_nothing_is_left()
    work_until_nothing_is_left()
    assert lines(log) == ["tried", "tried"]
    assert ProcrastinateJob.objects.get(task_name=tasks.stumble.name).status == "succeeded"


def test_a_job_that_fails_for_good_is_told_to_whoever_watches() -> None:
    tasks.fail.defer()
    work_until_nothing_is_left()
    assert ProcrastinateJob.objects.get(task_name=tasks.fail.name).status == "failed"
    assert queue.health().failed_last_day == 1


def test_health_says_how_long_the_oldest_job_has_been_waiting(log: Path) -> None:
    assert (queue.health().waiting, queue.health().oldest_waiting) == (0, 0)
    tasks.tell.defer(path=str(log), text="hello")
    health = queue.health()
    assert health.waiting == 1
    assert 0 <= health.oldest_waiting < 60
    assert (health.doing, health.stalled) == (0, 0)
