"""Statements that run so often that they are planned once for a connection, with their values bound on the server.

Django's own cursors write values into the text of a statement, so PostgreSQL parses and plans it anew each time: for hot statements that
is two thirds of their cost.
"""
from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import psycopg
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

AWAY = (psycopg.OperationalError, psycopg.InterfaceError)
ONLY_WHEN_ASKED = 1 << 30
"""Executions after which the driver would prepare a statement by itself."""
MOST_DIRECT = 64
"""Statements that one connection keeps planned for `rows_of_bytes`; a plan takes some 100 kB of the server."""


def execute(connection: BaseDatabaseWrapper, statement: str, values: Sequence[Any]) -> psycopg.Cursor[tuple[Any, ...]]:
    """Run a statement, prepared. Raises the errors of psycopg, not Django's. The plan must not depend on the values."""
    return psycopg.Cursor(_ready(connection, statement)).execute(statement, values, prepare=True)


@lru_cache(maxsize=64)
def numbered(statement: str) -> str:
    """A statement with PostgreSQL's own parameters, $1 and so on, for `%s`, as `rows_of_bytes` takes it."""
    first, *others = statement.split("%s")
    return first + "".join(f"${number}{part}" for number, part in enumerate(others, start=1))


def rows_of_text(connection: BaseDatabaseWrapper, statement: str, values: Sequence[bytes]) -> list[tuple[str, ...]]:
    """`rows_of_bytes` of a statement whose answers are read as texts; NULL is an empty one."""
    return [tuple(str(value or b"", "utf-8") for value in row) for row in rows_of_bytes(connection, statement, values)]


def rows_of_bytes(connection: BaseDatabaseWrapper, statement: str, values: Sequence[bytes]) -> list[tuple[bytes | None, ...]]:
    """The same by the shortest way through the driver, in a transaction of its own: a fifth of the cost of a cursor. Values are texts
    ($1, $2 ...) without NUL; answers are in PostgreSQL's own notation, None for NULL. Raises as `execute`."""
    raw = _ready(connection, statement)
    if connection.in_atomic_block:
        raise RuntimeError("This way goes past transactions.")
    pgconn, names = raw.pgconn, raw.__dict__.setdefault("directly_prepared", {})
    if (name := names.get(statement)) is None:
        name = names[statement] = _directly_prepared(raw, statement)
    try:
        try:
            result = _checked(pgconn, pgconn.exec_prepared(name, list(values)))
        except psycopg.errors.InvalidSqlStatementName:
            # After a rollback the driver lets the server forget all statements (DEALLOCATE ALL), these too. It has not run, so once more.
            names.clear()
            name = names[statement] = _directly_prepared(raw, statement)
            result = _checked(pgconn, pgconn.exec_prepared(name, list(values)))
    except psycopg.Error:
        names.pop(statement, None)  # perhaps a table has changed since; the next one is planned anew
        raise
    return [tuple(result.get_value(row, column) for column in range(result.nfields)) for row in range(result.ntuples)]


def _directly_prepared(raw: Any, statement: str) -> bytes:
    """The name of a statement that the server now knows. Texts differ by rights, so the oldest makes room."""
    pgconn, names = raw.pgconn, raw.directly_prepared
    if len(names) >= MOST_DIRECT:
        oldest = names.pop(next(iter(names)))
        try:
            _checked(pgconn, pgconn.exec_(b"DEALLOCATE " + oldest))
        except psycopg.errors.InvalidSqlStatementName:
            names.clear()  # the driver was quicker: see `rows_of_bytes`
    raw.directly_named = getattr(raw, "directly_named", 0) + 1
    name = b"direct_%d" % raw.directly_named
    _checked(pgconn, pgconn.prepare(name, statement.encode()))
    return name


def _checked(pgconn: PGconn, result: PGresult) -> PGresult:
    if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        return result
    if pgconn.status != ConnStatus.OK:
        raise psycopg.OperationalError(pgconn.get_error_message())
    raise psycopg.errors.error_from_result(result)


def _ready(connection: BaseDatabaseWrapper, statement: str) -> Any:
    """The driver's connection, set to plan prepared statements once."""
    connection.ensure_connection()
    raw = connection.connection
    if not getattr(raw, "plans_are_generic", False):
        # One session setting for both; it outlives a rollback only outside of transactions, and then costs no more than time.
        raw.execute("SET plan_cache_mode = force_generic_plan")
        raw.prepare_threshold = ONLY_WHEN_ASKED  # Django sets None, by which even a statement that asks for it is not prepared
        raw.plans_are_generic = True
    if connection.queries_logged:  # tests count what goes to the database
        connection.queries_log.append({"sql": statement, "time": ""})
    return raw


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
