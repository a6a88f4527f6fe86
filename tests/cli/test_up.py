"""What watches the house outlives a full disk, a machine without room for one more process, and a PostgreSQL that does not come back."""
from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.waiting import until

from scanhouse.cli import up
from scanhouse.ops import postgres


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> up.House:
    monkeypatch.setattr(up, "RESTART_PAUSES", (0.01,) * 4)
    return up.House(tmp_path, 1, 2, "127.0.0.1")


def part(house: up.House, script: str, log: Path) -> up.Process:
    made = up.Process("worker", ["/bin/sh", "-c", script], {}, log)
    house.parts.append(made)
    return made


@contextmanager
def watched(house: up.House) -> Iterator[Callable[[], bool]]:
    """The house is watched within the block, which is given whether it still is. What ends the watch is raised at the end."""
    failed: list[BaseException] = []

    def watch() -> None:
        try:
            house._watch()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield lambda: not failed
    finally:
        house.stopping = True
        thread.join()
        if failed:
            raise failed[0]


def test_a_part_is_started_again_although_the_disk_of_the_log_is_full(
    house: up.House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives = tmp_path / "lives"
    part(house, f"echo >> {lives}", tmp_path / "log").start()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(open("/dev/full", "wb", buffering=0), write_through=True))  # noqa: SIM115
    with watched(house) as well:
        until(lambda: not well() or (lives.exists() and len(lives.read_text()) > 3))


def test_a_part_that_cannot_be_started_now_is_tried_again(house: up.House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lives, logs = tmp_path / "lives", tmp_path / "logs"
    logs.mkdir()
    dying = part(house, f"echo >> {lives}", logs / "log")
    dying.start()
    until(lambda: dying.child is not None and dying.child.poll() is not None)
    logs.rename(tmp_path / "elsewhere")  # from now on a start fails with an error of the system
    with watched(house) as well:
        until(lambda: not well() or dying.deaths > 2)
        (tmp_path / "elsewhere").rename(logs)
        before = len(lives.read_text())
        until(lambda: not well() or len(lives.read_text()) > before)
    assert "worker could not be started" in capsys.readouterr().err


def test_postgresql_that_fails_again_while_it_is_asked_for_its_database_is_tried_again(
    house: up.House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house.database = postgres.start(house.data / "postgres")
    start, tries = postgres.start, []

    def fail_twice(folder: Path, **how) -> postgres.Server:
        tries.append(folder)
        # A database that cannot be made, as on a full disk.
        return start(folder, **how, **({"settings": {"default_transaction_read_only": "on"}, "database": "other"} if len(tries) < 3 else {}))

    monkeypatch.setattr(postgres, "start", fail_twice)
    dead = house.database.process
    try:
        with watched(house) as well:
            dead.kill()
            until(lambda: not well() or (house.database is not None and house.database.process is not dead))
    finally:
        house.database.stop()
    assert len(tries) == 3
    assert "read-only" in capsys.readouterr().err


def test_while_postgresql_recovers_parts_are_started_again_and_a_stop_is_heard(
    house: up.House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o777)  # the server may run as another user
    lives, recovers = tmp_path / "lives", tmp_path / "recovers"
    house.database = postgres.start(house.data / "postgres")
    (house.data / "postgres" / "recovery.signal").touch()
    for_ever = {"restore_command": f"touch {recovers}; while [ -e {recovers} ]; do sleep 0.05; done; false", "hot_standby": "off"}
    start = postgres.start
    monkeypatch.setattr(postgres, "start", lambda folder, **how: start(folder, settings=for_ever, **how))
    with watched(house) as well:
        house.database.process.kill()
        until(lambda: not well() or recovers.exists())
        part(house, f"echo >> {lives}", tmp_path / "log").start()
        until(lambda: not well() or (lives.exists() and len(lives.read_text()) > 2))
    assert recovers.exists()  # so the watch has ended although PostgreSQL still recovered
    assert house.database.ended
    assert not (house.data / "postgres" / "postmaster.pid").exists()
