"""`scanhouse worker`: background jobs and the schedule."""
from __future__ import annotations

import logging
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)
log = logging.getLogger(__name__)
GRACE = 18.0
"""Seconds that jobs get to end: a little less than `scanhouse up` gives its parts."""
LISTEN = 1.0
"""Seconds after which signals are seen at the latest."""


@app.command()
def worker(concurrency: Annotated[int, typer.Option(help="Jobs at the same time.")] = 2) -> None:
    """The worker: background jobs and the schedule."""
    from scanhouse.cli import django

    django.start()
    from scanhouse.ingest import clock
    from scanhouse.jobs.worker import run
    from scanhouse.ops import endings, heartbeats

    endings.end_when_the_store_stops()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    ticking = threading.Thread(target=clock.run, args=(stop,), name="clock")
    ticking.start()
    leave = heartbeats.beat("worker")
    with ThreadPoolExecutor(1, thread_name_prefix="queue") as pool:
        # Not in the main thread: there the queue's own handlers would take the signals, and with the database away nobody would hear them.
        working = pool.submit(run, concurrency=concurrency, stop=stop)
        try:
            while not wait([working], timeout=LISTEN).done and not stop.is_set():
                continue
            if not wait([working], timeout=GRACE).done:
                log.warning("Jobs did not end in %.0f s, or the database is away. They are run again by another worker.", GRACE)
                os._exit(1)  # what hangs would hold up an orderly end too; every job can be run twice
            working.result()
        finally:
            stop.set()
            ticking.join()
            leave()
