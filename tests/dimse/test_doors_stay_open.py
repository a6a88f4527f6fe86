"""A port answers the next caller whatever went wrong with one, and running messages get their grace whatever hangs."""
from __future__ import annotations

import os
import resource
import socket
import threading
from collections.abc import Callable

import pytest

from scanhouse.dimse.doors import Admission
from scanhouse.dimse.receiver import Configured, Receiver
from scanhouse.dimse.server import Server
from scanhouse.dimse.upper.pdu import AssociateAccept
from tests.dimse.conftest import PATIENT
from tests.dimse.requestor import Peer, request
from tests.dimse.sinks import Kept
from tests.ports import free_port
from tests.waiting import until


def test_a_defect_with_one_caller_leaves_the_port_open_for_the_next(serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve()
    enter = server.seats.enter
    failing = [True]

    def fail_once(address: str) -> bool:
        if failing:
            failing.pop()
            raise MemoryError
        return enter(address)

    monkeypatch.setattr(server.seats, "enter", fail_once)
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as first:
        assert first.recv(1) == b""  # it is closed, not left waiting
    with Peer(server.port) as peer:
        assert isinstance(peer.ask(request()), AssociateAccept)


def test_without_file_handles_a_port_is_not_opened_instead_of_being_opened_for_nobody(kept: Kept) -> None:
    server = Server("127.0.0.1", 0, admit=lambda caller: Admission(), open_sink=kept.open_sink, limits=PATIENT)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)  # the next free number: one more is enough for the listener, and nothing else
    os.close(lowest)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 1, hard))
        with pytest.raises(OSError, match="Too many open files"):
            server.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    server.start()
    try:
        with Peer(server.port) as peer:
            assert isinstance(peer.ask(request()), AssociateAccept)
    finally:
        server.stop()


def test_ports_are_closed_at_a_stop_although_the_configuration_hangs_and_it_opens_none_afterwards(kept: Kept) -> None:
    first, second = free_port(), free_port()
    read, hanging, go_on = [], threading.Event(), threading.Event()

    def read_receivers() -> list[Configured]:
        read.append(1)
        if len(read) == 1:
            return [Configured("ONE", first)]
        hanging.set()
        go_on.wait(120)
        return [Configured("ONE", first), Configured("TWO", second)]

    receiver = Receiver(read_receivers, lambda caller, configured: kept.open_sink(caller, None), limits=PATIENT, refresh_seconds=0.01)
    receiver.start()
    assert hanging.wait(60)
    stopping = threading.Thread(target=receiver.stop)
    stopping.start()
    try:
        until(lambda: not receiver.ports)
        until(lambda: not stopping.is_alive())
    finally:
        go_on.set()
    receiver._refresher.join(60)
    assert not receiver.ports
    for port in (first, second):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
