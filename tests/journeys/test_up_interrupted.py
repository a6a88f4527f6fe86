"""`scanhouse up` when its first start fails, when it is told to stop early, when it is killed, and when its log or a DICOM port is not to
be had."""
from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import requests
from tests.house import REPOSITORY, House
from tests.ports import free_port
from tests.waiting import until

pytestmark = pytest.mark.journey


class Begun:
    """`up` as a process that nobody waits for until it is ready."""

    def __init__(self, data: Path, *arguments: str, http_port: int = 0, password: str = "a-pass-word-for-tests", log: str = "") -> None:
        self.log = data.with_name(data.name + ".begun.log")
        environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SCANHOUSE_DATA", "DJANGO_SETTINGS_MODULE")}
        environment.setdefault("SCANHOUSE_ASSETS", str(REPOSITORY / "assets"))
        command = [sys.executable, "-m", "scanhouse.cli.main", "up", "--data", str(data), "--http-port", str(http_port or free_port()),
                   "--dicom-port", str(free_port()), "--admin-password", password, *arguments]
        with open(self.log, "ab") as out, open(log or self.log, "ab") as err:
            self.process = subprocess.Popen(command, stdout=out, stderr=err, env=environment, cwd=REPOSITORY)

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def children(self, word: str) -> list[psutil.Process]:
        """Its children whose command ends with a word."""
        found = []
        with suppress(psutil.Error):
            for child in psutil.Process(self.process.pid).children():
                with suppress(psutil.Error):
                    if child.cmdline()[-1:] == [word]:
                        found.append(child)
        return found

    def ended(self) -> bool:
        return self.process.poll() is not None


@pytest.fixture
def begin() -> Iterator[type[Begun]]:
    begun: list[Begun] = []

    class Noted(Begun):
        def __init__(self, *arguments, **how) -> None:
            super().__init__(*arguments, **how)
            begun.append(self)

    yield Noted
    for one in begun:
        if not one.ended():
            one.process.terminate()
        one.process.wait(120)


def test_the_password_of_a_first_start_that_fails_is_shown(tmp_path: Path, begin: type[Begun]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        house = begin(tmp_path / "data", http_port=other.getsockname()[1], password="")
        assert house.process.wait(180) == 70
    assert "ready http" not in house.output
    assert "sign in as admin with the password" in house.output


@pytest.mark.parametrize("during", ["worker", "demo"])
def test_a_stop_before_it_is_ready_is_heard_at_once(tmp_path: Path, begin: type[Begun], during: str) -> None:
    house = begin(tmp_path / "data", "--demo")
    until(lambda: house.ended() or house.children(during), seconds=180)
    filling = house.children("demo")
    house.process.send_signal(signal.SIGTERM)
    seen = []
    until(lambda: seen.extend(house.children("demo")) or house.ended(), seconds=180)
    assert house.process.returncode == 0
    assert "ready http" not in house.output
    assert "is filled" not in house.output
    if during == "worker":
        assert not seen
    assert not psutil.wait_procs(filling, timeout=60)[1]


def test_killed_and_started_again_at_once_it_waits_for_the_database_of_before(tmp_path: Path, begin: type[Begun]) -> None:
    house = House(tmp_path / "data").start()
    assert house.process is not None
    server = psutil.Process(house.pid("postgres"))
    writer = next(p for p in server.children() if "checkpointer" in " ".join(p.cmdline()))
    writer.suspend()  # its end takes long now
    try:
        house.process.kill()
        house.process.wait()
        again = begin(tmp_path / "data")
        until(lambda: again.ended() or "It is waited for" in again.output, seconds=180)
    finally:
        writer.resume()
    until(lambda: again.ended() or "ready http" in again.output, seconds=180)
    assert "ready http" in again.output


def test_its_parts_are_watched_although_its_own_log_is_full(tmp_path: Path, begin: type[Begun]) -> None:
    house = begin(tmp_path / "data", log="/dev/full")
    until(lambda: house.ended() or "ready http" in house.output, seconds=180)
    dead = house.children("worker")
    dead[0].kill()
    until(lambda: house.ended() or (house.children("worker") and house.children("worker") != dead), seconds=180)
    assert not house.ended()


def test_a_dicom_port_that_another_program_has_is_told_and_keeps_no_house_from_starting(tmp_path: Path) -> None:
    house = House(tmp_path / "data")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with house:
            receiver = {"aeTitle": "SECOND", "port": port, "enabled": True, "identifier": "dicomObjectIdentifier"}
            made = requests.post(f"{house.url}/xapi/dicomscp", json=receiver, auth=("admin", house.admin_password), timeout=60)
            assert made.ok, made.text
            until(lambda: f"port {port}" in house.await_health(60, well=False).get("dicom ports", ""))
        with house:
            until(lambda: f"port {port}" in house.await_health(60, well=False).get("dicom ports", ""))
            other.close()
            house.await_health(60)
