"""Dates and date-times, moved."""
from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanhouse.deid.dates import duration, shifted_date, shifted_date_time
from scanhouse.deid.errors import RunError


@pytest.mark.parametrize(("text", "days", "result"), [
    ("20231231", 1, "20240101"), ("20240101", -1, "20231231"), ("20240228", 1, "20240229"), ("00010102", -1, "00010101"),
])
def test_a_date_moves_by_days(text, days, result):
    assert shifted_date(text, timedelta(days=days)) == result


@pytest.mark.parametrize("text", ["", "2024-01-01", "20241301", "20240230", "2024", "２０２４０１０１", "20240101 "])
def test_what_is_no_date_is_refused_without_repeating_it(text):
    with pytest.raises(RunError) as error:
        shifted_date(text, timedelta(days=1))
    assert not text or text not in str(error.value)


@pytest.mark.parametrize(("text", "seconds", "result"), [
    ("20220101235959.5-0600", 1, "20220102000000.5-0600"),
    ("20200101120000.800000", 10, "20200101120010.800000"),
    ("2022", 3 * 86400, "2022"),
    ("2022", 365 * 86400, "2023"),
    ("202201", 20 * 86400, "202202"),
    ("2022010112", 3600, "2022010113"),
    ("202201011200+0100", -60, "202201011159+0100"),
    ("20161231235960", 1, "20170101000000"),
])
def test_a_date_time_keeps_precision_fraction_and_zone(text, seconds, result):
    assert shifted_date_time(text, timedelta(seconds=seconds)) == result


@pytest.mark.parametrize("text", ["2022-01", "202", "20221", "2022010125", "2022+1", "99999999", "202201011200.5"])
def test_what_is_no_date_time_is_refused(text):
    with pytest.raises(RunError):
        shifted_date_time(text, timedelta(days=1))


def test_what_leaves_the_calendar_is_refused():
    with pytest.raises(RunError, match="outside the years"):
        shifted_date("99991231", timedelta(days=1))


@pytest.mark.parametrize(("number", "unit", "seconds"), [("-37", "DAYS", -37 * 86400), ("1", "years", 365 * 86400),
                                                         ("90", "minutes", 5400)])
def test_units_are_known_in_any_case_and_a_year_has_365_days(number, unit, seconds):
    assert duration(number, unit) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("number", "unit"), [("1", "weeks"), ("soon", "days"), (None, "days"), ("1.5", "days"), ("9" * 30, "years")])
def test_other_units_and_numbers_are_refused(number, unit):
    with pytest.raises(RunError):
        duration(number, unit)


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)),
       st.integers(-10_000, 10_000))
def test_moving_back_restores_every_value_of_full_precision(moment, days):
    day, second = moment.strftime("%Y%m%d"), moment.strftime("%Y%m%d%H%M%S.%f")
    by = timedelta(days=days)
    assert shifted_date(shifted_date(day, by), -by) == day
    assert shifted_date_time(shifted_date_time(second, by), -by) == second
