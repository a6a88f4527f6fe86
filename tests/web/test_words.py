"""Sizes, times and states in words."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scanhouse.ingest.models import SessionState
from scanhouse.web import words

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (None, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_234_567, "1.2 MB"), (99_960, "100 kB"), (999_499_999, "999 MB"),
     (999_600_000, "1.0 GB"), (5 * 10**18, "5000 PB")],
)
def test_sizes_count_in_thousands_and_keep_two_or_three_digits(count: int | None, text: str) -> None:
    assert words.size(count) == text


@pytest.mark.parametrize(
    ("passed", "text"),
    [(timedelta(seconds=5), "just now"), (timedelta(minutes=3), "3 min ago"), (timedelta(hours=5), "5 h ago"),
     (timedelta(hours=30), "yesterday"),
     (timedelta(days=3), "3 days ago"), (timedelta(days=20), "18 Feb"), (timedelta(days=100), "30 Nov 2025")],
)
def test_times_are_told_as_a_person_would(passed: timedelta, text: str) -> None:
    assert words.ago(NOW - passed, NOW) == text


def test_one_thing_is_one_and_thousands_are_set_apart() -> None:
    assert [words.many(1, "scan"), words.many(1204, "scan"), words.many(2, "study", "studies")] == ["1 scan", "1,204 scans", "2 studies"]


def test_every_state_of_the_prearchive_has_its_word() -> None:
    assert all(state in words.STATES for state in SessionState.values)


def test_a_state_that_is_not_known_keeps_its_name() -> None:
    assert words.state("QUEUED_ELSEWHERE") == ("Queued elsewhere", "")
