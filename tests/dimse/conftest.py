from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from scanhouse.dimse.doors import Admission, Limits
from scanhouse.dimse.server import Server
from tests.dimse.requestor import Peer, request
from tests.dimse.sinks import Kept

# Short enough for tests to wait for, long enough for a machine that is busy.
QUICK = Limits(artim_seconds=1.0, idle_seconds=1.5, close_seconds=1.0, grace_seconds=3.0)


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def serve(kept: Kept) -> Iterator[Callable[..., Server]]:
    """Start a node on a free port: `serve(admit=..., open_sink=..., idle_seconds=...)`. Stopped when the test ends."""
    with ExitStack() as stack:
        def start(*, admit: Any = lambda caller: Admission(), open_sink: Any = kept.open_sink, **limits: Any) -> Server:
            server = Server("127.0.0.1", 0, admit=admit, open_sink=open_sink, limits=replace(QUICK, **limits))
            server.start()
            stack.callback(server.stop)
            return server
        yield start


@pytest.fixture
def join() -> Iterator[Callable[..., Peer]]:
    """Open an association with a node: `join(server)`; closed when the test ends."""
    with ExitStack() as stack:
        def associate(server: Server, **parts: Any) -> Peer:
            peer = stack.enter_context(Peer(server.port))
            answer = peer.ask(request(**parts))
            assert type(answer).__name__ == "AssociateAccept", answer
            return peer
        yield associate
