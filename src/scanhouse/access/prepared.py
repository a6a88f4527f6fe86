"""Statements that run so often that they are planned once for a connection, with their values bound on the server.

Django's own cursors write values into the text of a statement, so PostgreSQL parses and plans it anew each time: for hot statements that
is two thirds of their cost.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

AWAY = (psycopg.OperationalError, psycopg.InterfaceError)
ONLY_WHEN_ASKED = 1 << 30
"""Executions after which the driver would prepare a statement by itself."""


def execute(connection: BaseDatabaseWrapper, statement: str, values: Sequence[Any]) -> psycopg.Cursor[tuple[Any, ...]]:
    """Run a statement, prepared. Raises the errors of psycopg, not Django's. The plan must not depend on the values."""
    connection.ensure_connection()
    raw = connection.connection
    if not getattr(raw, "plans_are_generic", False):
        # One session setting for both; it outlives a rollback only outside of transactions, and then costs no more than time.
        raw.execute("SET plan_cache_mode = force_generic_plan")
        raw.prepare_threshold = ONLY_WHEN_ASKED  # Django sets None, by which even a statement that asks for it is not prepared
        raw.plans_are_generic = True
    if connection.queries_logged:  # tests count what goes to the database
        connection.queries_log.append({"sql": statement, "time": ""})
    return psycopg.Cursor(raw).execute(statement, values, prepare=True)


def fetch(connection: BaseDatabaseWrapper, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Rows of a statement that only reads. A connection that turns out to be dead is replaced, without asking it beforehand each time.

    Raises Django's OperationalError when the database is away.
    """
    replaceable = connection.connection is not None and not connection.in_atomic_block
    try:
        return execute(connection, statement, values).fetchall()
    except AWAY as error:
        connection.close()
        if not replaceable:
            raise OperationalError(str(error)) from error
    return fetch(connection, statement, values)
