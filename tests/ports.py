"""Free ports that stay free until they are used: nobody is given one twice, in whatever process of whatever run."""
from __future__ import annotations

import errno
import fcntl
import os
import random
import socket
import tempfile
from functools import cache
from pathlib import Path

RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST, HIGHEST = 10_000, 32_000
"""Below the ports from which the system takes one for each outgoing connection: such a connection would hold what was free a moment ago."""
_ours: set[int] = set()


def free_port() -> int:
    """A TCP port on which nothing listens. It is this process's until that ends, whether somebody listens on it or not."""
    highest = min(HIGHEST, int(RANGE.read_text().split()[0]) - 1) if RANGE.exists() else HIGHEST
    for port in random.SystemRandom().sample(range(min(LOWEST, highest // 2), highest), 1000):
        if port not in _ours and _reserved(port) and _listens_to_nobody(port):
            _ours.add(port)
            return port
    raise AssertionError("no free port was found")


@cache
def _book() -> int:
    """A file of which each byte stands for a port; who has locked it has the port. The lock ends with the process."""
    return os.open(Path(tempfile.gettempdir()) / f"scanhouse-test-ports-{os.getuid()}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _reserved(port: int) -> bool:
    try:
        fcntl.lockf(_book(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN):
            return False
        raise
    return True


def _listens_to_nobody(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
