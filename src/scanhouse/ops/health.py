"""Do all parts work? One check per part; each answers in words what is wrong and what to do."""
from __future__ import annotations

import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from scanhouse.ops import heartbeats

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
    """All parts, each with its problem if it has one. Never raises; costs a few milliseconds."""
    database = _database()
    parts = [database, _store()]
    if database.works:
        parts += [_process("dicom", "DICOM receiver", "scanhouse dicom"), _process("worker", "Worker", "scanhouse worker")]
    parts.append(_viewer())
    return parts


def _database() -> Part:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return Part("database", "Its tables are older than this program. Run `scanhouse migrate`.")
    except Error as error:
        connection.close()
        return Part("database", f"PostgreSQL does not answer ({type(error).__name__}). Start it, or look at DATABASE_URL.")
    return Part("database")


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
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Part("store", f"The object store in {folder} cannot be written: {error.strerror}. Look at the disk and its rights.")
    if free < LOW_SPACE:
        return Part("store", f"The disk of {folder} has only {free >> 20} MB left. Make room; refused senders try again.")
    return Part("store")


def _process(part: str, title: str, command: str) -> Part:
    if heartbeats.living(part):
        return Part(part)
    return Part(part, f"{title}: no process gave a sign of life. Start `{command}`, or look at its log.")


def _viewer() -> Part:
    if (Path(settings.ASSETS_DIR) / "viewer" / "index.html").exists():
        return Part("viewer")
    return Part("viewer", "The viewer's files are not built. Run `scanhouse assets`.")
