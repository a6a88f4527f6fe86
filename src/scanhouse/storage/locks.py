"""The gate between keeping and deleting: many keepers at once, or one deleter, across all processes on the store."""
from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scanhouse.storage.disks import answering


@contextmanager
def shared(path: Path) -> Iterator[None]:
    """Hold the gate together with others: objects are added, none is taken away meanwhile."""
    with _held(path, fcntl.LOCK_SH):
        yield


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the gate alone: what is found absent or old stays so until the block ends."""
    with _held(path, fcntl.LOCK_EX):
        yield


@contextmanager
def _held(path: Path, kind: int) -> Iterator[None]:
    # A handle per holder: flock belongs to the open file, so threads that shared one would release each other's lock.
    # A killed process lets go by itself, as the kernel closes its files.
    with answering("lock the store", path.parent):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with answering("lock the store", path.parent):
            fcntl.flock(handle, kind)
        yield
    finally:
        os.close(handle)
