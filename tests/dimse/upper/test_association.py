"""Two ends in memory: bytes of a requestor in, events and answering bytes out. Time and sockets do not occur."""
from __future__ import annotations

import pytest
from fuzz.pdus import damaged, transcripts
from hypothesis import given, settings
from hypothesis import strategies as st

from scanhouse.dimse.abstract_syntaxes import accepts
from scanhouse.dimse.upper import (
    Aborted,
    Association,
    AssociationRequested,
    Fragment,
    ImpossibleMove,
    ProtocolError,
    Rejection,
    ReleaseRequested,
    State,
    pdu,
)
from scanhouse.dimse.upper.pdu import Abort, AssociateAccept, AssociateReject, ReleaseResponse
from tests.dimse.requestor import ABORT, RELEASE, echo, feed, read_all, request, store

DATA = bytes(range(256)) * 100


def opened() -> Association:
    association = Association(accepts)
    feed(association, request())
    association.outgoing()
    return association


def test_an_association_runs_from_request_to_release():
    association = Association(accepts)
    (requested,) = feed(association, request())
    assert isinstance(requested, AssociationRequested) and requested.request.calling_ae == "SCANNER"
    (accepted,) = read_all(association.outgoing())
    assert isinstance(accepted, AssociateAccept) and association.state is State.ESTABLISHED

    fragments = feed(association, store(DATA, max_pdu=1000))
    assert b"".join(fragment.data for fragment in fragments if not fragment.is_command) == DATA

    association.send_command(3, b"answer")
    (answer,) = read_all(association.outgoing())
    assert (answer.context_id, answer.is_command, bytes(answer.data)) == (3, True, b"answer")

    assert feed(association, RELEASE) == [ReleaseRequested()]
    association.release()
    assert read_all(association.outgoing()) == [ReleaseResponse()]
    assert association.over and association.artim and not association.closed
    assert association.connection_lost() is None and association.closed


def test_a_rejection_is_sent_and_ends_the_association():
    association = Association(accepts)
    feed(association, request(), accept=False)
    association.reject(Rejection.CALLING_AE_NOT_RECOGNIZED)
    assert read_all(association.outgoing()) == [AssociateReject(1, 1, 3)]
    assert association.over and association.artim


def test_a_request_of_another_protocol_version_is_rejected_without_asking_anybody():
    association = Association(accepts)
    wrong = bytearray(request())
    wrong[7] = 2
    assert feed(association, bytes(wrong)) == []
    assert read_all(association.outgoing()) == [AssociateReject(1, 2, 2)]


def test_an_abort_of_the_peer_is_told_with_its_source():
    association = opened()
    assert feed(association, ABORT + echo()) == [Aborted(0, 0)]
    assert association.closed and association.outgoing() == b""


def test_a_lost_connection_is_an_abort_only_where_an_association_was():
    assert opened().connection_lost() == Aborted(None)
    assert Association(accepts).connection_lost() is None


@pytest.mark.parametrize("sent", [request(), bytes.fromhex("0600 00000004 00000000"), bytes.fromhex("0300 00000004 00010103")])
def test_a_pdu_out_of_turn_aborts_the_association(sent):
    association = opened()
    assert feed(association, sent + echo()) == [Aborted(2, 2)]
    assert read_all(association.outgoing()) == [Abort(2, 2)] and association.over


@pytest.mark.parametrize("sent", [echo(), RELEASE, bytes.fromhex("0600 00000004 00000000")])
def test_anything_but_a_request_at_first_is_aborted_without_an_event(sent):
    association = Association(accepts)
    assert feed(association, sent) == []
    assert read_all(association.outgoing()) == [Abort(0, 0)] and association.over


@pytest.mark.parametrize(("sent", "reason"), [
    (b"GET / HTTP/1.1\r\n\r\n", 1),
    (bytes.fromhex("0400 7fffffff"), 6),
    (bytes.fromhex("0400 00000000"), 6),
    (echo(99), 6),
])
def test_what_is_no_protocol_is_answered_by_an_abort_and_the_rest_is_not_read(sent, reason):
    association = opened()
    with pytest.raises(ProtocolError):
        feed(association, sent)
    assert read_all(association.outgoing()) == [Abort(2, reason)]
    assert feed(association, b"\0" * 1000 + request()) == [] and association.outgoing() == b""


def test_events_before_the_error_are_given_first():
    association, events = opened(), []
    with pytest.raises(ProtocolError):
        for event in association.receive(memoryview(echo() + b"\xff" * 6)):
            events.append(event)
    assert len(events) == 1 and isinstance(events[0], Fragment)


def test_the_longest_pdu_is_awaited_whole_and_not_a_byte_more():
    association = opened()
    whole = pdu.encode_data(3, bytes(pdu.MAX_PDU - 6), is_command=False, max_pdu=0)
    assert list(association.receive(memoryview(whole)[:-1])) == []
    assert (association.consumed, association.wanted) == (0, len(whole))


def test_the_timer_ends_a_silent_caller_and_one_that_does_not_close():
    silent = Association(accepts)
    assert silent.artim
    silent.artim_expired()
    assert silent.closed

    association = opened()
    association.artim_expired()
    assert association.state is State.ESTABLISHED
    association.abort()
    association.artim_expired()
    assert association.closed


def test_an_abort_of_ours_is_sent_once():
    association = opened()
    association.abort()
    association.abort()
    assert read_all(association.outgoing()) == [Abort(0, 0)]


def test_sending_on_an_association_that_is_over_is_a_defect_of_ours():
    association = opened()
    association.abort()
    with pytest.raises(ImpossibleMove):
        association.send_command(1, b"late")


def test_a_peer_that_goes_on_before_our_answer_is_aborted():
    association = Association(accepts)
    events = feed(association, request() + echo(), accept=False)
    assert [type(event) for event in events] == [AssociationRequested, Aborted]
    assert read_all(association.outgoing()) == [Abort(2, 2)]


def outcome(data: bytes, step: int | None) -> tuple[list[object], bytes, State]:
    """Events, what an error said, bytes out and end state of an acceptor that is given `data`."""
    association, events = Association(accepts), []
    pending = b""
    for start in range(0, len(data), step or len(data) or 1):
        pending += data[start:start + (step or len(data))]
        try:
            for event in association.receive(memoryview(pending)):
                events.append(event._replace(data=bytes(event.data)) if isinstance(event, Fragment) else event)
                if isinstance(event, AssociationRequested):
                    association.accept()
                elif isinstance(event, ReleaseRequested):
                    association.release()
        except ProtocolError as error:
            events.append(str(error))
        pending = pending[association.consumed:]
    return events, association.outgoing(), association.state


@settings(max_examples=300, deadline=None)
@given(transcripts(), st.integers(1, 40))
def test_it_makes_no_difference_how_the_bytes_are_cut(data, step):
    assert outcome(data, None) == outcome(data, 1) == outcome(data, step)


@settings(max_examples=500, deadline=None)
@given(damaged())
def test_damaged_bytes_give_events_or_an_abort_however_they_are_cut(data):
    assert outcome(data, None) == outcome(data, 1)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_at_all_give_events_or_an_abort(data):
    events, sent, state = outcome(data, None)
    if any(isinstance(event, str) for event in events):
        assert any(isinstance(answer, Abort) for answer in read_all(sent)) and state is State.AWAITING_CLOSE
