"""`scanhouse dicom`: the DICOM receiver, following its configuration in the database."""
from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from scanhouse.dimse.receiver import Configured, Receiver

app = typer.Typer(add_completion=False)
log = logging.getLogger("scanhouse.dicom")
START_PAUSE = 1.0
"""Seconds between two tries to read the receivers at the start."""
LISTEN_PATIENCE = 5.0
"""Seconds between two looks at whether to stop while waiting for changes."""


@app.command()
def dicom(
    bind: Annotated[str, typer.Option(envvar="SCANHOUSE_BIND", help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """The DICOM receiver."""
    from scanhouse.cli import django

    django.start()
    from scanhouse.dimse.intake import Intake
    from scanhouse.dimse.receiver import Receiver
    from scanhouse.ingest.desk import Desk
    from scanhouse.ops import endings, heartbeats
    from scanhouse.records.bytes import store

    endings.end_when_the_store_stops()
    desk = Desk(store())
    node = Receiver(configured, lambda caller, found: Intake(caller, found.settings, desk, store()), host=bind)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not start(node) and not stop.wait(START_PAUSE):
        continue
    threading.Thread(target=follow, args=(node, stop), name="receivers", daemon=True).start()
    leave = heartbeats.beat("dicom", lambda: {"associations": node.associations, "ports": list(node.ports), "problems": list(node.problems.values())})
    stop.wait()
    node.stop()
    desk.close()
    leave()


def start(node: Receiver) -> bool:
    """Open the ports. False while the database, which knows them, is away: ending for that would only cost the time of another start."""
    from django.db import InterfaceError, OperationalError

    try:
        node.start()
    except (OperationalError, InterfaceError) as error:
        log.warning("The receivers cannot be read yet (%s); trying again.", type(error).__name__)
        return False
    return True


def configured() -> Iterable[Configured]:
    """The receivers in the database, with how each treats its objects."""
    from django.db import connection

    from scanhouse.dimse.intake import Treatment
    from scanhouse.dimse.receiver import Configured
    from scanhouse.ingest import receivers

    try:
        return [
            Configured(
                r.ae_title, r.port, r.enabled, r.whitelist_enabled, tuple(r.whitelist),
                Treatment(rules=receivers.rules(r), prevent_anonymization=not r.anonymization_enabled, direct_archive=r.direct_archive),
            )
            for r in receivers.everyone()
        ]  # fmt: skip
    finally:
        connection.close()


def follow(node: Receiver, stop: threading.Event) -> None:
    """Have the node read its configuration again whenever PostgreSQL tells of a change. Beside it the node looks now and then by itself."""
    import psycopg
    from django.db import Error as DatabaseError
    from django.db import connection

    from scanhouse.ingest import receivers

    while not stop.is_set():
        try:
            connection.ensure_connection()
            connection.connection.execute(f"LISTEN {receivers.CHANNEL}")
            while not stop.is_set():
                for _ in connection.connection.notifies(timeout=LISTEN_PATIENCE, stop_after=1):
                    node.reload()
        except (psycopg.Error, DatabaseError) as error:
            log.warning("Changes of the receivers cannot be listened for (%s); they are seen a little later.", type(error).__name__)
            connection.close()
            stop.wait(LISTEN_PATIENCE)
