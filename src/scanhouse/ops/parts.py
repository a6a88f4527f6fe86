"""The parts of a house: child processes that `scanhouse up` starts, watches and stops."""
from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from scanhouse.ops.children import ending_with_us
from scanhouse.ops.logs import appending


@dataclass
class Process:
    """One part as a child process, and how often it died in a row."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    child: subprocess.Popen[bytes] | None = None
    started: float = 0
    deaths: int = 0
    restart_at: float = 0

    def start(self) -> None:
        """Start it, or start it again when it has `ended`. Raises `OSError` where the system gives no process or no log now."""
        with appending(self.log) as out:
            self.child = subprocess.Popen(
                self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                preexec_fn=ending_with_us(),
            )
        self.started, self.restart_at = time.monotonic(), 0

    @property
    def ended(self) -> bool:
        """Whether it has been started and has ended. What it has left is ended too: its own children still hold its port."""
        if self.child is None or self.child.returncode is not None:
            return self.child is not None
        if os.waitid(os.P_PID, self.child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return False
        # It has not been waited for yet, so its number is still its own: afterwards the group of a stranger may bear it.
        with suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
        return True

    def stop(self) -> None:
        """Ask it to end."""
        if self.child is not None and not self.ended:
            self.child.terminate()

    def wait(self, deadline: float) -> None:
        """Wait for its end until `deadline`, by the monotonic clock; then it is ended with all it has started."""
        if self.child is None:
            return
        try:
            self.child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()
