"""What keeps the queue itself in order: jobs of dead workers run again, old finished jobs go."""
from __future__ import annotations

import logging
from collections.abc import Collection, Iterable

from django.db import DatabaseError, connection, transaction
from procrastinate import jobs, sql, utils
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import ConnectorException

from .queue import ONCE, STALLED_AFTER, _manager, task, waits

log = logging.getLogger(__name__)

MAX_RUNS = 5
"""Runs of one job that ended with the death of its worker. A job that kills every worker must not take the queue down."""
KEEP_DONE = 24
"""Hours that jobs which succeeded stay, for looking at."""
KEEP_FAILED = 24 * 30
"""Hours that jobs which failed stay."""
RESCUE_LOCK = 0x5CA_0001
"""Advisory lock of the rescue: of several workers one at a time looks, so that no job is handed out twice."""


def rescue(*, stalled_after: float = STALLED_AFTER) -> int:
    """Put jobs back whose worker gives no sign of life; says how many. Any process may call it at any time."""
    with transaction.atomic():
        if not _alone():
            return 0
        rows = _manager().connector.get_sync_connector().execute_query_all(
            sql.queries["select_stalled_jobs_by_heartbeat"], queue=None, task_name=None, seconds_since_heartbeat=stalled_after
        )
        return _put_all_back([jobs.Job.from_row(row) for row in rows], "its worker gives no sign of life")


def held_by(worker: int) -> set[int]:
    """Numbers of the jobs that a worker is running, by what the queue says."""
    return set(ProcrastinateJob.objects.filter(worker_id=worker, status="doing").values_list("id", flat=True))


def rescue_lost(worker: int, lost: Collection[int]) -> int:
    """Put jobs back that a living worker is said to run and does not, as when the end of one could not be written; says how many."""
    if not lost:
        return 0
    with transaction.atomic():
        if not _alone():
            return 0
        rows = ProcrastinateJob.objects.filter(worker_id=worker, status="doing", id__in=lost)
        return _put_all_back([row.procrastinate_job for row in rows], "its worker no longer knows of it")


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [RESCUE_LOCK])
        return bool(cursor.fetchone()[0])


def _put_all_back(found: Iterable[jobs.Job], why: str) -> int:
    done = 0
    for job in found:
        try:
            with transaction.atomic():
                _put_back(job, why)
            done += 1
        except (ConnectorException, DatabaseError) as error:  # one that cannot be put back must hold up no other; it is tried again
            log.error("Job %s (%s) could not be put back: %s.", job.id, job.task_name, type(error.__cause__ or error).__name__)
    return done


def _put_back(job: jobs.Job, why: str) -> None:
    if job.attempts + 1 >= MAX_RUNS:
        log.error("Job %s (%s) ended its worker %d times and is given up.", job.id, job.task_name, MAX_RUNS)
        _finish(job, "failed")
    elif job.queueing_lock and waits(job.queueing_lock):
        # Two of one name cannot wait. The other one was asked for later, and does what this one would.
        log.warning("Job %s (%s) is not run again, though %s: another one of its name waits.", job.id, job.task_name, why)
        _finish(job, "aborted")
    else:
        log.warning("Job %s (%s) is run again: %s.", job.id, job.task_name, why)
        _manager().retry_job_by_id(job_id=job.id, retry_at=utils.utcnow())  # type: ignore[arg-type]


def _finish(job: jobs.Job, status: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT procrastinate_finish_job_v1(%s, %s::procrastinate_job_status, false)", [job.id, status])


@task(queue="upkeep", retry=ONCE, every="17 3 * * *")
def remove_old_jobs() -> None:
    """Finished jobs go after a day, failed ones after a month."""
    for statuses, hours in ((["succeeded"], KEEP_DONE), (["failed", "cancelled", "aborted"], KEEP_FAILED)):
        _manager().connector.get_sync_connector().execute_query(
            sql.queries["delete_old_jobs"], nb_hours=hours, queue=None, statuses=statuses
        )
