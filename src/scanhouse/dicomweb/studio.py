"""Pictures are made in processes of their own, with limits of memory and time: decoders are C, and what they decode comes from anywhere.

`Studio` keeps a few such processes for the web process it lives in, starts them when the first picture is asked for, and ends those
that idle. A picture that kills, hangs or bloats its process is refused, and the process replaced.
"""
from __future__ import annotations

import atexit
import os
import select
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from scanhouse.errors import Busy, Invalid

PROCESSES = 2
"""For each web process; a machine has few cores, and requests wait their turn."""
SECONDS = 20.0
"""For one picture."""
WAIT = 30.0
"""Seconds that a request waits for a free process."""
IDLE = 60.0
"""Seconds after which an unused process ends."""
MEMORY = 1536 << 20
"""Bytes of address space of one process: enough for the largest single frames (16384 x 16384, 16 bits, and their picture)."""
_SIZE = struct.Struct("<I")


class CannotRender(Invalid):
    """The picture could not be made from what is stored."""


@dataclass
class Worker:
    """One process and what it has said so far."""

    process: subprocess.Popen[bytes]
    used: float = 0.0

    def ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Send a request and wait for its answer. Raises `CannotRender` when the process dies or takes too long."""
        body = orjson.dumps(request)
        assert self.process.stdin is not None and self.process.stdout is not None
        deadline = time.monotonic() + SECONDS
        try:
            self.process.stdin.write(_SIZE.pack(len(body)) + body)
            self.process.stdin.flush()
            head = orjson.loads(self._read(_SIZE.unpack(self._read(4, deadline))[0], deadline))
            return head, self._read(head.get("size", 0), deadline)
        except (OSError, EOFError, TimeoutError) as error:
            self.end()
            raise CannotRender("The image could not be decoded within the limits of time and memory. Download the file instead.") from error

    def _read(self, count: int, deadline: float) -> bytes:
        assert self.process.stdout is not None
        parts, left, handle = [], count, self.process.stdout.fileno()
        ready = select.poll()  # `select` itself knows no descriptor above 1023
        ready.register(handle, select.POLLIN)
        while left:
            if not ready.poll(max(0.0, deadline - time.monotonic()) * 1000):
                raise TimeoutError
            data = os.read(handle, min(left, 1 << 20))
            if not data:
                raise EOFError
            parts.append(data)
            left -= len(data)
        return b"".join(parts)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    @property
    def lives(self) -> bool:
        return self.process.poll() is None


class Studio:
    """The processes of one web process."""

    def __init__(self) -> None:
        self._free: list[Worker] = []
        self._seats = threading.BoundedSemaphore(PROCESSES)
        self._lock = threading.Lock()

    def ask(self, request: dict[str, Any]) -> bytes:
        """Have one thing made. Raises `CannotRender`, or `Busy` when all processes stay occupied."""
        if not self._seats.acquire(timeout=WAIT):
            raise Busy("Too many pictures are being made at once. Ask again in a moment.")
        try:
            worker = self._take()
            head, body = worker.ask(request)
            with self._lock:
                worker.used = time.monotonic()
                self._free.append(worker)
        finally:
            self._seats.release()
        if head.get("error"):
            raise CannotRender(head["error"])
        return body

    def _take(self) -> Worker:
        with self._lock:
            self._sweep()
            while self._free:
                worker = self._free.pop()
                if worker.lives:
                    return worker
                worker.end()
        return _start()

    def close(self) -> None:
        """End the processes that wait for work."""
        with self._lock:
            while self._free:
                self._free.pop().end()

    def _sweep(self) -> None:
        horizon = time.monotonic() - IDLE
        for worker in [w for w in self._free if w.used < horizon]:
            self._free.remove(worker)
            worker.end()


def _start() -> Worker:
    program = Path(__file__).with_name("artist.py")
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, str(program), str(MEMORY)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=environment, close_fds=True, cwd="/",
    )  # fmt: skip
    return Worker(process)


@cache
def studio() -> Studio:
    """The studio of this process; its processes end with it."""
    opened = Studio()
    atexit.register(opened.close)
    return opened
