"""granian with a limit for readers that stop reading, and with workers that never stay behind.

A download to a reader that stops would hold a thread of the web process for good. A worker that nobody knows of any more would go on
answering a part of the requests, as it shares its port with those of the next start.
"""
from __future__ import annotations

import os
import signal
import socket
import sys
from typing import Any

from granian.net import SocketHolder, SocketSpec  # type: ignore[attr-defined]  # it has them, and does not say so
from granian.server.mp import MPServer

from scanhouse.ops.children import ending_with_us

ENDING = frozenset({signal.SIGTERM, signal.SIGINT})
NO_PROGRESS = 60.0
"""Seconds after which the kernel ends a connection whose other side takes nothing of what is sent to it."""


class Server(MPServer):
    """As granian, but each worker listens on a socket that was made here, so that its options are ours; connections inherit them.

    A worker that is started in place of one that died takes its socket over, with the connections that wait in it.
    """

    _listening: tuple[SocketHolder, ...] = ()

    def startup(self, *args: Any, **kwargs: Any) -> None:
        """As granian; every process that is forked from here on is a worker."""
        follow = ending_with_us(signal.SIGTERM)

        def begin() -> None:
            # Granian's handler in the main process only notes a signal; inherited, it would lose one that comes while the worker loads.
            for signum in ENDING:
                signal.signal(signum, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
            if follow is not None:
                follow()

        os.register_at_fork(after_in_child=begin)
        super().startup(*args, **kwargs)  # type: ignore[no-untyped-call]

    def _init_shared_socket(self) -> None:
        if sys.platform != "linux":  # only Linux knows the option, and granian has another way elsewhere
            super()._init_shared_socket()
            return
        self._ssp = self._sso = None
        # One for each worker, all on one port (SO_REUSEPORT): the kernel spreads connections over them evenly.
        self._listening = tuple(_limited(SocketSpec(self.bind_addr, self.bind_port, self.backlog).build()) for _ in range(self.workers))

    def _spawn_worker(self, idx: int, *args: Any, **kwargs: Any) -> Any:  # as granian has it
        if self._listening:
            self._shd = self._listening[idx]  # type: ignore[assignment]  # as it does elsewhere
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)  # until the worker has handlers of its own
        try:
            return super()._spawn_worker(idx, *args, **kwargs)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def _limited(holder: SocketHolder) -> SocketHolder:
    """The listening socket, with the limit also for peers whose window is closed (tcp(7), TCP_USER_TIMEOUT)."""
    with socket.socket(fileno=os.dup(holder.get_fd())) as same:
        same.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(NO_PROGRESS * 1000))
    return holder
