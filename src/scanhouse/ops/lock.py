"""The lock on a data folder: two houses over the same state would step on each other."""
from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scanhouse.errors import Conflict


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Be the only `scanhouse up` over a data folder, which is made if need be. Raises `Conflict` if there is another one."""
    data.mkdir(parents=True, exist_ok=True)
    with open(data / "lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(f"Another `scanhouse up` runs over {data}. Stop it, or choose another --data.") from None
        yield
