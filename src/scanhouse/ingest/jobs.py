"""Background work of ingest. Bodies live with the behaviour; these are their names in the queue. Each may run twice."""
from __future__ import annotations

from scanhouse.errors import ScanhouseError
from scanhouse.ingest import prearchive, series, user_cache
from scanhouse.jobs.queue import ONCE, task
from scanhouse.records import bytes as stored_bytes

STAGING_AGE = 24 * 3600.0
"""Seconds after which a staged file that nobody writes to belongs to a process that is gone; uploads may pause for hours."""


@task(queue="ingest", retry=ONCE)
def build(key: int) -> None:
    """Build a quiet session. What goes wrong is in the session's reason; its deadline tries again what was interrupted."""
    try:
        prearchive.finish_build(key)
    except ScanhouseError:
        return  # the session is in ERROR and says why


@task(queue="ingest", retry=ONCE)
def archive(key: int) -> None:
    """Archive a session that is ARCHIVING, as it was asked for."""
    try:
        prearchive.finish_archive(key)
    except ScanhouseError:
        return  # the session is in CONFLICT or ERROR and says why


@task(queue="ingest")
def read_upload(id: str) -> None:
    """Take in a large file that came in pieces. A full disk, or a fault of ours, is tried again."""
    from scanhouse.ingest import parts

    parts.read(id)


@task(queue="index")
def index(experiment: str) -> None:
    """Make the metadata documents of the session's series."""
    series.index(experiment)


@task(queue="ingest", every="* * * * * */20")
def promote() -> None:
    """Move objects from where they are kept at first to their lasting folders."""
    while stored_bytes.store().promote():
        pass


@task(queue="ingest", every="0 * * * *")
def sweep_staging() -> None:
    """Remove staged files that killed processes left."""
    from scanhouse.ingest import interruptions, parts

    interruptions.go_on_with_parts()
    parts.keep_staged()
    stored_bytes.store().sweep_staging(STAGING_AGE)


@task(queue="ingest", every="30 * * * *")
def sweep_user_cache() -> None:
    """Remove files that users put aside and nobody imported in time."""
    user_cache.sweep()
