"""The life of a session in the prearchive: one table of states and moves, with the deadline of each state.

A move that is not in the table is an error. A state with a deadline moves by itself when it is over (`OVERDUE`): to another try or to
an error that says what to do. States without one wait for a person, and their reason says for what.
"""
from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from scanhouse.errors import Conflict
from scanhouse.ingest.models import SessionState as S


class Event(StrEnum):
    """What can happen to a session."""

    OBJECT = "an object came"
    QUIET = "no object came for a while"
    BUILT = "its scans and values are known"
    ARCHIVE = "archiving was asked for"
    ARCHIVED = "it is in the archive"
    CONFLICTS = "the archive holds something that stands against it"
    FAILED = "a step failed"
    MOVE = "another project was asked for"
    MOVED = "it is in the other project"
    DELETE = "deleting was asked for"
    DELETED = "it is deleted"
    REBUILD = "building was asked for"
    OVERDUE = "its deadline is over"


OPEN = (S.RECEIVING, S.BUILDING, S.READY, S.CONFLICT, S.ERROR)
"""States in which a session still takes objects of its study. The partial unique index `ingest_session_open` names the same ones."""

MOVES: dict[tuple[S, Event], S] = {
    **{(state, Event.OBJECT): S.RECEIVING for state in OPEN},
    (S.RECEIVING, Event.QUIET): S.BUILDING,
    **{(state, Event.REBUILD): S.BUILDING for state in OPEN},
    (S.BUILDING, Event.BUILT): S.READY,
    (S.BUILDING, Event.FAILED): S.ERROR,
    (S.BUILDING, Event.CONFLICTS): S.CONFLICT,
    (S.BUILDING, Event.OVERDUE): S.BUILDING,
    **{(state, Event.ARCHIVE): S.ARCHIVING for state in (S.READY, S.CONFLICT, S.ERROR)},
    (S.ARCHIVING, Event.ARCHIVED): S.ARCHIVED,
    (S.ARCHIVING, Event.CONFLICTS): S.CONFLICT,
    (S.ARCHIVING, Event.FAILED): S.ERROR,
    (S.ARCHIVING, Event.OVERDUE): S.READY,
    **{(state, Event.MOVE): S.MOVING for state in OPEN},
    (S.MOVING, Event.MOVED): S.BUILDING,
    (S.MOVING, Event.FAILED): S.ERROR,
    (S.MOVING, Event.OVERDUE): S.ERROR,
    **{(state, Event.DELETE): S.DELETING for state in OPEN},
    (S.DELETING, Event.DELETED): S.DELETED,
    (S.DELETING, Event.FAILED): S.ERROR,
    (S.DELETING, Event.OVERDUE): S.DELETING,
}

DEADLINES: dict[S, timedelta] = {
    # A session is quiet at the end of the association or upload that brought it; this is for senders that vanish.
    S.RECEIVING: timedelta(minutes=5),
    # Whoever works renews these (`renewal`); they are over soon after a process was killed.
    S.BUILDING: timedelta(seconds=20),
    S.ARCHIVING: timedelta(seconds=20),
    S.MOVING: timedelta(seconds=20),
    S.DELETING: timedelta(seconds=20),
}
"""How long a state may last unless its deadline is renewed. A session whose job waits in the queue is not overdue."""

SETTLE = timedelta(seconds=3)
"""After an association ends, a session waits so long for a next one with the rest of the study."""

ATTEMPTS = 5
"""How often a step that was interrupted is tried again before the session goes to ERROR: a session that kills each worker must end."""


class ImpossibleMove(Conflict):
    """The session is in a state in which this cannot happen to it."""

    def __init__(self, state: S, event: Event) -> None:
        self.state, self.event = state, event
        super().__init__(f"The session is {state}: {event.value} does not fit. Wait until it is idle, then look at it again.")


def after(state: str, event: Event) -> S:
    """The state that follows. Raises `ImpossibleMove` for a move that is not in the table."""
    try:
        return MOVES[S(state), event]
    except KeyError:
        raise ImpossibleMove(S(state), event) from None
