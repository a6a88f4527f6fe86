"""The gate between keeping and deleting: many keepers at once, or one deleter, across all processes on the store."""
from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from scanhouse.storage.disks import refusal


def shared(path: Path) -> AbstractContextManager[None]:
    """Hold the gate together with others: objects are added, none is taken away meanwhile."""
    return _held(path, fcntl.LOCK_SH)


def exclusive(path: Path) -> AbstractContextManager[None]:
    """Hold the gate alone: what is found absent or old stays so until the block ends."""
    return _held(path, fcntl.LOCK_EX)


@contextmanager
def _held(path: Path, kind: int) -> Iterator[None]:
    # A handle per holder: flock belongs to the open file, so threads that shared one would release each other's lock.
    # A killed process lets go by itself, as the kernel closes its files.
    handle = -1
    try:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(handle, kind)
        except OSError as error:
            raise refusal(error, "lock the store", path.parent) from error
        yield
    finally:
        if handle >= 0:
            os.close(handle)
