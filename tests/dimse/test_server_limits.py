"""Peers that are too many, too slow, silent or gone, and a node that stops (fault F12)."""
from __future__ import annotations

import gc
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from scanhouse.dimse import conversation
from scanhouse.dimse import server as server_module
from scanhouse.dimse.seats import STANDING_PLACES_PER_ADDRESS
from scanhouse.dimse.status import Status
from scanhouse.dimse.upper import Rejection
from scanhouse.dimse.upper.pdu import Abort, AssociateAccept, AssociateReject, ReleaseResponse
from tests.dimse.requestor import INSTANCE, RELEASE, Peer, echo, read_response, request, status, store
from tests.waiting import until

DATA = bytes(range(256)) * 1000
BUSY = AssociateReject(*Rejection.LOCAL_LIMIT_EXCEEDED.value)


@pytest.mark.parametrize("limit", [{"max_associations": 3}, {"max_associations_per_address": 3}])
def test_one_association_too_many_is_asked_to_come_back(serve, join, limit):
    server = serve(**limit)
    peers = [join(server) for _ in range(3)]
    with Peer(server.port) as late:
        assert late.ask(request()) == BUSY and BUSY.result == 2
    assert peers[0].ask(RELEASE) == ReleaseResponse()
    peers[0].socket.close()
    until(lambda: server.associations == 2)
    join(server)


def test_connections_without_an_association_are_bounded_too(serve):
    server = serve(max_associations_per_address=2, artim_seconds=30)
    idle = [Peer(server.port) for _ in range(2 + STANDING_PLACES_PER_ADDRESS)]
    with Peer(server.port) as late:
        assert late.closed()
    for peer in idle:
        peer.socket.close()


def test_connections_turned_away_do_not_fill_the_log(serve, caplog, monkeypatch):
    monkeypatch.setattr(server_module, "TURNED_AWAY_SECONDS", 600.0)
    server = serve(max_associations_per_address=1, artim_seconds=30)
    idle = [Peer(server.port) for _ in range(1 + STANDING_PLACES_PER_ADDRESS)]
    for _ in range(100):
        with Peer(server.port) as late:
            assert late.closed()
    assert sum("turned away" in line for line in caplog.messages) == 1
    for peer in idle:
        peer.socket.close()


def test_a_caller_that_sends_no_request_is_let_go(serve):
    with Peer(serve(artim_seconds=0.5).port) as peer:
        assert peer.closed()


def test_a_request_that_comes_drop_by_drop_is_let_go(serve):
    server = serve(artim_seconds=0.7)
    began = time.monotonic()
    with Peer(server.port) as peer, pytest.raises(OSError):
        for byte in request() * 100:
            peer.send(bytes([byte]))
            time.sleep(0.1)
    assert time.monotonic() - began < len(request()) * 0.1 - 5  # before the first request could be whole, after 32 s
    until(lambda: server.connections == 0)


def test_a_silent_association_is_aborted(serve, join):
    server = serve(idle_seconds=0.5)
    peer = join(server)
    assert peer.receive() == Abort(0, 0)
    until(lambda: server.associations == 0)


def test_an_association_that_verifies_now_and_then_is_kept(serve, join, clock):
    peer = join(serve(idle_seconds=60))
    for _ in range(4):
        clock.passes(40)
        assert peer.ask_status(echo()) == 0


def test_a_sender_that_stops_within_an_object_is_aborted(serve, join, kept):
    peer = join(serve(idle_seconds=0.5))
    peer.send(store(DATA)[:-1])
    assert peer.receive() == Abort(0, 0)
    until(lambda: kept.abandoned == [INSTANCE])


def test_a_sender_slower_than_the_least_rate_is_aborted(serve, join, kept):
    """It never pauses for as long as the idle limit, but each PDU brings one byte."""
    server = serve(idle_seconds=0.8, min_bytes_per_second=1000)
    peer = join(server)
    whole = store(DATA[:200], max_pdu=7)
    with pytest.raises((OSError, EOFError)):
        for start in range(0, len(whole), 13):
            peer.send(whole[start:start + 13])
            time.sleep(0.05)
    until(lambda: server.associations == 0)
    assert kept.objects == {}


def test_a_peer_that_does_not_take_its_answers_is_let_go(serve, join):
    server = serve(idle_seconds=0.5)
    peer = join(server)
    many = echo() * 500
    with pytest.raises(OSError):
        while True:
            peer.send(many)
    until(lambda: server.connections == 0)


def test_a_slow_sender_that_keeps_the_least_rate_is_served(serve, join, kept, clock):
    """Each of its PDUs of some 1000 bytes comes almost a second after the one before; all of them take longer than one may be idle."""
    written = []
    kept.on_write = written.append
    peer = join(serve(idle_seconds=15, min_bytes_per_second=1000))
    whole = store(DATA[:20000], max_pdu=1000)
    head, *parts = [whole[start:start + size] for start, size in places(whole)]
    peer.send(head)
    for number, one in enumerate(parts):
        until(lambda number=number: len(written) == number)
        clock.passes(0.9)
        peer.send(one)
    assert status(read_response(peer.receive())) == 0 and kept.objects[INSTANCE] == DATA[:20000]


def test_a_long_commit_does_not_count_as_idle(serve, join, kept, clock):
    kept.on_commit = lambda request: clock.passes(600) or Status(0)
    peer = join(serve(idle_seconds=60))
    assert peer.ask_status(store(DATA)) == 0
    assert peer.ask(RELEASE) == ReleaseResponse()


def test_a_stop_lets_the_running_object_finish_and_then_aborts(serve, join, kept):
    release = threading.Event()
    kept.on_commit = lambda request: release.wait(60) and Status(0)
    server = serve(grace_seconds=4)
    peer = join(server)
    peer.send(store(DATA))
    until(lambda: kept.requests)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    until(lambda: refuses(server.port))
    release.set()
    assert status(read_response(peer.receive())) == 0
    with suppress(OSError):  # its end of the connection may be closed already
        peer.send(store(DATA, instance="1.2.9"))
    assert peer.receive() == Abort(0, 0)
    stopping.join(60)
    assert not stopping.is_alive() and list(kept.objects) == [INSTANCE]


def test_after_a_stop_a_caller_between_objects_may_still_release(serve, join, monkeypatch):
    monkeypatch.setattr(conversation, "TICK_SECONDS", 3.0)  # the time that it has for that
    server = serve(grace_seconds=60)
    peer = join(server)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    assert peer.ask(RELEASE) == ReleaseResponse()
    stopping.join(60)
    assert not stopping.is_alive()


def test_after_a_stop_a_caller_has_a_whole_tick_however_long_it_was_silent_before(serve, join, monkeypatch):
    monkeypatch.setattr(conversation, "TICK_SECONDS", 3.0)
    server = serve(grace_seconds=60)
    peer = join(server)
    time.sleep(2.5)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    time.sleep(1.0)  # the tick in which the stop came is over
    assert peer.ask(RELEASE) == ReleaseResponse()
    stopping.join(60)


def test_a_stop_does_not_wait_for_an_object_beyond_the_grace(serve, join, kept, clock):
    server = serve(grace_seconds=120, idle_seconds=100_000)
    peer = join(server)
    peer.send(store(DATA)[:-1])
    until(lambda: kept.requests)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    until(lambda: clock.passes(1) or not stopping.is_alive())  # else it would wait for two minutes
    assert kept.abandoned == [INSTANCE]


def test_two_nodes_can_share_a_port_when_asked_to(kept):
    from scanhouse.dimse.doors import Admission
    from scanhouse.dimse.server import Server
    first = Server("127.0.0.1", 0, admit=lambda caller: Admission(), open_sink=kept.open_sink, reuse_port=True)
    first.start()
    second = Server("127.0.0.1", first.port, admit=lambda caller: Admission(), open_sink=kept.open_sink, reuse_port=True)
    second.start()
    first.stop()
    with Peer(second.port) as peer:
        assert isinstance(peer.ask(request()), AssociateAccept)
    second.stop()


def test_bad_peers_by_the_hundred_are_reclaimed_and_memory_stays_flat(serve, join, kept):
    server = serve(idle_seconds=5)
    threads, chance = threading.active_count(), random.Random(12)
    wrong = [b"", b"\xff" * 50, request()[:60], request() + b"\x99" * 20, request() + store(DATA)[:5000], request() + echo(99),
             b"\x01\x00\x7f\xff\xff\xff", b"\x04\x00\x00\x03\xff\xff" + bytes(1000)]

    def round_of(count: int) -> int:
        for _ in range(count):
            with socket.create_connection(("127.0.0.1", server.port)) as peer:
                peer.sendall(chance.choice(wrong))
        until(lambda: server.connections == 0)
        gc.collect()
        return psutil.Process().memory_info().rss
    before = round_of(150)
    after = round_of(300)
    assert after - before < 8 << 20
    until(lambda: threading.active_count() <= threads)
    assert join(server).ask_status(store(DATA)) == 0 and list(kept.objects) == [INSTANCE]


def test_an_object_of_any_size_needs_no_memory_of_its_size(serve, join, kept):
    class Counting:
        size = 0
        def begin(self, request):
            return self
        def write(self, parts):
            Counting.size += sum(map(len, parts))
        def commit(self):
            return Status(0)
        def abandon(self):
            raise AssertionError("it was complete")
        def close(self):
            return None
    peer = join(serve(open_sink=lambda caller, context: Counting()))
    block = store(bytes(131066 * 20))
    before = psutil.Process().memory_info().rss
    head, data = block[:len(block) - 20 * 131078], block[len(block) - 20 * 131078:]
    endless = bytearray(data)
    endless[-131078 + 11] = 0  # not the last fragment
    peer.send(head)
    for _ in range(99):
        peer.send(endless)
    assert peer.ask_status(data) == 0
    assert Counting.size == 100 * 20 * 131066
    assert psutil.Process().memory_info().rss - before < 8 << 20


def places(whole: bytes) -> Iterator[tuple[int, int]]:
    """Where each PDU begins, and its length."""
    start = 0
    while start < len(whole):
        size = 6 + int.from_bytes(whole[start + 2:start + 6], "big")
        yield start, size
        start += size


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return True
    return False
