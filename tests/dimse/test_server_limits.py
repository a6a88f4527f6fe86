"""Peers that are too many, too slow, silent or gone, and a node that stops (fault F12)."""
from __future__ import annotations

import gc
import random
import socket
import threading
import time

import psutil
import pytest

from scanhouse.dimse.seats import STANDING_PLACES_PER_ADDRESS
from scanhouse.dimse.status import Status
from scanhouse.dimse.upper import Rejection
from scanhouse.dimse.upper.pdu import Abort, AssociateAccept, AssociateReject, ReleaseResponse
from tests.dimse.requestor import INSTANCE, RELEASE, Peer, echo, read_response, request, status, store
from tests.dimse.waiting import until

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


def test_connections_turned_away_do_not_fill_the_log(serve, caplog):
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
            time.sleep(0.02)
    assert time.monotonic() - began < 5
    until(lambda: server.connections == 0)


def test_a_silent_association_is_aborted(serve, join):
    server = serve(idle_seconds=0.5)
    peer = join(server)
    assert peer.receive() == Abort(0, 0)
    until(lambda: server.associations == 0)


def test_an_association_that_verifies_now_and_then_is_kept(serve, join):
    peer = join(serve(idle_seconds=2.0))
    for _ in range(4):
        time.sleep(0.7)
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


def test_a_slow_sender_that_keeps_the_least_rate_is_served(serve, join, kept):
    peer = join(serve(idle_seconds=1.5, min_bytes_per_second=1000))
    whole = store(DATA[:20000], max_pdu=1000)
    for start in range(0, len(whole), 1012):
        peer.send(whole[start:start + 1012])
        time.sleep(0.1)
    assert status(read_response(peer.receive())) == 0 and kept.objects[INSTANCE] == DATA[:20000]


def test_a_long_commit_does_not_count_as_idle(serve, join, kept):
    kept.on_commit = lambda request: time.sleep(1.0) or Status(0)
    peer = join(serve(idle_seconds=0.5))
    assert peer.ask_status(store(DATA)) == 0
    assert peer.ask(RELEASE) == ReleaseResponse()


def test_a_stop_lets_the_running_object_finish_and_then_aborts(serve, join, kept):
    release = threading.Event()
    kept.on_commit = lambda request: release.wait(5) and Status(0)
    server = serve(grace_seconds=4)
    peer = join(server)
    peer.send(store(DATA))
    until(lambda: kept.requests)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    until(lambda: refuses(server.port))
    release.set()
    assert status(read_response(peer.receive())) == 0
    assert peer.ask(store(DATA, instance="1.2.9")) == Abort(0, 0)
    stopping.join(5)
    assert not stopping.is_alive() and list(kept.objects) == [INSTANCE]


def test_after_a_stop_a_caller_between_objects_may_still_release(serve, join):
    server = serve()
    peer = join(server)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    assert peer.ask(RELEASE) == ReleaseResponse()
    stopping.join(5)
    assert not stopping.is_alive()


def test_a_stop_does_not_wait_for_an_object_beyond_the_grace(serve, join, kept):
    server = serve(grace_seconds=0.5, idle_seconds=60)
    peer = join(server)
    peer.send(store(DATA)[:-1])
    until(lambda: kept.requests)
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 2.5 and kept.abandoned == [INSTANCE]


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


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return True
    return False
