"""`scanhouse up`: PostgreSQL, web, DICOM receiver and worker on one machine, watched and stopped together."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from scanhouse.errors import Broken
from scanhouse.ops.children import ending_with_us
from scanhouse.ops.lock import alone
from scanhouse.ops.parts import Process
from scanhouse.ops.readiness import hindrance

if TYPE_CHECKING:
    from scanhouse.ops import postgres

app = typer.Typer(add_completion=False)

READY_DEADLINE = 60
"""Seconds in which all parts must answer after their start."""
STOP_GRACE = 20
"""Seconds a part gets to finish what it is doing before it is ended."""
RESTART_PAUSES = (0.2, 1.0, 3.0, 10.0)
"""Seconds before a part that died is started again, by the number of its deaths in a row."""
DATABASE_PAUSES = 3
"""Of these pauses PostgreSQL gets the first ones only: while it is away nothing works, and a try costs little."""
CALM = 60
"""A part that ran for so many seconds starts with a clean slate."""


@app.command()
def up(
    data: Annotated[Path, typer.Option(envvar="SCANHOUSE_DATA", help="Folder of all state.")] = Path("var"),
    http_port: Annotated[int, typer.Option(envvar="SCANHOUSE_HTTP_PORT", help="Port of pages and wire.")] = 8080,
    dicom_port: Annotated[int, typer.Option(envvar="SCANHOUSE_DICOM_PORT", help="Port of the first DICOM receiver.")] = 8104,
    bind: Annotated[str, typer.Option(envvar="SCANHOUSE_BIND", help="Address to listen on; 0.0.0.0 opens it to the network.")] = "127.0.0.1",
    admin_password: Annotated[
        str, typer.Option(envvar="SCANHOUSE_ADMIN_PASSWORD", help="Password of the user `admin`; else one is made and printed once.")
    ] = "",
    demo: Annotated[bool, typer.Option("--demo", help="Fill the project DEMO with studies to look at.")] = False,
) -> None:
    """Start everything on this machine and print where it listens. Ctrl-C stops it."""
    house = House(data.resolve(), http_port, dicom_port, bind)
    with alone(house.data):
        house.run(admin_password=admin_password, demo=demo)


class Stopped(Exception):
    """Somebody has told the house to stop."""


@dataclass
class House:
    """All parts over one data folder."""

    data: Path
    http_port: int
    dicom_port: int
    bind: str
    parts: list[Process] = field(default_factory=list)
    database: postgres.Server | None = None
    database_deaths: list[float] = field(default_factory=list)
    stopping: bool = False

    def run(self, *, admin_password: str, demo: bool) -> None:
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        try:
            environment = self._environment(os.environ.get("DATABASE_URL", "") or self._start_database())
            self._check()
            sign_in = self._prepare(environment, admin_password)
            self._check()
            self._start_parts(environment)
            self._await_ready()
            if demo:
                self._fill(environment)
            _print(f"ready http://{'localhost' if self.bind in ('127.0.0.1', '0.0.0.0') else self.bind}:{self.http_port} "  # noqa: S104
                   f"(DICOM: AE title XNAT, port {self.dicom_port}) {sign_in}")
            self._watch()
        except Stopped:
            pass  # before it was ready
        finally:
            self._stop_parts()
            if self.database is not None:
                self.database.stop()

    def _start_database(self) -> str:
        from scanhouse.ops import postgres

        self.database = postgres.start(self.data / "postgres", meanwhile=self._check, tell=_say)
        return self.database.url

    def _environment(self, url: str) -> dict[str, str]:
        return {
            **os.environ,
            "SCANHOUSE_DATA": str(self.data),
            "SCANHOUSE_HTTP_PORT": str(self.http_port),
            "SCANHOUSE_DICOM_PORT": str(self.dicom_port),
            "SCANHOUSE_BIND": self.bind,
            "SCANHOUSE_ASSETS": str(Path(os.environ.get("SCANHOUSE_ASSETS", "assets")).resolve()),
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "scanhouse.config.settings",
        }

    def _prepare(self, environment: dict[str, str], password: str) -> str:
        secret = {"SCANHOUSE_ADMIN_PASSWORD": password} if password else {}
        # In a session of its own: Ctrl-C is for us, and a database is not left in between two versions.
        done = subprocess.run(_scanhouse("migrate"), env={**environment, **secret}, capture_output=True, text=True, start_new_session=True,
                              preexec_fn=ending_with_us())
        sign_in = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
        if sign_in:
            _say(sign_in)  # at once: whatever fails from here on, this password is made only once
        if done.returncode:
            raise Broken(f"The database could not be brought to this version:\n{done.stderr.strip()[-2000:]}")
        return sign_in or "sign in as admin"

    def _fill(self, environment: dict[str, str]) -> None:
        with subprocess.Popen(_scanhouse("demo"), env=environment, preexec_fn=ending_with_us()) as filling:
            try:
                while filling.poll() is None:
                    self._check()
                    time.sleep(0.1)
            except Stopped:
                filling.terminate()
                raise
        self._check()  # Ctrl-C is for it too
        if filling.returncode:
            raise Broken("The project DEMO could not be filled; what hindered it stands above. Start again without --demo, or with it to go on.")

    def _start_parts(self, environment: dict[str, str]) -> None:
        logs = self.data / "logs"
        logs.mkdir(exist_ok=True)
        for name in ("web", "dicom", "worker"):
            part = Process(name, _scanhouse(name), environment, logs / f"{name}.log")
            part.start()
            self.parts.append(part)

    def _await_ready(self) -> None:
        host = "127.0.0.1" if self.bind == "0.0.0.0" else self.bind  # noqa: S104
        deadline = time.monotonic() + READY_DEADLINE
        while True:
            self._check()
            if not (problem := hindrance(host, self.http_port)):
                return
            dead = [p.name for p in self.parts if p.ended]
            if dead or time.monotonic() > deadline:
                tails = "\n".join(f"--- {p.log.name}\n{_tail(p.log)}" for p in self.parts if not dead or p.name in dead)
                raise Broken(f"Not ready: {problem if not dead else ', '.join(dead) + ' ended'}\n{tails}")
            time.sleep(0.1)

    def _watch(self) -> None:
        with suppress(Stopped):
            while True:
                self._tend()
                if self.database is not None and self.database.ended:
                    self._revive_database(self.database)
                time.sleep(0.2)

    def _tend(self) -> None:
        """What is done all the time, also while PostgreSQL is waited for. Raises `Stopped`."""
        self._check()
        for part in self.parts:
            self._revive(part)

    def _check(self) -> None:
        if self.stopping:
            raise Stopped

    def _revive_database(self, dead: postgres.Server) -> None:
        """Start PostgreSQL again; it recovers by itself what it had committed. While it cannot, as on a full disk, it is tried for ever."""
        from scanhouse.ops import postgres

        now = time.monotonic()
        self.database_deaths = [death for death in self.database_deaths if now - death < CALM] + [now]
        pause = RESTART_PAUSES[min(len(self.database_deaths), DATABASE_PAUSES) - 1]
        log = self.data / "postgres" / "server.log"
        _say(f"PostgreSQL ended with {dead.process.returncode}; it is started again in {pause:g} s (log: {log})")
        again = now + pause
        while time.monotonic() < again:
            self._tend()
            time.sleep(0.1)
        try:
            self.database = postgres.start(self.data / "postgres", sockets=dead.sockets, meanwhile=self._tend, tell=_say)
        except (Broken, OSError) as error:
            _say(f"PostgreSQL could not be started again: {error}")

    def _revive(self, part: Process) -> None:
        """Start a part again that died; the pauses grow so that a part that cannot live does not eat the machine."""
        if part.child is None or not part.ended:
            return
        now = time.monotonic()
        if not part.restart_at:
            if now - part.started > CALM:
                part.deaths = 0
            pause = _later(part, now)
            _say(f"{part.name} ended with {part.child.returncode}; it is started again in {pause:g} s (log: {part.log})")
        elif now >= part.restart_at:
            try:
                part.start()
            except OSError as error:
                # No process, memory or room on the disk now. That passes; the other parts live on meanwhile.
                pause = _later(part, now)
                _say(f"{part.name} could not be started: {error}. It is tried again in {pause:g} s.")

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _stop_parts(self) -> None:
        for part in self.parts:
            part.stop()
        deadline = time.monotonic() + STOP_GRACE
        for part in self.parts:
            part.wait(deadline)


def _scanhouse(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "scanhouse.cli.main", *arguments]


def _later(part: Process, now: float) -> float:
    """One death more: put its start off; by how many seconds."""
    part.deaths += 1
    pause = RESTART_PAUSES[min(part.deaths, len(RESTART_PAUSES)) - 1]
    part.restart_at = now + pause
    return pause


def _say(text: str) -> None:
    """A sentence to whoever watches."""
    _print(f"scanhouse: {text}", sys.stderr)


def _print(line: str, to: TextIO | None = None) -> None:
    """A line, to the standard output by default. It may be lost, as when the disk of a log is full: the house must not end for that."""
    with suppress(OSError):
        print(line, file=to, flush=True)


def _tail(path: Path) -> str:
    return path.read_text(errors="replace")[-1500:].strip() if path.exists() else ""
