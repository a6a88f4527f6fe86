"""Logs of child processes. They are turned over when a process starts: while one runs it holds its file open."""
from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

LARGE = 20 << 20
"""Bytes from which a log is put aside. One older log is kept, beside it with `.1` after its name."""


def appending(log: Path) -> BinaryIO:
    """The log, open to be gone on with; a new one if it had grown large. Raises `OSError` where it cannot be opened."""
    with suppress(OSError):  # not there yet; or it cannot be put aside, and then is gone on with
        if log.stat().st_size >= LARGE:
            log.replace(log.with_name(f"{log.name}.1"))
    return open(log, "ab")
