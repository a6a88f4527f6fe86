"""Do the sums add up? Every object that reached us is archived, in progress or refused with a reason; nothing waits past its deadline."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

GRACE = timedelta(seconds=30)
"""How long after a deadline its move may take: a tick of the clock, or the restart of a worker that was killed."""


@dataclass(frozen=True)
class Sums:
    """Objects of the ledger. `stranded`: in progress, but in no session that could still go on; must be 0."""

    received: int
    archived: int
    in_progress: int
    superseded: int
    rejected: int
    deleted: int
    stranded: int

    @property
    def add_up(self) -> bool:
        """received = archived (or kept aside) + in progress + rejected + deleted by a person, and none is stranded."""
        parts = self.archived + self.superseded + self.in_progress + self.rejected + self.deleted
        return self.received == parts and not self.stranded


@dataclass(frozen=True)
class Overdue:
    """Sessions that did not move when their deadline was over. `oldest`: for how long, in seconds."""

    sessions: int
    oldest: float


def count() -> Sums:
    """Count the whole ledger: for tests and reports, not for each request."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT)
        return Sums(*cursor.fetchone())


def overdue(grace: timedelta = GRACE) -> Overdue:
    """What is past its deadline by more than `grace`. One look into an index."""
    with connection.cursor() as cursor:
        cursor.execute(OVERDUE, [grace.total_seconds()])
        return Overdue(*cursor.fetchone())


# An archived row counts as such only when its session is: each sum is held against the other table.
COUNT = """
SELECT count(*),
       count(*) FILTER (WHERE r.state = 'archived' AND s.state = 'ARCHIVED' AND s.archived_as <> ''),
       count(*) FILTER (WHERE r.state = 'waiting'),
       count(*) FILTER (WHERE r.state = 'superseded'),
       count(*) FILTER (WHERE r.state = 'rejected' AND r.reason <> ''),
       count(*) FILTER (WHERE r.state = 'deleted'),
       count(*) FILTER (WHERE r.state = 'waiting' AND (s.key IS NULL OR s.state IN ('ARCHIVED', 'DELETED')))
FROM ingest_received r LEFT JOIN ingest_prearchivesession s ON s.key = r.session_id
"""

OVERDUE = """
SELECT count(*), coalesce(max(extract(epoch FROM now() - deadline)), 0)::float FROM ingest_prearchivesession
WHERE state IN ('RECEIVING', 'BUILDING', 'ARCHIVING', 'MOVING', 'DELETING') AND deadline < now() - make_interval(secs => %s)
"""
