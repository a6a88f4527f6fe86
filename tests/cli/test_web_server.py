"""Workers of the web server end with it, at whatever moment that comes."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.ports import free_port
from tests.waiting import until

PROGRAM = """
import sys
from granian.constants import Interfaces
from scanhouse.cli.web_server import Server

Server(sys.argv[1], address="127.0.0.1", port=int(sys.argv[2]), interface=Interfaces.WSGI, workers=2, workers_kill_timeout=60).serve()
"""
APPLICATION = """
import os, signal, time
from pathlib import Path

here = Path(__file__).parent
(here / f"loading-{os.getpid()}").touch()
end = time.monotonic() + 120
while not (here / "load").exists() and time.monotonic() < end:
    time.sleep(0.05)
(here / f"loaded-{os.getpid()}").touch()

def application(environ, start_response):
    start_response("200 OK", [])
    return [b""]
"""


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[psutil.Popen]:
    """A web server whose workers load until the file `load` is there."""
    (tmp_path / "slowly.py").write_text(APPLICATION)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    command = [sys.executable, "-c", PROGRAM, "slowly:application", str(free_port())]
    process = psutil.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    family: list[psutil.Process] = []
    try:
        until(lambda: len(list(tmp_path.glob("loading-*"))) == 2)
        family = process.children(recursive=True)
        yield process
    finally:
        for one in (process, *family):
            try:
                one.kill()
            except psutil.NoSuchProcess:
                continue
        process.wait()


def test_a_server_that_is_told_to_end_while_its_workers_load_ends_at_once(serving: psutil.Popen) -> None:
    workers = serving.children(recursive=True)
    assert len(workers) == 2
    serving.send_signal(signal.SIGTERM)
    _, left = psutil.wait_procs([serving, *workers], timeout=30)
    assert left == []


@pytest.mark.parametrize("loaded", [False, True])
def test_workers_do_not_outlive_a_server_that_was_killed(serving: psutil.Popen, tmp_path: Path, loaded: bool) -> None:
    workers = serving.children(recursive=True)
    if loaded:
        (tmp_path / "load").touch()
        until(lambda: len(list(tmp_path.glob("loaded-*"))) == 2)
    serving.send_signal(signal.SIGKILL)
    _, left = psutil.wait_procs(workers, timeout=30)
    assert left == []
