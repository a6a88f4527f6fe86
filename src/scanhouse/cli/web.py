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


@app.command()
def web(
    port: Annotated[int, typer.Option(envvar="SCANHOUSE_HTTP_PORT", help="Port to listen on.")] = 8080,
    bind: Annotated[str, typer.Option(envvar="SCANHOUSE_BIND", help="Address to listen on.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(help="Processes; 0 means one per core, four at most.")] = 0,
    threads: Annotated[int, typer.Option(help="Requests that one process answers at a time.")] = 16,
) -> None:
    """The web process: pages, XNAT's wire, DICOMweb."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scanhouse.config.settings")
    _save_memory()
    Granian(
        "scanhouse.config.wsgi:application",
        address=bind,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers or min(os.cpu_count() or 1, 4),
        blocking_threads=threads,
        respawn_failed_workers=True,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()


def _save_memory() -> None:
    """What workers inherit from here: few pools of memory. Only glibc knows this setting."""
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(M_ARENA_MAX, ARENAS)
