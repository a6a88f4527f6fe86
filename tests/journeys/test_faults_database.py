"""F9: the database is stopped, hangs, or drops its connections in the middle: senders are told to retry, nothing is lost, it recovers."""
from __future__ import annotations

import signal
import time

import pytest
import requests
from tests.house import House
from tests.journeys import ledger
from tests.journeys.senders import NO_ANSWER, OUT_OF_RESOURCES, SUCCESS, DicomSender, Sender, ZipSender, make_project

pytestmark = pytest.mark.journey

RECOVERY = 30
DROP_ALL = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


def senders(house: House, project: str) -> list[Sender]:
    make_project(house, project)
    started = [DicomSender(house, project, 1).start(), DicomSender(house, project, 2).start(), ZipSender(house, project, 3).start()]
    time.sleep(1)
    return started


def nothing_is_lost(house: House, started: list[Sender]) -> None:
    """All senders get through again; DICOM was answered with success or `try again` only, HTTP with 200 or 503."""
    before = [len(sender.acknowledged) for sender in started]
    until = time.monotonic() + RECOVERY
    while any(len(s.acknowledged) == n for s, n in zip(started, before, strict=True)) and time.monotonic() < until:
        time.sleep(0.1)
    for sender in started:
        sender.end()
    assert all(len(s.acknowledged) > n for s, n in zip(started, before, strict=True)), "a sender never got through again"
    house.await_health(RECOVERY)
    for sender in started:
        assert set(sender.answers) <= ({SUCCESS, OUT_OF_RESOURCES} if isinstance(sender, DicomSender) else {200, 503}), sender.answers
        ledger.is_there_once(house, sender.acknowledged)
    ledger.adds_up(house)


def test_a_database_that_stops_for_a_second_costs_nobody_an_association(rough_house: House) -> None:
    started = senders(rough_house, "F9A")
    rough_house.kill("postgres", signal.SIGINT)
    time.sleep(1)
    nothing_is_lost(rough_house, started)


def test_a_database_that_hangs_is_waited_for_and_health_says_so_meanwhile(rough_house: House) -> None:
    started = senders(rough_house, "F9B")
    with rough_house.paused("postgres"):
        began = time.monotonic()
        answer = requests.get(f"{rough_house.url}/healthz", timeout=20)
        assert answer.status_code == 503
        assert "PostgreSQL does not answer" in answer.json()["parts"]["database"]
        assert time.monotonic() - began < 15  # 3 s if the machine has time
        time.sleep(max(0.0, 10 - (time.monotonic() - began)))
    nothing_is_lost(rough_house, started)


def test_connections_that_are_dropped_in_the_middle_are_replaced(rough_house: House) -> None:
    started = senders(rough_house, "F9C")
    for _ in range(10):
        rough_house.query(DROP_ALL)
        time.sleep(0.3)
    nothing_is_lost(rough_house, started)
    assert NO_ANSWER not in started[0].answers
