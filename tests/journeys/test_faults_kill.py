"""F1: every process is killed again and again while objects come in by C-STORE and by zip. What was acknowledged is there, once."""
from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

import psutil
import pytest
from tests.house import House
from tests.journeys import ledger
from tests.journeys.senders import DicomSender, ZipSender, make_project, shuffled

pytestmark = pytest.mark.journey

VICTIMS = ("web", "one of web", "dicom", "worker", "postgres", "one of postgres")
PAUSE = 1.5
"""Seconds between two kills."""
RECOVERY = 30
"""Seconds in which everything works again after a fault."""


def kill(house: House, victim: str) -> None:
    """`one of X`: a child of X, as when the kernel takes one for its memory."""
    with suppress(LookupError, psutil.NoSuchProcess):  # it has not come back from the last time yet
        pid = house.pid(victim.removeprefix("one of "))
        children = psutil.Process(pid).children()
        os.kill(children[-1].pid if victim.startswith("one of") and children else pid, signal.SIGKILL)


def test_whatever_is_killed_nothing_acknowledged_is_lost_or_doubled(rough_house: House) -> None:
    house = rough_house
    make_project(house, "F1", code=4)
    dicom, zips = [DicomSender(house, "F1", n).start() for n in range(2)], [ZipSender(house, "F1", 9).start()]
    time.sleep(1)
    for victim in shuffled(VICTIMS, 2):
        kill(house, victim)
        time.sleep(PAUSE)
    senders = (*dicom, *zips)
    before, until = [len(sender.acknowledged) for sender in senders], time.monotonic() + RECOVERY
    while any(len(s.acknowledged) == n for s, n in zip(senders, before, strict=True)) and time.monotonic() < until:
        time.sleep(0.1)
    got_through = [len(s.acknowledged) > n for s, n in zip(senders, before, strict=True)]
    for sender in senders:
        sender.end()
    house.await_health(RECOVERY)

    acknowledged = {uid: data for sender in senders for uid, data in sender.acknowledged.items()}
    assert len(acknowledged) > 100
    assert all(got_through), f"after {RECOVERY} s: {got_through}"
    ledger.is_there_once(house, acknowledged)
    ledger.all_archived(house, "F1", 60)
    ledger.is_there_once(house, acknowledged)
    archived = house.query("SELECT count(DISTINCT i.sop_instance_uid) FROM records_instance i JOIN records_scan c ON c.key = i.scan_id "
                           "JOIN records_experiment e ON e.key = c.session_id WHERE e.project_id = 'F1'")
    assert archived[0][0] >= len(acknowledged)
    ledger.adds_up(house)


def test_when_the_whole_archive_is_killed_its_parts_end_and_a_new_start_has_everything(tmp_path) -> None:
    house = House(tmp_path / "data").start()
    try:
        make_project(house, "F1C", code=4)
        sender = DicomSender(house, "F1C", 1).start()
        time.sleep(1)
        assert house.process is not None
        family = psutil.Process(house.process.pid).children(recursive=True)
        house.process.kill()
        house.process.wait()
        sender.stop.set()
        _, alive = psutil.wait_procs(family, timeout=60)
        assert not alive, "parts outlived it"
        house.start()
        sender.end()
        ledger.is_there_once(house, sender.acknowledged)
        ledger.all_archived(house, "F1C", 60)
        ledger.adds_up(house)
    finally:
        house.stop()
