"""Groups wait for senders that are just sending, and for nobody else."""
from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import cast

import pytest

from scanhouse.errors import Busy
from scanhouse.ingest import line
from scanhouse.ingest.line import Line, Place, Ticket
from scanhouse.ingest.receive import Arrival

ARRIVAL = cast(Arrival, None)  # the line does not look at what waits in it


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times so long that a busy machine does not matter."""
    monkeypatch.setattr(line, "GATHER", 60.0)
    monkeypatch.setattr(line, "SOON", 60.0)


def while_it_waits(waiting: Line, work: Callable[[], None]) -> None:
    """Have `work` done by another thread as soon as a group of the line has decided to wait for somebody."""
    decide, begun = waiting._worth_waiting, threading.Event()

    def tell(patience: float) -> float:
        seconds = decide(patience)
        if seconds > 0 and not begun.is_set():
            begun.set()
            threading.Thread(target=work).start()
        return seconds

    waiting._worth_waiting = tell  # type: ignore[method-assign]


def test_who_is_alone_is_served_at_once(patient: None) -> None:
    waiting = Line()
    waiting.join(Ticket(ARRIVAL))
    began = time.monotonic()
    assert len(waiting.group()) == 1
    assert time.monotonic() - began < 30


def test_a_group_waits_for_an_object_that_is_on_its_way(patient: None) -> None:
    waiting = Line()
    place = Place(waiting)
    place.begins()
    waiting.join(Ticket(ARRIVAL))

    def arrive() -> None:
        place.arrived()
        waiting.join(Ticket(ARRIVAL))

    while_it_waits(waiting, arrive)
    began = time.monotonic()
    assert len(waiting.group()) == 2
    assert time.monotonic() - began < 30, "nobody else was coming"


def test_a_quick_sender_is_expected_as_soon_as_it_is_answered_and_a_slow_one_is_not(patient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Line()
    quick, slow = Place(waiting), Place(waiting)
    for place in (quick, slow):
        place.answered()
    quick.begins()
    monkeypatch.setattr(line, "GATHER", 0.0)
    slow.begins()
    monkeypatch.setattr(line, "GATHER", 60.0)
    for place in (quick, slow):
        place.arrived()
        place.answered()
    waiting.join(Ticket(ARRIVAL))

    def arrive() -> None:
        quick.arrived()
        waiting.join(Ticket(ARRIVAL))

    while_it_waits(waiting, arrive)
    assert len(waiting.group()) == 2
    waiting.join(Ticket(ARRIVAL))
    began = time.monotonic()
    assert len(waiting.group()) == 1
    assert time.monotonic() - began < 30


def test_a_sender_that_pauses_holds_nobody_up_for_long() -> None:
    waiting = Line()
    Place(waiting).begins()
    waiting.join(Ticket(ARRIVAL))
    began = time.monotonic()
    assert len(waiting.group()) == 1
    assert time.monotonic() - began < 10  # milliseconds, if the machine does not stop for a moment


def test_no_group_is_longer_than_its_bound() -> None:
    waiting = Line()
    for _ in range(line.GROUP + 1):
        waiting.join(Ticket(ARRIVAL))
    assert (len(waiting.group()), len(waiting.group())) == (line.GROUP, 1)


def test_a_closed_line_serves_who_waits_and_then_ends() -> None:
    waiting = Line()
    waiting.join(Ticket(ARRIVAL))
    waiting.close()
    assert len(waiting.group()) == 1
    assert waiting.group() == []


def test_a_ticket_is_claimed_once_and_answered_with_a_key_or_an_error() -> None:
    ticket = Ticket(ARRIVAL)
    assert (ticket.claim(), ticket.claim()) == (True, False)
    with pytest.raises(TimeoutError):
        ticket.wait(0.01)
    ticket.answer(7)
    assert ticket.wait(0) == 7
    refused = Ticket(ARRIVAL)
    refused.answer(Busy("later"))
    with pytest.raises(Busy, match="later"):
        refused.wait(0)
