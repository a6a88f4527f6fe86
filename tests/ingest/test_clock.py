"""The clock: what cannot be moved holds up nothing else."""
from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from scanhouse.access.actors import SYSTEM
from scanhouse.ingest import clock, work
from scanhouse.ingest.models import PrearchiveSession, SessionState
from scanhouse.ingest.receive import enter
from scanhouse.records import bytes as stored_bytes
from scanhouse.records import projects
from tests.ingest.objects import arrival, instance

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def overdue() -> list[int]:
    """Keys of four sessions whose deadline is over."""
    projects.create("DEMO", by=SYSTEM)
    store = stored_bytes.store()
    arrivals = [arrival(store, instance(number=n, study=f"1.2.{n}"), project="DEMO", label=f"S{n}") for n in range(4)]
    keys = sorted(enter(arrivals, store).values())
    PrearchiveSession.objects.update(deadline=timezone.now() - timedelta(seconds=1))
    return keys


def states() -> list[str]:
    return list(PrearchiveSession.objects.order_by("key").values_list("state", flat=True))


def failing_for(key: int, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    real = work.request

    def request(session: PrearchiveSession) -> None:
        if session.key == key:
            raise error
        real(session)

    monkeypatch.setattr(work, "request", request)


def test_a_session_that_cannot_be_moved_is_named_and_holds_up_no_other(
    overdue: list[int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failing_for(overdue[0], ValueError("something about this one session"), monkeypatch)
    with caplog.at_level(logging.ERROR, logger=clock.__name__):
        assert clock.tick() == 4
        assert clock.tick() == 0  # the next look at it is not now: a hundred of them would be all that is looked at
    assert states() == [SessionState.RECEIVING, *[SessionState.BUILDING] * 3]
    assert [f"session {overdue[0]}," in record.getMessage() for record in caplog.records] == [True]


def test_a_session_that_could_not_be_moved_is_tried_again(overdue: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        failing_for(overdue[0], ValueError("something about this one session"), patch)
        clock.tick()
    PrearchiveSession.objects.filter(key=overdue[0]).update(deadline=timezone.now() - timedelta(seconds=1))
    assert clock.tick() == 1
    assert states() == [SessionState.BUILDING] * 4


def test_a_database_that_is_away_is_no_fault_of_a_session(overdue: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    failing_for(overdue[-1], OperationalError("server closed the connection"), monkeypatch)
    with pytest.raises(OperationalError):
        clock.tick()
    assert states() == [SessionState.RECEIVING] * 4
