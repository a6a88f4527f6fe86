"""granian with a limit for readers that stop reading: a download to one of them would hold a thread of the web process for good."""
from __future__ import annotations

import os
import socket
import sys
from typing import Any

from granian.net import SocketHolder, SocketSpec  # type: ignore[attr-defined]  # it has them, and does not say so
from granian.server.mp import MPServer

NO_PROGRESS = 60.0
"""Seconds after which the kernel ends a connection whose other side takes nothing of what is sent to it."""


class Server(MPServer):
    """As granian, but each worker listens on a socket that was made here, so that its options are ours; connections inherit them.

    A worker that is started in place of one that died takes its socket over, with the connections that wait in it.
    """

    _listening: tuple[SocketHolder, ...] = ()

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
        return super()._spawn_worker(idx, *args, **kwargs)


def _limited(holder: SocketHolder) -> SocketHolder:
    """The listening socket, with the limit also for peers whose window is closed (tcp(7), TCP_USER_TIMEOUT)."""
    with socket.socket(fileno=os.dup(holder.get_fd())) as same:
        same.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(NO_PROGRESS * 1000))
    return holder
