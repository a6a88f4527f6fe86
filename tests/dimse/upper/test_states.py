"""The table against PS3.8 table 9-10, read column by column (states) as printed there."""
from __future__ import annotations

import pytest

from scanhouse.dimse.upper.states import MOVES, Event, ImpossibleMove, Send, State, Tell, move

# Rows of PS3.8 table 9-10 for the states an acceptor can be in. "-" is an empty cell.
PRINTED = """
        Sta1  Sta2  Sta3  Sta6  Sta8  Sta13
Evt3    -     AA-1  AA-8  AA-8  AA-8  AA-6
Evt4    -     AA-1  AA-8  AA-8  AA-8  AA-6
Evt5    AE-5  -     -     -     -     -
Evt6    -     AE-6  AA-8  AA-8  AA-8  AA-7
Evt7    -     -     AE-7  -     -     -
Evt8    -     -     AE-8  -     -     -
Evt9    -     -     -     DT-1  AR-7  -
Evt10   -     AA-1  AA-8  DT-2  AA-8  AA-6
Evt12   -     AA-1  AA-8  AR-2  AA-8  AA-6
Evt13   -     AA-1  AA-8  AA-8  AA-8  AA-6
Evt14   -     -     -     -     AR-4  -
Evt15   -     -     AA-1  AA-1  AA-1  -
Evt16   -     AA-2  AA-3  AA-3  AA-3  AA-2
Evt17   -     AA-5  AA-4  AA-4  AA-4  AR-5
Evt18   -     AA-2  -     -     -     AA-2
Evt19   -     AA-1  AA-8  AA-8  AA-8  AA-7
"""
HEADER, *ROWS = [line.split() for line in PRINTED.strip().splitlines()]
CELLS = [(State(state), Event(row[0]), action) for row in ROWS for state, action in zip(HEADER, row[1:], strict=True)]


@pytest.mark.parametrize(("state", "event", "action"), CELLS, ids=lambda value: getattr(value, "value", value))
def test_each_cell_is_that_of_the_standard(state, event, action):
    assert MOVES[state, event].name == action if action != "-" else (state, event) not in MOVES


def test_the_table_has_every_state_and_event():
    assert {state for state, _, _ in CELLS} == set(State) and {event for _, event, _ in CELLS} == set(Event)


def test_a_move_that_is_not_in_the_table_is_a_defect_with_a_name():
    with pytest.raises(ImpossibleMove, match=r"AWAITING_REQUEST \(Sta2\) has no move for SEND_DATA \(Evt9\)"):
        move(State.AWAITING_REQUEST, Event.SEND_DATA)


def test_whatever_a_peer_sends_has_a_move_in_every_state_with_a_connection():
    from_peer = {Event.ACCEPT_RECEIVED, Event.REJECT_RECEIVED, Event.REQUEST_RECEIVED, Event.DATA_RECEIVED, Event.RELEASE_RECEIVED,
                 Event.RELEASED_RECEIVED, Event.ABORT_RECEIVED, Event.TRANSPORT_CLOSED, Event.INVALID_PDU}
    assert all((state, event) in MOVES for state in State if state is not State.IDLE for event in from_peer)


def test_the_timer_runs_exactly_while_a_request_or_the_close_is_awaited():
    for (before, _), action in MOVES.items():
        running = before in (State.AWAITING_REQUEST, State.AWAITING_CLOSE) if action.artim is None else action.artim
        if not action.close:
            assert running == (action.then in (State.AWAITING_REQUEST, State.AWAITING_CLOSE)), action.name


def test_an_abort_of_ours_tells_the_user_only_of_what_it_had_begun():
    told = {before: action.tell for (before, event), action in MOVES.items() if event is Event.INVALID_PDU}
    assert told == {State.AWAITING_REQUEST: None, State.AWAITING_VERDICT: Tell.LOST, State.ESTABLISHED: Tell.LOST,
                    State.AWAITING_RELEASE: Tell.LOST, State.AWAITING_CLOSE: None}


def test_only_an_abort_is_sent_on_what_breaks_the_protocol():
    assert {action.send for (_, event), action in MOVES.items() if event is Event.INVALID_PDU} == {Send.USER_ABORT, Send.PROVIDER_ABORT}
