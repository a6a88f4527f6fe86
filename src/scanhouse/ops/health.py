"""Do all parts work? One check per part; each answers in words what is wrong and what to do."""
from __future__ import annotations

import os
import shutil
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from scanhouse.ingest import sums
from scanhouse.ops import heartbeats
from scanhouse.ops.readiness import PORTS
from scanhouse.storage.disks import mount_point

PATIENCE = 3
"""Seconds in which the database must let somebody in."""
LOW_SPACE = 1 << 30
"""Free bytes below which a disk counts as full: large uploads need room to be staged."""


@dataclass(frozen=True)
class Part:
    """One part of the system; `problem` is empty when it works."""

    name: str
    problem: str = ""

    @property
    def works(self) -> bool:
        return not self.problem


def check() -> list[Part]:
    """All parts, each with its problem if it has one. Never raises; costs some milliseconds, or `PATIENCE` when the database hangs."""
    database = _database()
    parts = [database, _store()]
    if (disk := Path(settings.DATA_DIR) / "postgres").is_dir():
        parts.append(_disk("database disk", disk, "the database"))
    if database.works:
        try:
            parts += [
                _process("dicom", "DICOM receiver", "scanhouse dicom"), _ports(), _process("worker", "Worker", "scanhouse worker"), _ingest(),
            ]
        except (Error, psycopg.Error) as error:  # it has gone since it was asked
            parts[0] = _away(error)
    parts.append(_viewer())
    return parts


def _database() -> Part:
    try:
        _knock()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return Part("database", "Its tables are older than this program. Run `scanhouse migrate`.")
    except (Error, psycopg.Error) as error:
        return _away(error)
    return Part("database")


def _away(error: Exception) -> Part:
    connection.close()
    return Part("database", f"PostgreSQL does not answer ({type(error).__name__}). Start it, or look at DATABASE_URL.")


def _knock() -> None:
    """A connection of its own, because one that is there already would wait as long as a database that hangs."""
    given = connection.get_connection_params()
    own = {name: given[name] for name in ("host", "port", "user", "password", "dbname") if given.get(name)}
    psycopg.connect(**own, connect_timeout=PATIENCE).close()


def _store() -> Part:
    folder = Path(settings.DATA_DIR) / "store"
    probe = folder / "staging" / f"probe-{uuid.uuid4().hex}"
    try:
        probe.parent.mkdir(parents=True, exist_ok=True)
        with open(probe, "wb") as file:
            file.write(b"probe")
            file.flush()
            os.fsync(file.fileno())
        probe.unlink()
    except OSError as error:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
        return Part("store", f"The object store in {folder} cannot be written: {error.strerror}. Look at the disk mounted at "
                             f"{mount_point(folder)} and its rights.")
    return _disk("store", folder, "the object store")


def _disk(name: str, folder: Path, what: str) -> Part:
    """Whether the disk of a folder has room. A small one need not have `LOW_SPACE` free, but a tenth of itself."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError as error:
        return Part(name, f"The disk of {what} in {folder} cannot be asked: {error.strerror}. Look at it and its rights.")
    if usage.free < min(LOW_SPACE, usage.total // 10):
        return Part(name, f"The disk of {what}, mounted at {mount_point(folder)}, has only {usage.free >> 20} MB left. Make room; then it goes "
                          "on by itself. Until then senders are refused and try again.")
    return Part(name)


def _ingest() -> Part:
    """Whether sessions move when their deadline is over: the clock of the worker sees to it."""
    late = sums.overdue()
    if late.sessions:
        return Part("ingest", f"{late.sessions} sessions of the prearchive did not move when their deadline was over, the oldest "
                              f"{late.oldest:.0f} s ago. Look at the worker's log.")
    return Part("ingest")


def _ports() -> Part:
    """Whether each port of a configured receiver is open. A part of its own: the receiver works on its other ports meanwhile."""
    problems = sorted({problem for process in heartbeats.living("dicom") for problem in process.facts.get("problems", [])})
    if problems:
        return Part(PORTS, f"DICOM receivers that cannot be reached: {'; '.join(problems)}. Free the port, or configure another one. "
                           "It is tried again by itself.")
    return Part(PORTS)


def _process(part: str, title: str, command: str) -> Part:
    if heartbeats.living(part):
        return Part(part)
    return Part(part, f"{title}: no process gave a sign of life. Start `{command}`, or look at its log.")


def _viewer() -> Part:
    if (Path(settings.ASSETS_DIR) / "viewer" / "index.html").exists():
        return Part("viewer")
    return Part("viewer", "The viewer's files are not built. Run `scanhouse assets`.")
