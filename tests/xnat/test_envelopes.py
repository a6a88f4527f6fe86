"""Tables and small answers as XNAT sends them."""
from __future__ import annotations

from datetime import date, datetime
from typing import Any

import orjson
import pytest
from django.http import QueryDict
from django.test import RequestFactory
from lxml import etree

from scanhouse.access.actors import GUEST
from scanhouse.xnat import envelopes
from scanhouse.xnat.address import Address
from scanhouse.xnat.dialect import Call
from scanhouse.xnat.envelopes import Table, text_of
from scanhouse.xnat.routes import Target


def call(**query: str) -> Call:
    request = RequestFactory().get("/data/x", query)
    request.actor = GUEST  # type: ignore[attr-defined]
    return Call(request, Address("x", Target(), {}))


def answer(table: Table, **query: str) -> bytes:
    return envelopes.table(call(**query), table).content


def result(table: Table, **query: str) -> Any:
    return orjson.loads(answer(table, **query))["ResultSet"]


@pytest.mark.parametrize(("cell", "text"), [
    (None, ""), (True, "true"), (70.0, "70.0"), (7, "7"), (date(2020, 1, 2), "2020-01-02"),
    (datetime(2016, 1, 2, 20), "2016-01-02 20:00:00.0"), (datetime(2016, 1, 2, 20, 0, 0, 120000), "2016-01-02 20:00:00.12"),
])
def test_every_cell_is_a_text(cell: Any, text: str) -> None:
    assert text_of(cell) == text


def test_a_table_is_json_by_default_and_numbers_its_rows_in_a_text() -> None:
    assert result(Table(("a", "b"), [(1, None)], title="T")) == {"Result": [{"a": "1", "b": ""}], "totalRecords": "1", "title": "T"}
    assert result(Table(("a",), [])) == {"Result": [], "totalRecords": "0"}


def test_the_number_of_rows_can_be_left_out_and_more_can_stand_beside_it() -> None:
    assert result(Table(("a",), [], total=None, extra={"ID": "x"}, properties=[{"key": "a"}])) == {"Columns": [{"key": "a"}], "Result": [], "ID": "x"}


def test_the_finished_table_is_sorted_by_any_column_with_numbers_by_value() -> None:
    table = Table(("n", "t"), [("10", "b"), ("9", "a"), ("", "c")])
    assert [row["n"] for row in result(table, sortBy="n")["Result"]] == ["9", "10", ""]
    assert [row["t"] for row in result(table, sortBy="T", sortOrder="DESC")["Result"]] == ["c", "b", "a"]
    assert [row["t"] for row in result(table, sortBy="nothing")["Result"]] == ["b", "a", "c"]


def test_csv_quotes_only_where_it_must_and_keeps_each_row_on_its_line() -> None:
    table = Table(("a", "b"), [("x", 'say "hi", you'), ("two\r\nlines", "")])
    assert answer(table, format="csv").decode() == 'a,b\nx,"say ""hi"", you"\ntwo lines,\n'


def test_cells_that_a_spreadsheet_would_run_are_made_harmless_but_numbers_stay() -> None:
    table = Table(("a",), [("=1+1",), ("@x",), ("-12.5",), ("+3",), ("-x",)])
    assert answer(table, format="csv").decode().splitlines()[1:] == ["'=1+1", "'@x", "-12.5", "+3", "'-x"]


def test_xml_holds_columns_and_cells_whatever_is_in_them() -> None:
    root = etree.fromstring(answer(Table(("a",), [("<&>\x00",)], title='"T"'), format="xml"))
    assert root.get("totalRecords") == "1"
    assert [cell.text for cell in root.iter("cell")] == ["<&>"]
    assert [column.text for column in root.iter("column")] == ["a"]


def test_a_page_never_runs_what_a_cell_holds() -> None:
    assert b"<script>" not in answer(Table(("a",), [("<script>alert(1)</script>",)]), format="html")


def test_done_with_nothing_to_say_is_200_and_empty() -> None:
    response = envelopes.nothing()
    assert (response.status_code, response.content) == (200, b"")


def test_parameters_are_flags_numbers_and_texts() -> None:
    asked = call(a="", b="false", c="0", d="x", n="12")
    assert [asked.flag(name) for name in "abcdz"] == [True, False, False, True, False]
    assert (asked.number("n"), asked.number("z", 5)) == (12, 5)
    assert isinstance(asked.query, QueryDict)
