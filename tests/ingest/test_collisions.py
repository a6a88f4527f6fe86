"""Two who hold each other up in the database: the one that gave way goes on by itself, soon."""
from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.db import OperationalError
from django.utils import timezone

from scanhouse.ingest import work
from scanhouse.ingest.models import PrearchiveSession, SessionState
from scanhouse.ingest.states import DEADLINES

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_step_that_gave_way_is_tried_again_in_a_second_and_says_why() -> None:
    session = PrearchiveSession.objects.create(timestamp="t", folder="f", label="l", state=SessionState.ARCHIVING, created_by="a",
                                               deadline=timezone.now() + DEADLINES[SessionState.ARCHIVING])
    with pytest.raises(OperationalError), work.working(session.key, SessionState.ARCHIVING):
        raise OperationalError("deadlock detected") from psycopg.errors.DeadlockDetected()
    session.refresh_from_db()
    assert session.state == SessionState.ARCHIVING and session.reason.startswith("Somebody else was at work on the same things")
    assert session.deadline is not None and session.deadline < timezone.now() + timedelta(seconds=5)
