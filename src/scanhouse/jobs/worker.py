"""The worker: takes jobs from the queue and runs them, until it is told to stop. Any number may run on any number of machines."""
from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import psycopg
from asgiref.sync import sync_to_async
from django.db import Error as DatabaseError
from django.db import close_old_connections, connections
from procrastinate import App, signals
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker

from . import upkeep
from .queue import STALLED_AFTER

log = logging.getLogger(__name__)

HEARTBEAT = 10.0
"""Seconds between two signs of life."""
PAUSE = 3.0
"""Seconds between two attempts to reach a database that is away."""
PATIENCE = 15.0
"""Seconds that running jobs get to end when the worker stops; what has not ended is run again by another. Less than `STALLED_AFTER` with
a heartbeat: a worker that stops gives no signs of life, and its jobs must not be given to another while they still run."""


def run(
    *,
    concurrency: int = 2,
    queues: Sequence[str] | None = None,
    wait: bool = True,
    heartbeat: float = HEARTBEAT,
    stalled_after: float = STALLED_AFTER,
    stop: threading.Event | None = None,
) -> None:
    """Work until `stop` is set or SIGTERM or SIGINT arrives; with `wait=False`, until no job is left.

    `concurrency` jobs run at once, each in a thread of its own pool. When the database goes away the worker waits for it.
    """
    stop = stop or threading.Event()
    while not stop.is_set():
        try:
            asyncio.run(_work(concurrency, queues, wait, heartbeat, stalled_after, stop))
            return
        except (Lost, ConnectorException, psycopg.OperationalError, DatabaseError) as error:
            if not stop.is_set():
                log.warning("The queue cannot be reached (%s); trying again in %.0f s.", type(error).__name__, PAUSE)
                stop.wait(PAUSE)


async def _work(
    concurrency: int, queues: Sequence[str] | None, wait: bool, heartbeat: float, stalled_after: float, stop: threading.Event
) -> None:
    threads = concurrency + 1  # one more for the rescue
    pool = ThreadPoolExecutor(threads, thread_name_prefix="job")
    asyncio.get_running_loop().set_default_executor(pool)  # ended by asyncio.run
    # The worker and its schedule talk to the queue by connections of their own. Tasks keep Django's: see `queue._manager`.
    with app.replace_connector(DjangoConnector().get_worker_connector()) as own:
        async with own.open_async():
            own.perform_import_paths()  # type: ignore[no-untyped-call]
            try:
                await _serve(own, concurrency, queues, wait, heartbeat, stalled_after, stop)
            finally:
                await _close_connections(pool, threads)


class Lost(Exception):
    """Something that runs beside the jobs (schedule, listener, signs of life) has failed, and the worker has ended for it."""


class _Worker(Worker):
    """Procrastinate's worker, where that would end in silence or not at all."""

    stopped = False
    """Whether it was stopped, which it does by itself when something beside its jobs fails; then it just returns."""

    def stop(self) -> None:
        self.stopped = True
        super().stop()  # type: ignore[no-untyped-call]

    def running(self) -> set[int]:
        """Numbers of the jobs that it is running."""
        return {context.job.id for context in self._running_jobs.values() if context.job.id is not None}

    async def _abort_running_jobs(self) -> None:
        """Jobs are threads, which nobody can end: to wait for them may take for ever, and no job is taken meanwhile."""
        log.error("%d jobs did not end in %.0f s. This process ends with them; they are run again.", len(self.running()), PATIENCE)
        os._exit(1)


async def _serve(
    own: App, concurrency: int, queues: Sequence[str] | None, wait: bool, heartbeat: float, stalled_after: float,
    stop: threading.Event,
) -> None:
    worker = _Worker(
        own, queues=queues, concurrency=concurrency, wait=wait, update_heartbeat_interval=heartbeat,
        stalled_worker_timeout=stalled_after * 2, shutdown_graceful_timeout=PATIENCE,
        install_signal_handlers=False, task_middleware=own.worker_defaults.get("task_middleware"),
    )
    beside = [asyncio.create_task(_rescue(worker, stalled_after)), asyncio.create_task(_stop_when(stop, worker))]
    in_main = threading.current_thread() is threading.main_thread()
    try:
        with signals.on_stop(stop.set) if in_main else nullcontext():
            await worker.run()  # type: ignore[no-untyped-call]
    finally:
        for one in beside:
            one.cancel()
    if worker.stopped and not stop.is_set():
        raise Lost


async def _rescue(worker: _Worker, stalled_after: float) -> None:
    """Looks for jobs of dead workers, and for lost ones of its own, beside the jobs and not as one: it must work also when all places
    are taken. A job counts as lost that two looks did not find running: between them its beginning or end has come about."""
    missed: set[int] = set()
    while True:
        try:
            missed = await sync_to_async(_rescue_once, thread_sensitive=False)(worker, missed, stalled_after)
        except (ConnectorException, DatabaseError) as error:
            log.warning("Stalled jobs could not be looked for: %s", type(error).__name__)
        except Exception:  # nobody would read it, and nothing would be rescued any more
            log.exception("Stalled jobs could not be looked for: a defect. It is tried again.")
        await asyncio.sleep(stalled_after / 3)


def _rescue_once(worker: _Worker, missed: set[int], stalled_after: float) -> set[int]:
    """Put back what has no living worker, and what its own worker has missed twice; answers what it misses now."""
    close_old_connections()
    try:
        upkeep.rescue(stalled_after=stalled_after)
        if (me := worker.worker_id) is None:
            return set()
        missing = upkeep.held_by(me) - worker.running()
        upkeep.rescue_lost(me, missing & missed)
        return missing - missed
    finally:
        close_old_connections()


async def _stop_when(stop: threading.Event, worker: Worker) -> None:
    while not stop.is_set():
        await asyncio.sleep(0.1)
    worker.stop()  # type: ignore[no-untyped-call]


async def _close_connections(pool: ThreadPoolExecutor, threads: int) -> None:
    """Each thread of the pool closes its own connections: nobody else may."""
    together = threading.Barrier(threads)

    def close() -> None:
        try:
            together.wait(1)  # one of these for each thread, none for two of them
        except threading.BrokenBarrierError:
            pass  # a job that did not end in time holds a thread; its connection ends with the process
        connections.close_all()

    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.run_in_executor(pool, close) for _ in range(threads)))
