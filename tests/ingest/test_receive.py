"""What is acknowledged is in the store and in the ledger, once."""
from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, connections

from scanhouse.ingest.models import ObjectState, PrearchiveSession, Received, SessionState
from scanhouse.ingest.receive import Desk, enter, settle
from scanhouse.storage.store import FileStore
from tests.ingest.objects import arrival, instance

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "store")


def test_objects_of_one_study_enter_one_session_with_their_header_values(store: FileStore) -> None:
    data = [instance(number=n) for n in range(3)]
    enter([arrival(store, d) for d in data], store)

    session = PrearchiveSession.objects.get()
    assert (session.state, session.label, session.project, session.study_uid) == (SessionState.RECEIVING, "S1", None, "1.2.3")
    rows = list(Received.objects.filter(session=session).order_by("instance_number"))
    assert [store.open(row.object).read() for row in rows] == data
    assert {(row.state, row.modality, row.rows, row.text["PatientID"]) for row in rows} == {(ObjectState.WAITING, "MR", 8, "S1")}


def test_the_same_object_sent_again_changes_nothing(store: FileStore) -> None:
    data = instance()
    for _ in range(3):
        enter([arrival(store, data), arrival(store, data)], store)
    assert Received.objects.count() == 1


def test_another_object_under_the_same_uid_is_kept_beside_the_first(store: FileStore) -> None:
    uid = "1.2.840.99"
    enter([arrival(store, instance(uid=uid)), arrival(store, instance(uid=uid, SeriesDescription="other"))], store)
    assert Received.objects.filter(sop_instance_uid=uid).count() == 2


def test_different_labels_and_projects_are_different_sessions(store: FileStore) -> None:
    data = instance()
    enter([arrival(store, data), arrival(store, data, label="S2"), arrival(store, data, project="P")], store)
    assert PrearchiveSession.objects.count() == 3
    assert Received.objects.count() == 3


def test_an_object_for_a_session_that_was_built_reopens_it(store: FileStore) -> None:
    enter([arrival(store, instance())], store)
    PrearchiveSession.objects.update(state=SessionState.READY, deadline=None, reason="")
    enter([arrival(store, instance(number=2))], store)
    session = PrearchiveSession.objects.get()
    assert session.state == SessionState.RECEIVING
    assert session.deadline is not None


def test_an_object_for_a_study_that_is_being_archived_begins_a_new_session(store: FileStore) -> None:
    enter([arrival(store, instance())], store)
    PrearchiveSession.objects.update(state=SessionState.ARCHIVING)
    enter([arrival(store, instance(number=2))], store)
    assert sorted(PrearchiveSession.objects.values_list("state", flat=True)) == [SessionState.ARCHIVING, SessionState.RECEIVING]


def test_when_the_sender_is_done_the_session_is_soon_quiet(store: FileStore) -> None:
    (key,) = enter([arrival(store, instance())], store).values()
    before = PrearchiveSession.objects.get().deadline
    settle([key], timedelta(seconds=3))
    after = PrearchiveSession.objects.get().deadline
    assert before is not None and after is not None and after < before


def test_many_senders_at_the_desk_share_groups_and_each_is_served_once(store: FileStore) -> None:
    desk, errors = Desk(store), []

    def send(sender: int) -> None:
        try:
            for number in range(25):
                desk.take(arrival(store, instance(study=f"1.2.{sender % 3}", number=number)))
        except Exception as error:  # shown by the assertion below
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    desk.close()
    assert not errors
    assert Counter(Received.objects.values_list("session__study_uid", flat=True)) == {"1.2.0": 50, "1.2.1": 50, "1.2.2": 50}


def test_a_database_that_is_away_makes_the_sender_try_again(store: FileStore) -> None:
    from scanhouse.errors import Busy

    pending = arrival(store, instance())
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    import psycopg
    from django.conf import settings

    database = settings.DATABASES["default"]
    with psycopg.connect(host=database["HOST"], user=database["USER"], dbname=connection.settings_dict["NAME"], autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
    with pytest.raises(Busy):
        enter([pending], store)
    enter([arrival(store, instance())], store)
    assert Received.objects.count() == 1
