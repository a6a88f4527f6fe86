"""The life of a prearchive session is one table that has no dead ends."""
from __future__ import annotations

import pytest

from scanhouse.ingest.models import SessionState as S
from scanhouse.ingest.states import DEADLINES, MOVES, OPEN, Event, ImpossibleMove, after

ENDS = {S.ARCHIVED, S.DELETED}
WAITING_FOR_A_PERSON = {S.READY, S.CONFLICT, S.ERROR}


def test_every_state_ends_waits_for_a_person_or_has_a_deadline() -> None:
    assert set(DEADLINES) | ENDS | WAITING_FOR_A_PERSON == set(S)


def test_a_state_with_a_deadline_moves_by_itself_when_it_is_over() -> None:
    for state in DEADLINES:
        assert (state, Event.OVERDUE) in MOVES or (state, Event.QUIET) in MOVES


def test_an_end_can_be_reached_from_every_state() -> None:
    reaches = set(ENDS)
    while more := {state for (state, _), then in MOVES.items() if then in reaches} - reaches:
        reaches |= more
    assert reaches == set(S)


def test_nothing_happens_to_a_session_that_has_ended() -> None:
    for end in ENDS:
        with pytest.raises(ImpossibleMove):
            after(end, Event.OBJECT)


def test_an_object_reopens_every_open_session() -> None:
    assert {after(state, Event.OBJECT) for state in OPEN} == {S.RECEIVING}
