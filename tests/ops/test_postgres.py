"""The embedded PostgreSQL starts anywhere, keeps what was committed when it is killed, and listens to nobody outside."""
from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import psutil
import psycopg
import pytest

from scanhouse.errors import Broken
from scanhouse.ops import postgres


def test_it_outlives_a_kill_with_everything_that_was_committed(tmp_path: Path) -> None:
    server = postgres.start(tmp_path / "pg")
    try:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (n int)")
            connection.execute("INSERT INTO kept VALUES (7)")
        family = psutil.Process(server.process.pid).children(recursive=True)
        os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()
        _, alive = psutil.wait_procs(family, timeout=60)  # each has a group of its own, and ends when it notices; until then no other may start
        assert not alive
        server = postgres.start(tmp_path / "pg")
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT n FROM kept").fetchone() == (7,)
    finally:
        server.stop()
    assert server.process.returncode == 0


def test_a_long_path_moves_its_socket_where_the_system_takes_it(tmp_path: Path) -> None:
    server = postgres.start(tmp_path / ("long-" * 20) / "pg")
    try:
        psycopg.connect(server.url).close()
    finally:
        server.stop()


def test_it_listens_on_no_network_address(tmp_path: Path) -> None:
    server = postgres.start(tmp_path / "pg")
    try:
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            assert connection.execute("SHOW data_checksums").fetchone() == ("on",)
            assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        with socket.socket() as probe:
            probe.settimeout(1)
            assert probe.connect_ex(("127.0.0.1", 5432)) != 0 or "DATABASE_URL" in os.environ
    finally:
        server.stop()


def test_a_cluster_that_cannot_start_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    folder = tmp_path / "pg"
    postgres.start(folder).stop()
    (folder / "global" / "pg_control").unlink()
    with pytest.raises(Broken, match="does not start"):
        postgres.start(folder)
