"""From the network to the archive: what was acknowledged is there, byte-equal, once, and the ledger says where."""
from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from scanhouse.access.actors import SYSTEM
from scanhouse.ingest import clock, prearchive, series
from scanhouse.ingest.archive import ArchiveConflict
from scanhouse.ingest.models import ObjectState, PrearchiveSession, Received, SessionState
from scanhouse.ingest.receive import enter
from scanhouse.ingest.states import ATTEMPTS
from scanhouse.records import bytes as stored_bytes
from scanhouse.records import projects
from scanhouse.records.models import Experiment, File, Instance, PrearchiveCode, Resource, Scan, SeriesIndex, StudyIndex
from tests.ingest.objects import arrival, instance

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project():
    return projects.create("DEMO", by=SYSTEM)


def received(*data: bytes, **more) -> PrearchiveSession:
    """These objects in one session of DEMO."""
    store = stored_bytes.store()
    (key,) = enter([arrival(store, d, project="DEMO", **more) for d in data], store).values()
    return PrearchiveSession.objects.get(key=key)


def quiet(session: PrearchiveSession) -> None:
    """Time passes without another object."""
    PrearchiveSession.objects.filter(key=session.key).update(deadline=timezone.now() - timedelta(seconds=1))
    clock.tick()
    prearchive.finish_build(session.key)


def begun() -> None:
    """A worker has taken all jobs, and is killed."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', queueing_lock = NULL")


def test_a_session_is_archived_with_its_scans_files_and_instances(project) -> None:
    data = [instance(number=n) for n in range(1, 4)] + [instance(series="1.2.3.5", SeriesNumber="2", SeriesDescription="t2")]
    experiment = prearchive.archive(received(*data), by=SYSTEM)

    assert (experiment.element, experiment.label, experiment.subject.label) == ("xnat:mrSessionData", "S1", "Sample_Patient")
    assert list(Scan.objects.order_by("id").values_list("id", "element", "uid")) == [
        ("1", "xnat:mrScanData", "1.2.3.4"), ("2", "xnat:mrScanData", "1.2.3.5")]
    assert list(Resource.objects.values_list("label", "format", "content").distinct()) == [("DICOM", "DICOM", "RAW")]
    store = stored_bytes.store()
    assert sorted(store.open(file.object).read() for file in File.objects.all()) == sorted(data)
    assert Instance.objects.filter(scan__id="1").count() == 3
    for row in SeriesIndex.objects.all():
        series.index_series(row)
    assert sorted(SeriesIndex.objects.values_list("instances", flat=True)) == [1, 3]
    assert StudyIndex.objects.get().patient_name == "sample^patient"
    assert set(Received.objects.values_list("state", flat=True)) == {ObjectState.ARCHIVED}


def test_a_quiet_session_is_built_and_waits_for_a_person_where_the_project_says_so(project) -> None:
    projects.set_prearchive_code(project, PrearchiveCode.MANUAL, by=SYSTEM)
    session = received(instance())
    quiet(session)
    session.refresh_from_db()
    assert (session.state, session.deadline, session.element) == (SessionState.READY, None, "xnat:mrSessionData")
    assert session.doc["scans/scan"][0]["ID"] == "1"


def test_a_quiet_session_archives_itself_where_the_project_says_so(project) -> None:
    projects.set_prearchive_code(project, PrearchiveCode.AUTO, by=SYSTEM)
    session = received(instance())
    PrearchiveSession.objects.update(created_by="system")
    quiet(session)
    session.refresh_from_db()
    assert session.state == SessionState.ARCHIVING
    PrearchiveSession.objects.update(options={"asked": {"user": None, "wish": {"overwrite": "append", "same_is_fine": True}, "values": {}}})
    prearchive.finish_archive(session.key)
    assert Experiment.objects.get().label == "S1"


def test_the_same_study_sent_again_changes_nothing_in_the_archive(project) -> None:
    projects.set_prearchive_code(project, PrearchiveCode.AUTO, by=SYSTEM)
    data = instance()
    prearchive.archive(received(data), by=SYSTEM)
    prearchive.archive(received(data), by=SYSTEM)
    assert File.objects.count() == Instance.objects.count() == 1
    assert Received.objects.filter(state=ObjectState.ARCHIVED).count() == 2


def test_on_the_direct_way_objects_that_are_archived_already_are_a_conflict_and_others_join(project) -> None:
    data, direct = instance(number=1), {"options": {"direct_archive": True}}
    prearchive.archive(received(data, **direct), by=SYSTEM)
    prearchive.archive(received(instance(number=2), **direct), by=SYSTEM)
    again = received(data, **direct)
    with pytest.raises(ArchiveConflict, match="there already"):
        prearchive.archive(again, by=SYSTEM)
    again.refresh_from_db()
    assert (again.state, File.objects.count()) == (SessionState.CONFLICT, 2)


def test_the_rest_of_a_series_joins_its_scan(project) -> None:
    prearchive.archive(received(instance(number=1)), by=SYSTEM)
    prearchive.archive(received(instance(number=2)), by=SYSTEM)
    assert Scan.objects.get().instances.count() == 2


def test_another_object_under_the_same_uid_conflicts_and_both_are_kept(project) -> None:
    uid = "1.2.840.1"
    prearchive.archive(received(instance(uid=uid)), by=SYSTEM)
    session = received(instance(uid=uid, SeriesDescription="other"))
    with pytest.raises(ArchiveConflict, match="overwrite"):
        prearchive.archive(session, by=SYSTEM)
    session.refresh_from_db()
    assert session.state == SessionState.CONFLICT
    assert "Scan 1: 1 files are there already" in session.reason
    assert all(stored_bytes.store().exists(row.object) for row in Received.objects.all())

    prearchive.archive(session, by=SYSTEM, wish=prearchive.wish_for("delete"))
    assert File.objects.get().object == Received.objects.latest("key").object


def test_another_series_with_the_same_number_becomes_a_scan_of_its_own(project) -> None:
    prearchive.archive(received(instance()), by=SYSTEM)
    prearchive.archive(received(instance(series="1.2.3.9")), by=SYSTEM)
    assert sorted(Scan.objects.values_list("id", flat=True)) == ["1", "1-MR1"]


def test_labels_and_values_given_with_the_request_win(project) -> None:
    experiment = prearchive.archive(
        received(instance()), by=SYSTEM, subject="1", label="MR1", values={"note": "checked", "scans/scan": [{"type": "T1"}]})
    assert (experiment.subject.label, experiment.label, experiment.doc["note"]) == ("1", "MR1", "checked")
    assert Scan.objects.get().type == "T1"


def test_a_deleted_session_leaves_a_record_of_each_object(project) -> None:
    session = received(instance(), instance(number=2))
    prearchive.delete(session, by=SYSTEM)
    assert not prearchive.listing(SYSTEM).exists()
    assert set(Received.objects.values_list("state", flat=True)) == {ObjectState.DELETED}


def test_an_unassigned_session_is_moved_to_a_project(project) -> None:
    store = stored_bytes.store()
    (key,) = enter([arrival(store, instance())], store).values()
    moved = prearchive.move(PrearchiveSession.objects.get(key=key), to=project, by=SYSTEM)
    assert (moved.project, moved.state) == ("DEMO", SessionState.READY)


def test_archiving_that_was_interrupted_is_tried_again_and_then_says_so(project) -> None:
    session = received(instance())
    overdue = {"state": SessionState.ARCHIVING, "deadline": timezone.now() - timedelta(seconds=1)}
    PrearchiveSession.objects.update(**overdue)
    clock.tick()
    session.refresh_from_db()
    assert session.state == SessionState.ARCHIVING
    PrearchiveSession.objects.update(attempts=ATTEMPTS, **overdue)
    clock.tick()
    session.refresh_from_db()
    assert session.state == SessionState.ARCHIVING, "its job still waits in the queue: nothing was interrupted"
    begun()
    PrearchiveSession.objects.update(**overdue)
    clock.tick()
    session.refresh_from_db()
    assert session.state == SessionState.ERROR
    assert "interrupted" in session.reason
