"""PostgreSQL gets the time that its recovery and its end need; one that is given up leaves nothing that blocks the next start."""
from __future__ import annotations

import signal
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import psycopg
import pytest
from tests.waiting import until

from scanhouse.errors import Broken
from scanhouse.ops import postgres


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    postgres.start(tmp_path / "pg").stop()
    return tmp_path / "pg"


class Clock:
    """What a start takes for the time: it stands still until a test lets it pass."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(postgres, "time", SimpleNamespace(monotonic=lambda: self.now, sleep=time.sleep))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def recovering_until(go: Path, cluster: Path) -> dict[str, str]:
    """Settings with which the server recovers until the file `go` is there; meanwhile there is the file `go`.begun."""
    (cluster / "recovery.signal").touch()
    return {"restore_command": f"touch {go}.begun; while [ ! -e {go} ]; do sleep 0.05; done; false", "hot_standby": "off"}


@pytest.fixture
def go(tmp_path: Path) -> Path:
    tmp_path.chmod(0o777)  # the server may run as another user
    return tmp_path / "go"


def test_a_recovery_that_takes_longer_than_a_start_may_is_waited_for_and_told(cluster: Path, go: Path, clock: Clock) -> None:
    begun, told = Path(f"{go}.begun"), []

    def pass_time() -> None:
        if begun.exists():
            clock.now += postgres.START_DEADLINE / 2
        if clock.now > 1000 + 5 * postgres.START_DEADLINE:
            go.touch()

    server = postgres.start(cluster, settings=recovering_until(go, cluster), meanwhile=pass_time, tell=told.append)
    try:
        psycopg.connect(server.url).close()
    finally:
        server.stop()
    assert "recovers" in told[0]
    assert len(told) >= 5


def test_what_is_raised_while_it_recovers_ends_the_start_and_the_server(cluster: Path, go: Path) -> None:
    class Enough(Exception):
        pass

    def stop() -> None:
        if Path(f"{go}.begun").exists():
            raise Enough

    with pytest.raises(Enough):
        postgres.start(cluster, settings=recovering_until(go, cluster), meanwhile=stop)
    assert not (cluster / "postmaster.pid").exists()


def test_a_server_that_does_not_answer_in_time_is_ended_and_the_next_start_finds_its_place_free(
    cluster: Path, tmp_path: Path, clock: Clock
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    elsewhere.chmod(0o777)
    postgres.time.monotonic = lambda: clock.now + (10_000 if (elsewhere / ".s.PGSQL.5432").exists() else 0)
    with pytest.raises(Broken, match="does not start"):
        postgres.start(cluster, settings={"unix_socket_directories": str(elsewhere)})
    (elsewhere / ".s.PGSQL.5432").unlink(missing_ok=True)
    postgres.start(cluster).stop()


def test_a_server_of_before_that_is_still_ending_is_waited_for(cluster: Path) -> None:
    old, told, asked = postgres.start(cluster), [], []
    writer = next(p for p in psutil.Process(old.process.pid).children() if "checkpointer" in " ".join(p.cmdline()))
    writer.suspend()  # its end takes long now
    old.process.send_signal(signal.SIGINT)
    until(lambda: "stopping" in (cluster / "postmaster.pid").read_text())

    def end_it() -> None:
        asked.append(1)
        if len(asked) == 3:
            writer.resume()
            old.process.wait()

    try:
        server = postgres.start(cluster, meanwhile=end_it, tell=told.append)
    finally:
        writer.resume() if old.process.poll() is None else None
    try:
        psycopg.connect(server.url).close()
    finally:
        server.stop()
    assert f"{old.process.pid}" in told[0]


def test_the_file_of_a_server_that_was_killed_holds_nobody_up(cluster: Path) -> None:
    server = postgres.start(cluster)
    family = psutil.Process(server.process.pid).children()
    server.process.kill()
    server.process.wait()
    psutil.wait_procs(family)
    assert (cluster / "postmaster.pid").exists()
    told: list[str] = []
    postgres.start(cluster, tell=told.append).stop()
    assert not any("of before" in line for line in told)


def test_a_cluster_that_another_server_keeps_is_told_and_the_other_server_is_not_taken_for_ours(
    cluster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "END_OF_PREDECESSOR", 0)
    other = postgres.start(cluster)
    try:
        with pytest.raises(Broken, match="lock file"):
            postgres.start(cluster)
        psycopg.connect(other.url).close()
    finally:
        other.stop()


def test_a_server_that_does_not_end_in_time_is_ended_and_what_was_committed_is_there_afterwards(cluster: Path) -> None:
    server = postgres.start(cluster)
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    checkpointer = next(child for child in psutil.Process(server.process.pid).children() if "checkpointer" in " ".join(child.cmdline()))
    checkpointer.suspend()  # a checkpoint that takes very long
    server.stop(timeout=1)
    assert server.ended
    again = postgres.start(cluster)
    try:
        with psycopg.connect(again.url) as connection:
            assert connection.execute("SELECT n FROM kept").fetchall() == [(7,)]
    finally:
        again.stop()
