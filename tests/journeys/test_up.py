"""`scanhouse up` starts everything, watches it, and ends all of it."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from tests.house import House

pytestmark = pytest.mark.journey


def health(house: House) -> dict:
    with urllib.request.urlopen(f"{house.url}/healthz", timeout=10) as answer:
        return json.load(answer)


def test_it_gets_ready_revives_what_dies_refuses_a_second_one_and_leaves_nothing_behind(tmp_path: Path) -> None:
    house = House(tmp_path / "data").start()
    try:
        assert health(house)["ok"]
        assert f"ready {house.url}" in house.output
        assert house.process is not None
        family = psutil.Process(house.process.pid).children(recursive=True)

        second = subprocess.run([sys.executable, "-m", "scanhouse.cli.main", "up", "--data", str(house.data)], capture_output=True, text=True)
        assert second.returncode == 73
        assert "Another `scanhouse up` runs" in second.stderr

        worker = next(p for p in family if p.cmdline()[-1:] == ["worker"])
        os.kill(worker.pid, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while "worker ended with -9; it is started again" not in house.output and time.monotonic() < deadline:
            time.sleep(0.1)
        assert "worker ended with -9; it is started again" in house.output
        family += psutil.Process(house.process.pid).children(recursive=True)
    finally:
        house.stop()
    _, alive = psutil.wait_procs(family, timeout=60)
    assert not alive


def test_a_second_start_is_quick_and_remembers_who_may_sign_in(tmp_path: Path) -> None:
    began = time.monotonic()
    with House(tmp_path / "data"):
        first = time.monotonic() - began
    began = time.monotonic()
    with House(tmp_path / "data") as house:
        assert time.monotonic() - began < max(30, 2 * first)  # 8 s on a quiet machine; docs/reference/performance.md has the figure
        assert health(house)["ok"]


def test_without_a_password_one_is_made_and_printed_once(tmp_path: Path) -> None:
    house = House(tmp_path / "data")
    house.admin_password = ""
    with house:
        assert "sign in as admin with the password" in house.output
    with house:
        assert "with the password" not in house.output
