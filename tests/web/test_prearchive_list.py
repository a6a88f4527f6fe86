"""The list of the prearchive goes on looking as long as it shows something that goes on."""
from __future__ import annotations

import pytest
from django.utils import timezone
from tests.builders import an_archive
from tests.web.browsers import person

from scanhouse.ingest.models import PrearchiveSession, SessionState
from scanhouse.web.listings import arrivals

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("counted", [{}, {SessionState.ARCHIVING: 1}])
def test_a_session_that_ends_while_the_list_is_read_is_looked_at_again(counted: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    an_archive().with_project("P")
    browser = person("ann", owner="P")
    PrearchiveSession.objects.create(project="P", timestamp="t", folder="f", label="f", state=SessionState.ARCHIVING, created_by="ann",
                                     study_uid="1.2.3", deadline=timezone.now())
    monkeypatch.setattr(arrivals, "tally", lambda *_, **__: counted)  # rows are read at one moment, counts at another
    page = browser.get("/projects/P/prearchive").content.decode()
    assert "Archiving" in page and 'hx-trigger="every 2s"' in page
