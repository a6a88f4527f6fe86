"""What is acknowledged is in the store and in the ledger, once."""
from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection, connections

from scanhouse.errors import Broken, Busy, Invalid
from scanhouse.ingest.desk import Desk
from scanhouse.ingest.line import Ticket
from scanhouse.ingest.models import ObjectState, PrearchiveSession, Received, SessionState
from scanhouse.ingest.receive import enter, enter_each, settle
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


def test_sessions_of_a_moment_ago_take_objects_without_being_written_again(store: FileStore) -> None:
    enter([arrival(store, instance())], store)
    written = PrearchiveSession.objects.get().received_at
    enter([arrival(store, instance(number=2)), arrival(store, instance(number=3))], store)
    assert PrearchiveSession.objects.get().received_at == written
    assert Received.objects.count() == 3


def test_of_a_group_only_the_sessions_that_are_no_longer_open_are_opened_again(store: FileStore) -> None:
    enter([arrival(store, instance()), arrival(store, instance(), label="S2")], store)
    PrearchiveSession.objects.filter(label="S1").update(state=SessionState.READY)
    keys = enter([arrival(store, instance(number=2)), arrival(store, instance(number=2), label="S2")], store)
    assert set(keys.values()) == set(PrearchiveSession.objects.filter(state=SessionState.RECEIVING).values_list("key", flat=True))
    assert Counter(Received.objects.values_list("session__label", flat=True)) == {"S1": 2, "S2": 2}


def test_statements_of_the_receive_path_are_planned_once_for_a_connection(store: FileStore) -> None:
    for n in range(4):
        enter([arrival(store, instance(number=n))], store)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(generic_plans), sum(custom_plans) FROM pg_prepared_statements WHERE statement LIKE '%%ingest_received%%'")
        generic, custom = cursor.fetchone()
    assert generic >= 4 and custom == 0


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


def parameters() -> dict[str, str]:
    database = connection.settings_dict
    return {"host": database["HOST"], "user": database["USER"], "dbname": database["NAME"]}


def test_a_connection_that_the_database_has_dropped_is_replaced_without_the_sender_noticing(store: FileStore) -> None:
    connection.ensure_connection()
    with psycopg.connect(**parameters(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
    enter([arrival(store, instance())], store)
    assert Received.objects.count() == 1


def test_a_database_that_is_away_makes_the_sender_try_again(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    pending = arrival(store, instance())
    connection.close()
    with monkeypatch.context() as away:
        away.setitem(connection.settings_dict, "HOST", "/nowhere")
        with pytest.raises(Busy, match="does not answer"):
            enter([pending], store)
    enter([pending], store)
    assert Received.objects.count() == 1


def test_an_object_that_was_deleted_and_comes_again_waits_again(store: FileStore) -> None:
    data = instance()
    enter([arrival(store, data)], store)
    Received.objects.update(state=ObjectState.DELETED, reason="Scan deleted by ann.")
    enter([arrival(store, data)], store)
    assert list(Received.objects.values_list("state", "reason")) == [(ObjectState.WAITING, "")]


def test_a_value_that_the_database_cannot_hold_refuses_its_object_alone(store: FileStore) -> None:
    bad = arrival(store, instance(number=2))
    bad = replace(bad, facts=replace(bad.facts, text={**bad.facts.text, "StudyDescription": "a\x00b"}))
    good = [arrival(store, instance(number=n)) for n in (1, 3, 4)]
    outcomes = enter_each([good[0], bad, *good[1:]], store)
    assert [isinstance(outcome, Invalid) for outcome in outcomes] == [False, True, False, False]
    assert Received.objects.count() == 3


def test_the_desk_outlives_a_defect_and_tells_the_sender(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(store)
    with monkeypatch.context() as broken:
        broken.setattr("scanhouse.ingest.desk.enter_each", lambda arrivals, store: 1 // 0)
        with pytest.raises(Broken, match="ZeroDivisionError"):
            desk.take(arrival(store, instance()))
    desk.take(arrival(store, instance()))
    desk.close()
    assert Received.objects.count() == 1


def test_a_sender_that_waits_too_long_is_told_to_try_again_and_leaves_no_bytes_behind(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    busy, go_on, wait = threading.Event(), threading.Event(), Ticket.wait

    def hang(arrivals, store):
        busy.set()
        go_on.wait(60)
        return enter_each(arrivals, store)

    def wait_at_the_busy_desk(ticket: Ticket, seconds: float) -> int:
        assert busy.wait(60)
        return wait(ticket, seconds)

    monkeypatch.setattr("scanhouse.ingest.desk.enter_each", hang)
    monkeypatch.setattr(Ticket, "wait", wait_at_the_busy_desk)
    desk = Desk(store, patience=0.2)
    first, second = arrival(store, instance(number=1)), arrival(store, instance(number=2))
    for pending in (first, second):
        with pytest.raises(Busy, match="in time"):
            desk.take(pending)
    assert first.sealed.path.exists(), "the desk is busy with it"
    assert not second.sealed.path.exists(), "it was withdrawn"
    go_on.set()
    desk.close()
    assert Received.objects.count() == 1


def clients() -> set[int]:
    """Connections to the database of the test, but for the one that asks. PostgreSQL's own processes are none."""
    with psycopg.connect(**parameters()) as other:
        return {pid for (pid,) in other.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()")}


def test_however_many_senders_there_are_the_desk_looks_things_up_on_one_connection(store: FileStore) -> None:
    connection.ensure_connection()
    before = clients()
    desk = Desk(store)
    names = [f"P{n}" for n in range(20)]
    threads = [threading.Thread(target=desk.directory.project_named, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    more = clients() - before
    desk.close()
    assert len(more) <= 1
