"""The node on a real socket, spoken to byte by byte."""
from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from scanhouse.dimse import messages
from scanhouse.dimse.doors import Admission
from scanhouse.dimse.messages import CommandField
from scanhouse.dimse.status import Status
from scanhouse.dimse.upper import Fragment, Rejection, pdu
from scanhouse.dimse.upper.pdu import Abort, AssociateReject, ReleaseResponse
from scanhouse.errors import Broken, Busy, Invalid
from tests.dimse.requestor import ABORT, EXPLICIT, INSTANCE, MR, RELEASE, Peer, command, echo, read_response, request, status, store
from tests.waiting import until

DATA = bytes(range(256)) * 1000


def test_an_object_is_stored_as_it_was_sent(serve, join, kept):
    peer = join(serve())
    assert peer.ask_status(store(DATA)) == 0
    assert kept.objects == {INSTANCE: DATA}
    (asked,) = kept.requests
    assert (asked.sop_class_uid, asked.context.transfer_syntax) == (MR, EXPLICIT)
    assert peer.ask(RELEASE) == ReleaseResponse() and peer.closed()
    until(lambda: kept.closed == 1)


@pytest.mark.parametrize("max_pdu", [7, 100, 4096, 16384, 131072, 262144])
def test_objects_come_in_pdus_of_any_size(serve, join, kept, max_pdu):
    peer = join(serve())
    assert peer.ask_status(store(DATA[:20000] if max_pdu < 100 else DATA * 4, max_pdu=max_pdu)) == 0
    assert kept.objects[INSTANCE] == (DATA[:20000] if max_pdu < 100 else DATA * 4)


def test_bytes_may_come_one_by_one(serve, join, kept):
    peer = join(serve())
    for byte in store(b"small"):
        peer.send(bytes([byte]))
    assert status(read_response(peer.receive())) == 0 and kept.objects == {INSTANCE: b"small"}


def test_a_caller_may_send_several_messages_without_waiting(serve, join, kept):
    peer = join(serve())
    peer.send(b"".join(store(DATA, message_id=at, instance=f"1.2.{at}") + echo(message_id=at + 10) for at in range(1, 6)))
    answered = [int.from_bytes(read_response(peer.receive())[messages.MESSAGE_ID_RESPONDED_TO], "little") for _ in range(10)]
    assert answered == [1, 11, 2, 12, 3, 13, 4, 14, 5, 15] and len(kept.objects) == 5


def test_an_answer_is_cut_to_what_the_caller_takes(serve, join):
    peer = join(serve(), max_pdu=20)
    peer.send(echo())
    parts = [peer.receive()]
    while not parts[-1].is_last:
        parts.append(peer.receive())
    whole = Fragment(1, True, True, memoryview(b"".join(part.data for part in parts)))
    assert len(parts) > 3 and status(read_response(whole)) == 0


def test_a_request_for_another_service_is_answered_and_the_association_goes_on(serve, join):
    peer = join(serve())
    find = command(CommandField.C_FIND_RQ, data_set=True)
    asked = pdu.encode_data(3, find, is_command=True, max_pdu=0) + pdu.encode_data(3, b"identifier", is_command=False, max_pdu=0)
    assert peer.ask_status(asked) == 0x0211
    assert peer.ask_status(echo()) == 0


@pytest.mark.parametrize(("asked", "code"), [
    (store(b"x", context_id=1), 0x0122),
    (store(b"x", instance=""), 0x0117),
    (store(b"x", instance="../../etc/passwd"), 0x0117),
    (store(b"x", sop_class=""), 0xC000),
    (pdu.encode_data(3, command(CommandField.C_STORE_RQ, data_set=False), is_command=True, max_pdu=0), 0xC000),
], ids=["verification context", "no instance UID", "a path as UID", "no class UID", "no data set"])
def test_a_store_request_that_cannot_be_is_refused_and_the_association_goes_on(serve, join, kept, asked, code):
    peer = join(serve())
    assert peer.ask_status(asked) == code
    assert peer.ask_status(store(DATA)) == 0 and list(kept.objects) == [INSTANCE]


@pytest.mark.parametrize(("error", "code"), [
    (Busy("The disk is full"), 0xA700), (Invalid("No study UID"), 0xC000), (Broken("fsync failed"), 0x0110), (ZeroDivisionError(), 0x0110),
    (MemoryError(), 0xA700),
])
@pytest.mark.parametrize("where", ["on_begin", "on_write", "on_commit"])
def test_an_object_that_cannot_be_stored_is_refused_and_the_next_one_is_not(serve, join, kept, where, error, code):
    def fail(_: object) -> Status:
        raise error
    good = getattr(kept, where)
    setattr(kept, where, fail)
    peer = join(serve())
    answer = peer.ask(store(DATA * 5, instance="1.2.1"))
    assert status(read_response(answer)) == code and messages.ERROR_COMMENT in read_response(answer)
    setattr(kept, where, good)
    assert peer.ask_status(store(DATA, instance="1.2.2")) == 0
    assert list(kept.objects) == ["1.2.2"] and kept.abandoned == (["1.2.1"] if where == "on_write" else [])


def test_an_object_beyond_the_limit_is_read_to_its_end_and_refused(serve, join, kept):
    peer = join(serve(max_object_bytes=len(DATA)))
    assert peer.ask_status(store(DATA + b"x", instance="1.2.1")) == 0xC000
    assert peer.ask_status(store(DATA, instance="1.2.2")) == 0
    assert list(kept.objects) == ["1.2.2"] and kept.abandoned == ["1.2.1"]


def test_a_status_of_the_sink_is_passed_on_with_its_comment(serve, join, kept):
    kept.on_commit = lambda request: Status(0xB000, "Coerced")
    answer = read_response(join(serve()).ask(store(DATA)))
    assert status(answer) == 0xB000 and answer[messages.ERROR_COMMENT].rstrip(b"\0") == b"Coerced"


@pytest.mark.parametrize(("rejection", "numbers"), [
    (Rejection.CALLING_AE_NOT_RECOGNIZED, (1, 1, 3)), (Rejection.CALLED_AE_NOT_RECOGNIZED, (1, 1, 7)),
])
def test_a_refused_caller_is_told_why(serve, rejection, numbers):
    callers = []
    server = serve(admit=lambda caller: callers.append(caller) or Admission(rejection))
    with Peer(server.port) as peer:
        assert peer.ask(request(calling="STRANGER", called="NOBODY")) == AssociateReject(*numbers)
        assert peer.closed()
    assert [(caller.calling_ae, caller.called_ae, caller.address) for caller in callers] == [("STRANGER", "NOBODY", "127.0.0.1")]


@pytest.mark.parametrize("error", [Busy("The database is away"), ZeroDivisionError()])
def test_a_caller_that_cannot_be_judged_now_is_asked_to_try_again(serve, error):
    def fail(caller: object) -> Admission:
        raise error
    with Peer(serve(admit=fail).port) as peer:
        assert peer.ask(request()) == AssociateReject(*Rejection.TEMPORARY_CONGESTION.value)


def test_an_abort_in_the_middle_leaves_nothing_behind(serve, join, kept):
    server = serve()
    peer = join(server)
    whole = store(DATA, max_pdu=1000)
    peer.send(whole[:-(len(DATA) % 994 + 12)] + ABORT)
    until(lambda: kept.abandoned == [INSTANCE] and server.connections == 0)
    assert kept.objects == {} and kept.closed == 1


def test_a_connection_lost_in_the_middle_leaves_nothing_behind(serve, join, kept):
    server = serve()
    peer = join(server)
    peer.send(store(DATA)[:-1000])
    until(lambda: kept.requests)
    peer.socket.close()
    until(lambda: kept.abandoned == [INSTANCE] and server.associations == 0)
    assert kept.objects == {} and kept.closed == 1


def test_an_object_is_answered_only_after_it_is_durable(serve, join, kept):
    durable = threading.Event()
    kept.on_commit = lambda request: durable.wait(60) and Status(0)
    peer = join(serve())
    peer.send(store(DATA))
    peer.socket.settimeout(0.3)
    with pytest.raises(TimeoutError):
        peer.receive()
    durable.set()
    peer.socket.settimeout(60)
    assert status(read_response(peer.receive())) == 0


def test_one_slow_commit_does_not_hold_up_the_others(serve, join, kept):
    """Eight associations, none of whose commits ends before all eight have begun: one after another they would never end."""
    together = threading.Barrier(8)

    def commit_together(_: object) -> Status:
        together.wait(60)
        return Status(0)

    kept.on_commit = commit_together
    server = serve()
    peers = [join(server) for _ in range(8)]

    def send(number: int) -> list[int]:
        return [peers[number].ask_status(store(DATA, instance=f"1.{number}.{at}")) for at in range(10)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(send, range(8))) == [[0] * 10] * 8
    assert len(kept.objects) == 80


def test_garbage_is_answered_by_an_abort(serve):
    with Peer(serve().port) as peer:
        assert peer.ask(b"GET / HTTP/1.1\r\nHost: scanhouse\r\n\r\n") == Abort(0, 0)
        assert peer.closed()
