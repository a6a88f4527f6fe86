"""Statements that run so often that they are planned once for a connection, with their values bound on the server.

Django's own cursors write values into the text of a statement, so PostgreSQL parses and plans it anew each time: for hot statements that
is two thirds of their cost.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper

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
    return psycopg.Cursor(raw).execute(statement, values, prepare=True)
