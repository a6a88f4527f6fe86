"""Which stored objects are still needed, and the end of those that are not.

Why no object that a row names is ever deleted, whatever runs at the same time:

A writer of rows stages and `keep`s its bytes first (outside any transaction), then opens a transaction, calls `claim`, inserts
its rows and commits. `claim` takes a shared advisory lock on the bucket of each key (64 by the key's first byte), which lasts
until the commit, and then looks that the objects are in the store. `discard` takes the same lock exclusively for one bucket, asks
all referrers, deletes what none of them names, and lets go. So for one key there are only two orders. If the writer has the lock
first, `discard` waits for its commit and, its statements having snapshots of their own (READ COMMITTED), sees the row. If
`discard` has it first, the writer waits, finds the object gone and refuses with BytesGone (Busy): the sender sends it again, or
the door puts the staged bytes again. No clock takes part. `discard` holds one lock at a time, so it is in no deadlock.

The ledger of ingest, which writes thousands of rows a second, may leave `claim` out: for it the grace period suffices, since
`ObjectStore.keep` renews an object's age also when it was there already, `discard` spares objects younger than MIN_IDLE, and a
ledger's row is committed within seconds of `keep`. The same rule protects bytes that have been kept and have no row yet.
"""
from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from django.db import connection, transaction
from procrastinate.types import JSONValue

from scanhouse.errors import Broken
from scanhouse.jobs.queue import task
from scanhouse.storage.configured import store

from . import preferences
from .errors import BytesGone
from .models import File, Manifest

__all__ = ["claim", "discard", "discard_later", "grace_hours", "needed", "referrer", "store", "sweep"]

log = logging.getLogger(__name__)

BUCKETS = 64
LOCK_SPACE = 0x5CB  # first half of the advisory locks of this module
MIN_IDLE = 3600.0
"""Seconds that an object must not have been kept anew before it may go, whatever the settings say."""
BATCH = 500
"""Keys of one `discard` job: a few seconds of work, so that a stop or a kill loses little."""
LOCK_TIMEOUT = "5s"
"""How long `discard` waits for writers before it gives way to those behind it; the job then tries again."""
REQUIRED = {"files", "manifests", "surveys", "ingest"}
"""Referrers without which nothing is deleted: a process that did not load one of them must not believe that it needs nothing."""

Referrer = Callable[[list[str]], set[str]]
_referrers: dict[str, Referrer] = {}


def referrer(name: str) -> Callable[[Referrer], Referrer]:
    """Register a function that answers which of some keys are still needed. It runs inside the lock: one indexed query."""

    def register(function: Referrer) -> Referrer:
        _referrers[name] = function
        return function

    return register


@referrer("files")
def _files(keys: list[str]) -> set[str]:
    return set(File.objects.filter(object__in=keys).values_list("object", flat=True))


@referrer("manifests")
def _manifests(keys: list[str]) -> set[str]:
    return set(Manifest.objects.filter(object__in=keys).values_list("object", flat=True))


def claim(keys: Iterable[str]) -> None:
    """Keep objects from being discarded until the transaction ends, and see that they are there. Raises BytesGone.

    The first statement of a transaction that writes rows which name objects.
    """
    wanted = set(keys)
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s, bucket) FROM (SELECT unnest(%s::int[]) AS bucket ORDER BY 1) AS buckets",
            [LOCK_SPACE, sorted({_bucket(key) for key in wanted})],
        )
    here = store()
    if gone := sorted(key for key in wanted if not here.exists(key)):
        raise BytesGone(gone)


def discard_later(keys: Iterable[str], *, hours: float | None = None) -> None:
    """In the transaction that removed rows: have their objects deleted after the grace period, unless something names them then."""
    wanted = sorted(set(keys), key=lambda key: (_bucket(key), key))
    seconds = max(MIN_IDLE, 3600 * (grace_hours() if hours is None else hours))
    for start in range(0, len(wanted), BATCH):
        discard.later(seconds=seconds).defer(keys=list[JSONValue](wanted[start : start + BATCH]))


def grace_hours() -> float:
    """How long bytes that nothing names stay on this site."""
    return float(preferences.get("keepDiscarded"))


@task(queue="bytes")
def discard(keys: list[str], idle: float = MIN_IDLE) -> int:
    """Delete those of the objects that nothing names; says how many. May be run twice, and at any time."""
    missing = REQUIRED - _referrers.keys()
    if missing:
        raise Broken(f"Nothing was deleted: who knows what {', '.join(sorted(missing))} needs is not loaded in this process.")
    deleted, spared = 0, list[str]()
    for bucket in sorted({_bucket(key) for key in keys}):
        gone, young = _discard_bucket(bucket, [key for key in keys if _bucket(key) == bucket], idle)
        deleted += gone
        spared += young
    if deleted:
        log.info("%d stored objects that nothing names were deleted.", deleted)
    if spared:
        discard_later(spared, hours=0)  # somebody sent them again and may be about to name them: another look in a while
    return deleted


def sweep(*, idle: float = 24 * MIN_IDLE) -> int:
    """Delete every object that nothing names, such as those whose writer was killed before its commit; says how many.

    Walks the whole store, so it is for a rare job of the operator's.
    """
    deleted, batch = 0, list[str]()
    for key in store().keys():  # noqa: SIM118  # a store is no dict
        batch.append(key)
        if len(batch) == BATCH:
            deleted += discard(batch, idle)
            batch = []
    return deleted + discard(batch, idle)


def needed(keys: list[str]) -> set[str]:
    """Those of the keys that something names."""
    return set().union(*(function(keys) for function in _referrers.values()))


def _discard_bucket(bucket: int, keys: list[str], idle: float) -> tuple[int, list[str]]:
    """How many were deleted, and which were spared for their youth."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, bucket])
        here = store()
        unneeded = [key for key in sorted(set(keys) - needed(keys)) if here.exists(key)]
        young = [key for key in unneeded if not here.delete(key, idle=idle)]
    return len(unneeded) - len(young), young


def _bucket(key: str) -> int:
    return int(key[:2], 16) % BUCKETS
