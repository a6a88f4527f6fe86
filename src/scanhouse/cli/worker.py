"""`scanhouse worker`: background jobs and the schedule."""
from __future__ import annotations

import threading
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def worker(concurrency: Annotated[int, typer.Option(help="Jobs at the same time.")] = 2) -> None:
    """The worker: background jobs and the schedule."""
    from scanhouse.cli import django

    django.start()
    from scanhouse.ingest import clock
    from scanhouse.jobs.worker import run
    from scanhouse.ops import heartbeats

    stop = threading.Event()
    ticking = threading.Thread(target=clock.run, args=(stop,), name="clock")
    ticking.start()
    leave = heartbeats.beat("worker")
    try:
        run(concurrency=concurrency)
    finally:
        stop.set()
        ticking.join()
        leave()
