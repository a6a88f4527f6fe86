"""Time limits as arithmetic: no clock runs here."""
from __future__ import annotations

from scanhouse.dimse.deadlines import Deadlines
from scanhouse.dimse.doors import Limits

LIMITS = Limits(artim_seconds=10, idle_seconds=60, grace_seconds=5, min_bytes_per_second=1000)


def test_the_request_is_due_from_the_start_and_nothing_puts_it_off():
    deadlines = Deadlines(LIMITS, now=100)
    deadlines.message_grew(10**9)
    assert not deadlines.late(110) and deadlines.late(110.1)


def test_each_pdu_buys_the_idle_time_again():
    deadlines = Deadlines(LIMITS, now=0)
    deadlines.renew(5, spent=0, in_message=False)
    assert not deadlines.late(65) and deadlines.late(65.1)
    deadlines.renew(50, spent=0, in_message=False)
    assert not deadlines.late(110)


def test_a_message_buys_no_more_time_than_its_bytes_are_worth():
    deadlines = Deadlines(LIMITS, now=0)
    deadlines.message_began(10)
    deadlines.message_grew(5000)
    deadlines.renew(50, spent=0, in_message=True)
    assert not deadlines.late(75) and deadlines.late(75.1)  # 10 + 60 idle + 5 for 5000 bytes


def test_a_message_that_comes_fast_has_only_the_idle_limit():
    deadlines = Deadlines(LIMITS, now=0)
    deadlines.message_began(10)
    deadlines.message_grew(10**8)
    deadlines.renew(11, spent=0, in_message=True)
    assert not deadlines.late(71) and deadlines.late(71.1)


def test_time_that_we_spent_is_not_the_senders():
    deadlines = Deadlines(LIMITS, now=0)
    deadlines.message_began(10)
    deadlines.renew(100, spent=85, in_message=True)
    assert not deadlines.late(155) and deadlines.late(155.1)


def test_the_allowance_begins_anew_with_each_message():
    deadlines = Deadlines(LIMITS, now=0)
    deadlines.message_began(0)
    deadlines.message_grew(10**6)
    deadlines.renew(10, spent=0, in_message=False)
    deadlines.message_began(60)
    deadlines.renew(65, spent=0, in_message=True)
    assert not deadlines.late(120) and deadlines.late(120.1)


def test_the_grace_runs_from_the_first_time_it_is_asked_for():
    deadlines = Deadlines(LIMITS, now=0)
    assert not deadlines.out_of_grace(100) and not deadlines.out_of_grace(104.9) and deadlines.out_of_grace(105)
