"""What keeps the queue itself in order: jobs of dead workers run again, old finished jobs go."""
from __future__ import annotations

import logging

from django.db import connection, transaction
from procrastinate import jobs, sql, utils

from .queue import ONCE, STALLED_AFTER, _manager, task

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
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [RESCUE_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        manager = _manager()
        rows = manager.connector.get_sync_connector().execute_query_all(
            sql.queries["select_stalled_jobs_by_heartbeat"], queue=None, task_name=None, seconds_since_heartbeat=stalled_after
        )
        for row in rows:
            job = jobs.Job.from_row(row)
            if job.attempts + 1 >= MAX_RUNS:
                log.error("Job %s (%s) ended its worker %d times and is given up.", job.id, job.task_name, MAX_RUNS)
                cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'failed'::procrastinate_job_status, false)", [job.id])
            else:
                log.warning("Job %s (%s) is run again: its worker gives no sign of life.", job.id, job.task_name)
                manager.retry_job_by_id(job_id=job.id, retry_at=utils.utcnow())  # type: ignore[arg-type]
        return len(rows)


@task(queue="upkeep", retry=ONCE, every="17 3 * * *")
def remove_old_jobs() -> None:
    """Finished jobs go after a day, failed ones after a month."""
    for statuses, hours in ((["succeeded"], KEEP_DONE), (["failed", "cancelled", "aborted"], KEEP_FAILED)):
        _manager().connector.get_sync_connector().execute_query(
            sql.queries["delete_old_jobs"], nb_hours=hours, queue=None, statuses=statuses
        )
