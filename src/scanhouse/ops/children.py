"""Child processes that do not outlive their parent, also when it is killed."""
from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1  # prctl(2), Linux

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def ending_with_us(signum: int = signal.SIGTERM) -> Callable[[], None] | None:
    """What `subprocess` runs in the child (`preexec_fn`): the child gets `signum` when the thread that started it ends.

    None where the system cannot do that: then a killed parent leaves its children behind.
    """
    if _libc is None:
        return None
    libc, parent = _libc, os.getpid()

    def follow() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(signum))
        if os.getppid() != parent:  # it ended before we could ask to be told
            os.kill(os.getpid(), signum)

    return follow
