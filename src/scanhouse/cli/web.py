"""`scanhouse web`: pages and wire under granian, WSGI, blocking threads."""
from __future__ import annotations

import os
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


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
