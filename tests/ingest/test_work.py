"""Steps of a session that are interrupted, fail, or meet each other: it always goes on, and nothing of it is lost."""
from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from scanhouse.access.actors import SYSTEM
from scanhouse.errors import Busy, Invalid
from scanhouse.ingest import clock, prearchive, renewal, sums, uploads, work
from scanhouse.ingest.interruptions import end_interrupted_uploads
from scanhouse.ingest.models import ObjectState, PrearchiveSession, Received, SessionState, Upload
from scanhouse.ingest.receive import enter
from scanhouse.ingest.states import ATTEMPTS, DEADLINES, Event
from scanhouse.records import bytes as stored_bytes
from scanhouse.records import projects
from scanhouse.records.models import Experiment, File, PrearchiveCode, Subject
from tests.ingest.objects import arrival, instance

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project():
    return projects.create("DEMO", by=SYSTEM)


def received(*data: bytes, **more) -> PrearchiveSession:
    store = stored_bytes.store()
    (key,) = enter([arrival(store, d, project="DEMO", **more) for d in data], store).values()
    return PrearchiveSession.objects.get(key=key)


def overdue(session: PrearchiveSession, state: SessionState, **more) -> None:
    PrearchiveSession.objects.filter(key=session.key).update(state=state, deadline=timezone.now() - timedelta(seconds=1), **more)


def jobs(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND task_name = %s", [f"scanhouse.ingest.jobs.{name}"])
        return cursor.fetchone()[0]


def test_a_session_whose_job_waits_in_the_queue_is_not_asked_for_twice_and_never_fails_for_it(project) -> None:
    session = received(instance())
    overdue(session, SessionState.RECEIVING)
    clock.tick()
    for _ in range(ATTEMPTS + 3):
        overdue(session, SessionState.BUILDING)
        clock.tick()
    session.refresh_from_db()
    assert (session.state, session.attempts, jobs("build")) == (SessionState.BUILDING, 0, 1)


def test_a_deadline_is_renewed_while_somebody_works_and_not_afterwards(project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal, "INTERVAL", 0.05)
    session = received(instance())
    overdue(session, SessionState.BUILDING)
    with renewal.renewed(session.key, SessionState.BUILDING):
        for _ in range(1200):
            session.refresh_from_db()
            if session.deadline > timezone.now():
                break
            threading.Event().wait(0.05)
    assert timezone.now() < session.deadline <= timezone.now() + DEADLINES[SessionState.BUILDING]


def test_when_archiving_fails_a_session_joins_the_one_that_was_opened_meanwhile(project) -> None:
    twice = instance(number=1)
    first = received(twice, instance(number=2))
    PrearchiveSession.objects.update(state=SessionState.ARCHIVING)
    second = received(twice, instance(number=3))
    assert first.key != second.key
    work.stop(first.key, Event.CONFLICTS, "Something stands against it.")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (SessionState.DELETED, SessionState.BUILDING)
    assert second.reason == "Something stands against it."
    assert Received.objects.filter(session=second, state=ObjectState.WAITING).count() == 3
    assert sums.count().add_up
    assert prearchive.finish_build(second.key, automatically=False).state == SessionState.READY


def test_the_clock_goes_on_when_a_session_it_gives_up_has_a_newer_one_beside_it(project) -> None:
    first = received(instance(number=1))
    overdue(first, SessionState.ARCHIVING, attempts=ATTEMPTS)
    second = received(instance(number=2))
    other = received(instance(study="1.2.9"), label="S9")
    overdue(other, SessionState.RECEIVING)
    clock.tick()
    states = dict(PrearchiveSession.objects.values_list("key", "state"))
    assert states == {first.key: SessionState.DELETED, second.key: SessionState.BUILDING, other.key: SessionState.BUILDING}


def test_a_defect_of_ours_is_a_reason_and_not_a_session_that_hangs(project, monkeypatch: pytest.MonkeyPatch) -> None:
    session = received(instance())
    monkeypatch.setattr("scanhouse.ingest.build.build", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        prearchive.rebuild(session, by=SYSTEM)
    session.refresh_from_db()
    assert (session.state, session.deadline) == (SessionState.ERROR, None)
    assert "ZeroDivisionError" in session.reason


def test_what_passes_by_itself_is_tried_again_by_itself(project, monkeypatch: pytest.MonkeyPatch) -> None:
    session = received(instance())

    def full(*_):
        raise Busy("The disk mounted at /data is full.", retry_after=30)

    with monkeypatch.context() as no_room:
        no_room.setattr("scanhouse.ingest.archive.build", full)
        with pytest.raises(Busy):
            prearchive.archive(session, by=SYSTEM)
    session.refresh_from_db()
    assert (session.state, session.reason) == (SessionState.ARCHIVING, "The disk mounted at /data is full.")
    overdue(session, SessionState.ARCHIVING)
    clock.tick()
    prearchive.finish_archive(session.key)
    assert Experiment.objects.count() == 1


def test_who_finishes_an_interrupted_archiving_does_it_as_it_was_asked_for(project) -> None:
    session = received(instance())
    prearchive._begin(session, Event.ARCHIVE, SYSTEM, prearchive.Asked.by(SYSTEM, prearchive.wish_for("delete"), {"note": "checked"}), label="MR1")
    overdue(session, SessionState.ARCHIVING)
    clock.tick()
    prearchive.finish_archive(session.key)
    experiment = Experiment.objects.get()
    assert (experiment.label, experiment.doc["note"]) == ("MR1", "checked")


def test_sessions_of_one_label_and_one_subject_that_are_archived_at_once_become_one(project) -> None:
    store, keys = stored_bytes.store(), []
    for n in range(4):
        keys += enter([arrival(store, instance(number=n), project="DEMO")], store).values()
        PrearchiveSession.objects.update(state=SessionState.ARCHIVING)
    errors: list[BaseException] = []

    def archive(key: int) -> None:
        try:
            prearchive._carry_out(key, SYSTEM, prearchive.wish_of(PrearchiveSession.objects.get(key=key)), {})
        except BaseException as error:  # shown by the assertion below
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=archive, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert (Experiment.objects.count(), Subject.objects.count(), File.objects.count()) == (1, 1, 4)


def test_a_session_that_is_being_built_may_be_archived_at_once(project) -> None:
    session = received(instance())
    overdue(session, SessionState.BUILDING)
    assert prearchive.archive(session, by=SYSTEM).label == "S1"
    assert prearchive.finish_build(session.key).state == SessionState.ARCHIVED


def test_a_session_with_an_upload_that_broke_off_waits_until_it_is_sent_again(project) -> None:
    projects.set_prearchive_code(project, PrearchiveCode.AUTO, by=SYSTEM)
    upload = Upload.objects.create(name="a.zip", state="reading", created_by="ann")
    session = received(instance())
    Received.objects.update(upload=upload)
    overdue(session, SessionState.BUILDING)
    built = prearchive.finish_build(session.key)
    assert (built.state, "broke off" in built.reason) == (SessionState.READY, True)
    Upload.objects.update(complete=True)
    overdue(session, SessionState.BUILDING)
    assert prearchive.finish_build(session.key).state == SessionState.ARCHIVING


def test_an_upload_that_nobody_reads_any_more_has_failed(project) -> None:
    Upload.objects.create(name="a.zip", state="reading", created_by="ann", modified_at=timezone.now() - timedelta(minutes=1))
    Upload.objects.create(name="b.zip", state="reading", created_by="ann", modified_at=timezone.now())
    assert end_interrupted_uploads() == 1
    assert dict(Upload.objects.values_list("name", "state")) == {"a.zip": "failed", "b.zip": "reading"}


def test_moving_into_a_project_that_has_the_study_already_brings_them_together(project) -> None:
    store, data = stored_bytes.store(), instance(number=1)
    there = received(data)
    Received.objects.update(state=ObjectState.DELETED)
    (key,) = enter([arrival(store, data), arrival(store, instance(number=2))], store).values()
    moved = prearchive.move(PrearchiveSession.objects.get(key=key), to=project, by=SYSTEM)
    assert (moved.key, moved.state) == (there.key, SessionState.READY)
    assert Received.objects.filter(session=there, state=ObjectState.WAITING).count() == 2
    assert sums.count().add_up


def test_an_upload_refuses_the_one_object_that_cannot_be_stored_and_takes_the_others(project, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    import zipfile

    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(3):
            archive.writestr(f"{n}.dcm", instance(number=n))
    real = uploads.enter_each

    def one_is_bad(group, store):
        return [Invalid("A header value of the object cannot be stored.") if a.name == "1.dcm" else outcome
                for a, outcome in zip(group, real(group, store), strict=True)]

    monkeypatch.setattr(uploads, "enter_each", one_is_bad)
    with path.open("rb") as file:
        taken = uploads.take(file, name="a.zip", terms=uploads.Terms(), login="admin", store=stored_bytes.store())
    assert (taken.objects, [one.name for one in taken.refused]) == (2, ["1.dcm"])
