"""The queue: define a task, defer a job inside the transaction that needs it, ask how the queue is.

A job is a row of the same database, so it exists exactly if the transaction that deferred it commits. A worker may die inside a
job, which is then run again: every task can be run twice. Bodies of tasks live with the behaviour, in `<package>/jobs.py`.
"""
from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, TypeVar, cast

from django.db import connection
from procrastinate import RetryStrategy, jobs, manager, tasks
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.types import JSONValue

P = ParamSpec("P")
R = TypeVar("R")

STALLED_AFTER = 30.0
"""Seconds without a heartbeat after which a worker counts as dead: three heartbeats."""


@dataclass(frozen=True)
class Retry:
    """How often a failed job is tried again; before its nth repetition `wait + growth ** n` seconds pass."""

    attempts: int = 5
    wait: int = 5
    growth: int = 3

    def strategy(self) -> RetryStrategy | bool:
        return self.attempts > 0 and RetryStrategy(max_attempts=self.attempts, wait=self.wait, exponential_wait=self.growth)


ONCE = Retry(attempts=0)
AS_USUAL = Retry()


@dataclass(frozen=True)
class Task(Generic[P, R]):
    """Something a worker can do. Arguments are JSON values. Calling it runs it here and now."""

    name: str
    function: Callable[P, R]
    queue: str

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)

    def defer(self, *_: P.args, **arguments: P.kwargs) -> int:
        """Put a job into the queue, as part of the open transaction. Answers the job's number."""
        return self.later().defer(**cast("dict[str, JSONValue]", arguments))

    def defer_many(self, arguments: list[dict[str, Any]]) -> list[int]:
        """Put many jobs into the queue with one statement."""
        return self.later().batch_defer(*arguments) if arguments else []

    def request(self, name: str, *_: P.args, **arguments: P.kwargs) -> bool:
        """Put a job into the queue unless one under this name waits there already; says whether it did.

        Two who may do that at the same time hold a lock of their own on what the job is about.
        """
        if waits(name):
            return False
        self.later(once=name).defer(**cast("dict[str, JSONValue]", arguments))
        return True

    def pending(self) -> list[dict[str, Any]]:
        """Arguments of each job of this task that waits in the queue or is being run."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = %s AND status IN ('todo', 'doing')", [self.name])
            return [json.loads(arguments) for (arguments,) in cursor.fetchall()]

    def later(
        self, *, seconds: float | None = None, lock: str | None = None, priority: int = 0, once: str | None = None
    ) -> jobs.JobDeferrer:
        """A deferrer with conditions: not before `seconds` have passed; never two with the same `lock` at once; never two that wait with
        the same `once`."""
        return tasks.configure_task(
            name=self.name, job_manager=_manager(), queue=self.queue, lock=lock, queueing_lock=once, priority=priority,
            schedule_in=None if seconds is None else {"seconds": int(seconds)},
        )


def task(*, queue: str = "default", retry: Retry = AS_USUAL, every: str | None = None) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Make a function a task. `every` runs it without arguments at the times of a cron line; a sixth field gives seconds."""

    def define(function: Callable[P, R]) -> Task[P, R]:
        made = Task(f"{function.__module__}.{function.__qualname__}", function, queue)
        if every is None:
            app.task(name=made.name, queue=queue, retry=retry.strategy())(function)
            return made

        def tick(timestamp: int) -> R:
            return function()  # type: ignore[call-arg]  # periodic tasks have no arguments

        # One that still waits is enough: after a pause, or when all workers are busy, ticks must not pile up.
        periodic = app.task(name=made.name, queue=queue, retry=False, queueing_lock=made.name, lock=made.name)(tick)
        app.periodic(cron=every)(periodic)
        return made

    return define


def waits(name: str) -> bool:
    """Whether a job under this name (`request`) is in the queue and has not begun."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo'", [name])
        return cursor.fetchone() is not None


def _manager() -> manager.JobManager:
    # Always Django's own connection, also inside a worker (whose own connections know nothing of a task's transaction):
    # else a job deferred by a task would stay although the task's transaction was rolled back.
    return manager.JobManager(DjangoConnector())


@dataclass(frozen=True)
class Health:
    """How the queue is. `oldest_waiting` is how long the oldest job that could run has been waiting, in seconds."""

    waiting: int
    oldest_waiting: float
    doing: int
    stalled: int
    failed_last_day: int
    workers: int


def health(*, stalled_after: float = STALLED_AFTER) -> Health:
    """Facts for monitoring, by indexed look-ups."""
    with connection.cursor() as cursor:
        cursor.execute(_HEALTH, {"stalled_after": stalled_after})
        return Health(*cursor.fetchone())


_HEALTH = """
WITH alive AS (SELECT id FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %(stalled_after)s)),
     ready AS (
        SELECT greatest(scheduled_at, (SELECT max(at) FROM procrastinate_events e WHERE e.job_id = j.id)) AS since
        FROM procrastinate_jobs j WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())),
     doing AS (SELECT worker_id FROM procrastinate_jobs WHERE status = 'doing')
SELECT (SELECT count(*) FROM ready),
       (SELECT coalesce(extract(epoch FROM now() - min(since)), 0)::float FROM ready),
       (SELECT count(*) FROM doing),
       (SELECT count(*) FROM doing WHERE worker_id IS NULL OR worker_id NOT IN (SELECT id FROM alive)),
       (SELECT count(*) FROM procrastinate_events WHERE type = 'failed' AND at > now() - interval '1 day'),
       (SELECT count(*) FROM alive)
"""
