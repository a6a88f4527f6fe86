"""A started Scanhouse for journeys: all its real processes over a folder of its own, on free ports."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType

import psutil
import psycopg
import requests

from tests.ports import free_port

REPOSITORY = Path(__file__).resolve().parents[1]
START_DEADLINE = 180
STOP_DEADLINE = 120


class House:
    """`scanhouse up` in a process of its own. Use it as a context manager; it is ended with all its parts."""

    def __init__(self, data: Path, *arguments: str, http_port: int = 0, dicom_port: int = 0) -> None:
        self.data = data
        self.admin_password = "a-pass-word-for-tests"
        self.http_port, self.dicom_port = http_port or free_port(), dicom_port or free_port()
        self.url = f"http://localhost:{self.http_port}"
        self.arguments = arguments
        self.process: subprocess.Popen[bytes] | None = None
        self.log = data.with_name(data.name + ".log")

    @property
    def output(self) -> str:
        """What it has printed."""
        return self.log.read_text(errors="replace")

    def start(self) -> House:
        """Start it and wait until it says that it is ready."""
        self.data.parent.mkdir(parents=True, exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SCANHOUSE_DATA", "DJANGO_SETTINGS_MODULE")}
        environment.setdefault("SCANHOUSE_ASSETS", str(REPOSITORY / "assets"))
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "scanhouse.cli.main", "up", "--data", str(self.data), "--http-port", str(self.http_port),
                 "--dicom-port", str(self.dicom_port), "--admin-password", self.admin_password, *self.arguments],
                stdout=out, stderr=subprocess.STDOUT, env=environment, cwd=REPOSITORY,
            )
        deadline = time.monotonic() + START_DEADLINE
        while "ready http" not in self.output:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"Scanhouse did not get ready:\n{self.output}")
            time.sleep(0.1)
        return self

    def stop(self) -> None:
        """Ctrl-C, and wait until all of it has ended."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_DEADLINE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise
        self.process = None

    def pid(self, part: str) -> int:
        """Process of a part: `web`, `dicom`, `worker`, or `postgres` (its postmaster). Raises `LookupError` while it is not there."""
        assert self.process is not None
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.Error):
                command = child.cmdline()
                if command[-1:] == [part] or (part == "postgres" and command and Path(command[0]).name == "postgres"):
                    return child.pid
        raise LookupError(f"{part} does not run")

    def kill(self, part: str, number: int = signal.SIGKILL) -> int:
        """Send a signal to a part; answers its process. Its own children are not told."""
        pid = self.pid(part)
        os.kill(pid, number)
        return pid

    def await_successor(self, part: str, old: int, seconds: float = 60) -> int:
        """Wait until a part that ends has been started again; answers its new process."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with suppress(LookupError):
                if (new := self.pid(part)) != old:
                    return new
            time.sleep(0.1)
        raise AssertionError(f"{part} was not started again in {seconds} s\n{self.output[-2000:]}")

    @contextmanager
    def paused(self, part: str) -> Iterator[None]:
        """SIGSTOP to a part and all its children for the time of the block."""
        family = [psutil.Process(self.pid(part))]
        try:
            family[0].suspend()  # from now on it has no new children
            family += family[0].children(recursive=True)
            for process in family[1:]:
                with suppress(psutil.NoSuchProcess):
                    process.suspend()
            yield
        finally:
            for process in family:
                with suppress(psutil.NoSuchProcess):
                    process.resume()

    def await_health(self, seconds: float = 30, *, well: bool = True) -> dict[str, str]:
        """Wait until /healthz says that all works (or that something does not); answers its parts."""
        deadline = time.monotonic() + seconds
        parts: dict[str, str] = {}
        while time.monotonic() < deadline:
            with suppress(OSError, ValueError):
                answer = requests.get(f"{self.url}/healthz", timeout=15)
                parts = answer.json()["parts"]
                if answer.ok == well:
                    return parts
            time.sleep(0.2)
        raise AssertionError(f"Health did not become {'good' if well else 'bad'} in {seconds} s: {parts}\n{self.output[-2000:]}")

    def query(self, statement: str, *parameters: object) -> list[tuple]:
        """Rows from its database, over a connection of the test's own."""
        with psycopg.connect(self.database_url, connect_timeout=30) as connection:
            return connection.execute(statement, parameters).fetchall()

    @cached_property
    def database_url(self) -> str:
        """Address of the embedded database, as its parts were told. It stays the same when the database is started again."""
        for part in ("web", "dicom", "worker"):
            with suppress(LookupError, psutil.Error):
                return psutil.Process(self.pid(part)).environ()["DATABASE_URL"]
        raise LookupError("no part runs")

    def __enter__(self) -> House:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
