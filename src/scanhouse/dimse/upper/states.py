"""The state table of PS3.8 table 9-10, the acceptor's half, as data. All that decides a transition is in this file.

States, events and actions keep the numbers of the standard, so a row can be laid beside it. Rows that only a requestor meets
(Sta4, Sta5, Sta7, Sta9 to Sta12) are left out: this side never opens an association and never asks for its release.

States and events are strings because the table is looked up for every PDU, and a string knows its hash.
"""
from __future__ import annotations

from enum import Enum, StrEnum
from typing import NamedTuple


class State(StrEnum):
    IDLE = "Sta1"
    AWAITING_REQUEST = "Sta2"
    AWAITING_VERDICT = "Sta3"
    ESTABLISHED = "Sta6"
    AWAITING_RELEASE = "Sta8"
    AWAITING_CLOSE = "Sta13"


class Event(StrEnum):
    ACCEPT_RECEIVED = "Evt3"
    REJECT_RECEIVED = "Evt4"
    TRANSPORT_OPENED = "Evt5"
    REQUEST_RECEIVED = "Evt6"
    ACCEPT = "Evt7"
    REJECT = "Evt8"
    SEND_DATA = "Evt9"
    DATA_RECEIVED = "Evt10"
    RELEASE_RECEIVED = "Evt12"
    RELEASED_RECEIVED = "Evt13"
    RELEASE = "Evt14"
    ABORT = "Evt15"
    ABORT_RECEIVED = "Evt16"
    TRANSPORT_CLOSED = "Evt17"
    ARTIM_EXPIRED = "Evt18"
    INVALID_PDU = "Evt19"


class Send(Enum):
    """The PDU that an action sends. DATA and ACCEPT are made by the caller, the others need nothing but a reason."""

    ACCEPT = "A-ASSOCIATE-AC"
    REJECT = "A-ASSOCIATE-RJ"
    DATA = "P-DATA-TF"
    RELEASED = "A-RELEASE-RP"
    USER_ABORT = "A-ABORT (service user)"
    PROVIDER_ABORT = "A-ABORT (service provider)"


class Tell(Enum):
    """The indication that an action gives to whoever uses the association."""

    REQUESTED = "A-ASSOCIATE indication"
    DATA = "P-DATA indication"
    RELEASE_REQUESTED = "A-RELEASE indication"
    ABORTED = "A-ABORT indication"
    LOST = "A-P-ABORT indication"


class Action(NamedTuple):
    """What happens at a transition. `artim` starts (True), stops (False) or leaves (None) the timer; `close` ends the connection."""

    name: str
    then: State
    send: Send | None = None
    tell: Tell | None = None
    artim: bool | None = None
    close: bool = False


AE_5 = Action("AE-5", State.AWAITING_REQUEST, artim=True)
AE_6 = Action("AE-6", State.AWAITING_VERDICT, tell=Tell.REQUESTED, artim=False)
AE_7 = Action("AE-7", State.ESTABLISHED, send=Send.ACCEPT)
AE_8 = Action("AE-8", State.AWAITING_CLOSE, send=Send.REJECT, artim=True)
DT_1 = Action("DT-1", State.ESTABLISHED, send=Send.DATA)
DT_2 = Action("DT-2", State.ESTABLISHED, tell=Tell.DATA)
AR_2 = Action("AR-2", State.AWAITING_RELEASE, tell=Tell.RELEASE_REQUESTED)
AR_4 = Action("AR-4", State.AWAITING_CLOSE, send=Send.RELEASED, artim=True)
AR_5 = Action("AR-5", State.IDLE, artim=False, close=True)
AR_7 = Action("AR-7", State.AWAITING_RELEASE, send=Send.DATA)
AA_1 = Action("AA-1", State.AWAITING_CLOSE, send=Send.USER_ABORT, artim=True)
AA_2 = Action("AA-2", State.IDLE, artim=False, close=True)
AA_3 = Action("AA-3", State.IDLE, tell=Tell.ABORTED, close=True)
AA_4 = Action("AA-4", State.IDLE, tell=Tell.LOST, close=True)
AA_5 = Action("AA-5", State.IDLE, artim=False, close=True)
AA_6 = Action("AA-6", State.AWAITING_CLOSE)
AA_7 = Action("AA-7", State.AWAITING_CLOSE, send=Send.PROVIDER_ABORT)
AA_8 = Action("AA-8", State.AWAITING_CLOSE, send=Send.PROVIDER_ABORT, tell=Tell.LOST, artim=True)

# AE-6 lets the user decide: a request that the provider itself cannot take (protocol version) goes to AE-8 by Evt8 as well.
MOVES: dict[tuple[State, Event], Action] = {
    (State.IDLE, Event.TRANSPORT_OPENED): AE_5,

    (State.AWAITING_REQUEST, Event.ACCEPT_RECEIVED): AA_1,
    (State.AWAITING_REQUEST, Event.REJECT_RECEIVED): AA_1,
    (State.AWAITING_REQUEST, Event.REQUEST_RECEIVED): AE_6,
    (State.AWAITING_REQUEST, Event.DATA_RECEIVED): AA_1,
    (State.AWAITING_REQUEST, Event.RELEASE_RECEIVED): AA_1,
    (State.AWAITING_REQUEST, Event.RELEASED_RECEIVED): AA_1,
    (State.AWAITING_REQUEST, Event.ABORT_RECEIVED): AA_2,
    (State.AWAITING_REQUEST, Event.TRANSPORT_CLOSED): AA_5,
    (State.AWAITING_REQUEST, Event.ARTIM_EXPIRED): AA_2,
    (State.AWAITING_REQUEST, Event.INVALID_PDU): AA_1,

    (State.AWAITING_VERDICT, Event.ACCEPT_RECEIVED): AA_8,
    (State.AWAITING_VERDICT, Event.REJECT_RECEIVED): AA_8,
    (State.AWAITING_VERDICT, Event.REQUEST_RECEIVED): AA_8,
    (State.AWAITING_VERDICT, Event.ACCEPT): AE_7,
    (State.AWAITING_VERDICT, Event.REJECT): AE_8,
    (State.AWAITING_VERDICT, Event.DATA_RECEIVED): AA_8,
    (State.AWAITING_VERDICT, Event.RELEASE_RECEIVED): AA_8,
    (State.AWAITING_VERDICT, Event.RELEASED_RECEIVED): AA_8,
    (State.AWAITING_VERDICT, Event.ABORT): AA_1,
    (State.AWAITING_VERDICT, Event.ABORT_RECEIVED): AA_3,
    (State.AWAITING_VERDICT, Event.TRANSPORT_CLOSED): AA_4,
    (State.AWAITING_VERDICT, Event.INVALID_PDU): AA_8,

    (State.ESTABLISHED, Event.ACCEPT_RECEIVED): AA_8,
    (State.ESTABLISHED, Event.REJECT_RECEIVED): AA_8,
    (State.ESTABLISHED, Event.REQUEST_RECEIVED): AA_8,
    (State.ESTABLISHED, Event.SEND_DATA): DT_1,
    (State.ESTABLISHED, Event.DATA_RECEIVED): DT_2,
    (State.ESTABLISHED, Event.RELEASE_RECEIVED): AR_2,
    (State.ESTABLISHED, Event.RELEASED_RECEIVED): AA_8,
    (State.ESTABLISHED, Event.ABORT): AA_1,
    (State.ESTABLISHED, Event.ABORT_RECEIVED): AA_3,
    (State.ESTABLISHED, Event.TRANSPORT_CLOSED): AA_4,
    (State.ESTABLISHED, Event.INVALID_PDU): AA_8,

    (State.AWAITING_RELEASE, Event.ACCEPT_RECEIVED): AA_8,
    (State.AWAITING_RELEASE, Event.REJECT_RECEIVED): AA_8,
    (State.AWAITING_RELEASE, Event.REQUEST_RECEIVED): AA_8,
    (State.AWAITING_RELEASE, Event.SEND_DATA): AR_7,
    (State.AWAITING_RELEASE, Event.DATA_RECEIVED): AA_8,
    (State.AWAITING_RELEASE, Event.RELEASE_RECEIVED): AA_8,
    (State.AWAITING_RELEASE, Event.RELEASED_RECEIVED): AA_8,
    (State.AWAITING_RELEASE, Event.RELEASE): AR_4,
    (State.AWAITING_RELEASE, Event.ABORT): AA_1,
    (State.AWAITING_RELEASE, Event.ABORT_RECEIVED): AA_3,
    (State.AWAITING_RELEASE, Event.TRANSPORT_CLOSED): AA_4,
    (State.AWAITING_RELEASE, Event.INVALID_PDU): AA_8,

    (State.AWAITING_CLOSE, Event.ACCEPT_RECEIVED): AA_6,
    (State.AWAITING_CLOSE, Event.REJECT_RECEIVED): AA_6,
    (State.AWAITING_CLOSE, Event.REQUEST_RECEIVED): AA_7,
    (State.AWAITING_CLOSE, Event.DATA_RECEIVED): AA_6,
    (State.AWAITING_CLOSE, Event.RELEASE_RECEIVED): AA_6,
    (State.AWAITING_CLOSE, Event.RELEASED_RECEIVED): AA_6,
    (State.AWAITING_CLOSE, Event.ABORT_RECEIVED): AA_2,
    (State.AWAITING_CLOSE, Event.TRANSPORT_CLOSED): AR_5,
    (State.AWAITING_CLOSE, Event.ARTIM_EXPIRED): AA_2,
    (State.AWAITING_CLOSE, Event.INVALID_PDU): AA_7,
}


class ImpossibleMove(Exception):
    """Our own code asked for something the table has no row for, as sending data on a closed association."""


def move(state: State, event: Event) -> Action:
    """The action of PS3.8 for `event` in `state`. Raises `ImpossibleMove` for what only a defect of ours can ask."""
    try:
        return MOVES[state, event]
    except KeyError:
        raise ImpossibleMove(f"An association in {state.name} ({state.value}) has no move for {event.name} ({event.value}).") from None
