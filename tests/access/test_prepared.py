"""Statements that are planned once go on working, whatever happens on their connection meanwhile."""
from __future__ import annotations

import psycopg
import pytest
from django.db import connection, transaction

from scanhouse.access import prepared

pytestmark = pytest.mark.django_db(transaction=True)

ADD = "SELECT $1::int + 1"


def add(number: int) -> int:
    ((answer,),) = prepared.rows_of_text(connection, ADD, [b"%d" % number])
    return int(answer)


def test_a_statement_is_planned_once_for_a_connection() -> None:
    add(1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement = %s", [ADD])
        before = cursor.fetchone()
    add(2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement = %s", [ADD])
        assert cursor.fetchone() == before == (1,)


@pytest.mark.parametrize("most", [1, 64])
def test_a_rollback_by_which_the_driver_lets_the_server_forget_all_plans_is_not_noticed(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(prepared, "MOST_DIRECT", most)
    assert add(1) == 2
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        prepared.execute(connection, "SELECT %s::int", [1])
        raise ZeroDivisionError
    prepared.execute(connection, "SELECT %s::int", [1])  # the driver's forgetting comes with its next statement
    if most == 1:
        prepared.rows_of_text(connection, "SELECT 1", [])
    assert add(2) == 3
    assert add(3) == 4


def test_a_statement_that_fails_says_why_and_can_be_run_again() -> None:
    for _ in range(2):
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            prepared.rows_of_text(connection, ADD, [b"no number"])
    assert add(1) == 2


def test_statements_by_the_short_way_are_not_run_inside_transactions() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError):
        add(1)
