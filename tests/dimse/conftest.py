from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from scanhouse.dimse import conversation
from scanhouse.dimse.doors import Admission, Limits
from scanhouse.dimse.server import Server
from tests.dimse.requestor import Peer, request
from tests.dimse.sinks import Kept

# Nobody is given up here because the machine is busy: a test of one limit makes that one short, or lets a clock of its own run.
PATIENT = Limits(artim_seconds=60.0, idle_seconds=60.0, close_seconds=1.0, grace_seconds=3.0)


class Clock:
    """What conversations take for the time: it stands still until a test lets it pass."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(conversation, "time", clock)
    return clock


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def serve(kept: Kept) -> Iterator[Callable[..., Server]]:
    """Start a node on a free port: `serve(admit=..., open_sink=..., idle_seconds=...)`. Stopped when the test ends."""
    with ExitStack() as stack:
        def start(*, admit: Any = lambda caller: Admission(), open_sink: Any = kept.open_sink, **limits: Any) -> Server:
            server = Server("127.0.0.1", 0, admit=admit, open_sink=open_sink, limits=replace(PATIENT, **limits))
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
