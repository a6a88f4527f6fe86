"""What is listed as being on its way straight into the archive."""
from __future__ import annotations

import pytest
from tests.builders import an_archive
from tests.ingest.objects import arrival, instance

from scanhouse.access.actors import SYSTEM
from scanhouse.ingest import prearchive
from scanhouse.ingest.models import PrearchiveSession
from scanhouse.ingest.receive import enter
from scanhouse.records import bytes as stored_bytes

pytestmark = pytest.mark.django_db(transaction=True)


def sent(data: bytes) -> PrearchiveSession:
    store = stored_bytes.store()
    (key,) = enter([arrival(store, data, project="P", options={"direct_archive": True})], store).values()
    return PrearchiveSession.objects.get(key=key)


def test_a_session_is_listed_until_it_is_archived_and_not_when_it_comes_again(wire):
    an_archive().with_project("P").with_user("ann", owner="P")

    def listed() -> list[str]:
        return [row["name"] for row in wire("ann").call("POST", "/xapi/direct-archive", body="{}", content_type="application/json").json()]

    session = sent(instance())
    assert listed() == ["S1"]
    prearchive.archive(session, by=SYSTEM)
    sent(instance())
    assert listed() == []
