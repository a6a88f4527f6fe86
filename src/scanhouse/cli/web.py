"""`scanhouse web`: pages and wire under granian, WSGI, blocking threads."""
from __future__ import annotations

import ctypes
import os
import sys
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)

M_ARENA_MAX = -8  # mallopt(3)
ARENAS = 2
"""Pools of memory of the C library in a worker. By default each thread has its own and gives little back: 20 MB for nothing."""
GRACE = 15
"""Seconds that workers get for what they are answering when they are to end: less than `scanhouse up` gives its parts."""
CONNECTIONS = 64
"""Threads of all workers: each keeps a connection to the database, which has 120 for these, the DICOM receiver and the jobs."""


@app.command()
def web(
    port: Annotated[int, typer.Option(envvar="SCANHOUSE_HTTP_PORT", help="Port to listen on.")] = 8080,
    bind: Annotated[str, typer.Option(envvar="SCANHOUSE_BIND", help="Address to listen on.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(help="Processes; 0 means one per core, four at most.")] = 0,
    threads: Annotated[int, typer.Option(help="Requests that one process answers at a time; 0 means 64 for all together, 32 at most.")] = 0,
) -> None:
    """The web process: pages, XNAT's wire, DICOMweb."""
    from granian.constants import Interfaces
    from granian.log import LogLevels

    from scanhouse.cli.web_server import Server

    workers = workers or min(os.cpu_count() or 1, 4)
    threads = threads or max(8, min(CONNECTIONS // workers, 32))
    os.environ["SCANHOUSE_WEB_THREADS"] = str(threads)  # config.downloads keeps some of them free
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scanhouse.config.settings")
    _save_memory()
    Server(
        "scanhouse.config.wsgi:application",
        address=bind,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()


def _save_memory() -> None:
    """What workers inherit from here: few pools of memory. Only glibc knows this setting."""
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(M_ARENA_MAX, ARENAS)
