"""Parts of a house: what a dead one has left is ended at once, and no stranger in its place; logs do not grow for ever."""
from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest
from tests.waiting import until

from scanhouse.ops import logs, parts
from scanhouse.ops.parts import Process


def a_part(tmp_path: Path, script: str) -> Process:
    made = Process("worker", ["/bin/sh", "-c", script], dict(os.environ), tmp_path / "worker.log")
    made.start()
    return made


def test_what_a_dead_part_has_left_is_ended_when_its_death_is_seen(tmp_path: Path) -> None:
    part = a_part(tmp_path, f"sleep 1000 & echo $! > {tmp_path / 'left'}.new; mv {tmp_path / 'left'}.new {tmp_path / 'left'}")
    until((tmp_path / "left").exists)
    left = psutil.Process(int((tmp_path / "left").read_text()))
    until(lambda: part.ended)
    psutil.wait_procs([left], timeout=60)
    assert not left.is_running() or left.status() == psutil.STATUS_ZOMBIE


def test_a_group_of_processes_is_ended_only_while_its_number_is_still_that_of_the_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []

    def look(group: int, signum: int) -> None:
        assert psutil.Process(group).status() == psutil.STATUS_ZOMBIE  # so nobody else can have its number
        ended.append(group)

    monkeypatch.setattr(parts.os, "killpg", look)
    part = a_part(tmp_path, "exit 3")
    assert part.child is not None
    first = part.child.pid
    until(lambda: part.ended)
    assert part.child.returncode == 3
    part.start()
    assert ended == [first]
    until(lambda: part.ended)


def test_a_large_log_is_put_aside_at_the_next_start_and_one_older_one_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LARGE", 8)
    for word in ("first", "second, long", "third, long", "fourth"):
        part = a_part(tmp_path, f"echo {word}")
        until(lambda: part.ended)  # noqa: B023  # asked within this turn only
    assert (tmp_path / "worker.log").read_text() == "fourth\n"
    assert (tmp_path / "worker.log.1").read_text() == "third, long\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["worker.log", "worker.log.1"]
