"""Objects under one UID or one name, from the ledger to the archive: what stands, what gives way, and what waits for a person's word."""
from __future__ import annotations

import pytest
from pydicom.uid import EnhancedMRImageStorage, RTStructureSetStorage

from scanhouse.access.actors import SYSTEM
from scanhouse.ingest import prearchive
from scanhouse.ingest.archive import ArchiveConflict
from scanhouse.ingest.models import ObjectState, PrearchiveSession, Received, SessionState
from scanhouse.ingest.receive import enter
from scanhouse.records import bytes as stored_bytes
from scanhouse.records import files, preferences, projects
from scanhouse.records.models import File, PrearchiveCode, Project, Resource
from tests.builders import keep
from tests.ingest.objects import arrival, instance

pytestmark = pytest.mark.django_db(transaction=True)

BY_CLASS = "${SOPInstanceUID}-${SOPClassUID}"
TOO_SHORT = "${SeriesInstanceUID}"
ONE = "1.2.840.1"


@pytest.fixture(autouse=True)
def project():
    return projects.create("DEMO", by=SYSTEM)


def received(*data: bytes, names: tuple[str, ...] = ()) -> PrearchiveSession:
    store = stored_bytes.store()
    arrivals = [arrival(store, one, project="DEMO", name=name) for one, name in zip(data, names or ("",) * len(data), strict=True)]
    (key,) = enter(arrivals, store).values()
    return PrearchiveSession.objects.get(key=key)


def archived() -> set[str]:
    return {f"{label}/{path}" for label, path in File.objects.values_list("resource__label", "path")}


def refused(session: PrearchiveSession, **how) -> str:
    """Why archiving is refused; nothing of it may have left the prearchive."""
    waiting = Received.objects.filter(session=session).count()
    with pytest.raises(ArchiveConflict):
        prearchive.archive(session, by=SYSTEM, **how)
    session.refresh_from_db()
    assert session.state == SessionState.CONFLICT
    assert Received.objects.filter(session=session, state=ObjectState.WAITING).count() == waiting
    return session.reason


def two_classes() -> PrearchiveSession:
    return received(instance(uid=ONE), instance(uid=ONE, SOPClassUID=EnhancedMRImageStorage))


def set_preference(**values) -> None:
    preferences.change(values, by=SYSTEM)


@pytest.mark.parametrize("code", [PrearchiveCode.MANUAL, PrearchiveCode.AUTO_OVERWRITE])
def test_one_uid_in_two_sop_classes_of_a_resource_waits_for_the_word_to_overwrite(project, code) -> None:
    projects.set_prearchive_code(project, code, by=SYSTEM)
    set_preference(dicomFileNameTemplate=BY_CLASS)
    session = two_classes()
    assert "of another SOP class" in refused(session)
    assert "of another SOP class" in " ".join(prearchive.foresee(session, by=SYSTEM))
    prearchive.archive(session, by=SYSTEM, wish=prearchive.wish_for("delete"))
    assert len(archived()) == 2
    again = received(instance(uid=ONE, number=2))
    prearchive.archive(again, by=SYSTEM, wish=prearchive.wish_for("delete"))
    assert len(archived()) == 2, "a new copy takes the place of the one of its class"


def test_one_uid_in_two_sop_classes_goes_in_where_the_project_overwrites_by_itself(project) -> None:
    projects.set_prearchive_code(project, PrearchiveCode.AUTO_OVERWRITE, by=SYSTEM)
    set_preference(dicomFileNameTemplate=BY_CLASS)
    session = two_classes()
    prearchive.archive(session, by=SYSTEM, wish=prearchive.wish_of(session))
    assert len(archived()) == 2


def test_one_uid_in_two_sop_classes_is_fine_in_two_resources() -> None:
    prearchive.archive(received(instance(uid=ONE), instance(uid=ONE, SOPClassUID=RTStructureSetStorage)), by=SYSTEM)
    assert {name.partition("/")[0] for name in archived()} == {"DICOM", "secondary"}


def test_one_uid_in_two_series_is_in_both() -> None:
    prearchive.archive(received(instance(uid=ONE), instance(uid=ONE, series="1.2.3.5", SeriesNumber="2")), by=SYSTEM)
    assert File.objects.count() == 2


def test_objects_of_one_name_by_the_template_are_kept_aside_and_come_back_with_a_better_template() -> None:
    set_preference(dicomFileNameTemplate=TOO_SHORT)
    session = prearchive.rebuild(received(*(instance(number=n) for n in range(1, 4))), by=SYSTEM)
    assert "2 are kept aside" in session.reason
    states = Received.objects.order_by("key").values_list("state", flat=True)
    assert list(states) == [ObjectState.SUPERSEDED, ObjectState.SUPERSEDED, ObjectState.WAITING]
    assert all(stored_bytes.store().exists(row.object) for row in Received.objects.all())

    set_preference(dicomFileNameTemplate="${SOPInstanceUID}")
    session = prearchive.rebuild(session, by=SYSTEM)
    assert (session.reason, set(states.all())) == ("", {ObjectState.WAITING})
    set_preference(dicomFileNameTemplate=TOO_SHORT)
    prearchive.archive(session, by=SYSTEM)
    assert archived() == {"DICOM/1.2.3.4.dcm"}
    assert list(states.all()) == [ObjectState.SUPERSEDED, ObjectState.SUPERSEDED, ObjectState.ARCHIVED]


def test_a_name_that_another_image_has_in_the_archive_is_not_overwritten() -> None:
    first, second = instance(number=1), instance(number=2)
    prearchive.archive(received(first, names=("x.dcm",)), by=SYSTEM)
    session = received(second, names=("x.dcm",))
    assert "never overwritten" in refused(session, wish=prearchive.wish_for("delete", overwrite_files=True))
    assert stored_bytes.store().open(File.objects.get().object).read() == first


def test_a_name_that_a_file_without_an_image_has_is_a_conflict_and_no_failure() -> None:
    prearchive.archive(received(instance(number=1), names=("x.dcm",)), by=SYSTEM)
    files.put(Resource.objects.get(), keep(b"notes", "notes.txt"), by=SYSTEM)
    assert "never overwritten" in refused(received(instance(number=2), names=("notes.txt",)), wish=prearchive.wish_for("delete"))


@pytest.mark.parametrize(("by_uid", "names"), [(True, {"DICOM/y.dcm"}), (False, {"DICOM/x.dcm", "DICOM/y.dcm"})])
def test_a_new_copy_under_another_name_replaces_or_joins_as_the_site_wants(by_uid: bool, names: set[str]) -> None:
    set_preference(useSopInstanceUidToUniquelyIdentifyDicom=by_uid)
    prearchive.archive(received(instance(uid=ONE), names=("x.dcm",)), by=SYSTEM)
    for _ in range(2):
        prearchive.archive(received(instance(uid=ONE, rows=4), names=("y.dcm",)), by=SYSTEM, wish=prearchive.wish_for("delete"))
        assert archived() == names


def test_what_was_kept_aside_goes_with_its_project() -> None:
    session = received(instance(uid=ONE), instance(uid=ONE, PatientWeight="80"))
    prearchive.rebuild(session, by=SYSTEM)
    prearchive.archive(PrearchiveSession.objects.get(key=session.key), by=SYSTEM)
    kept = Received.objects.get(state=ObjectState.SUPERSEDED)
    assert stored_bytes.needed([kept.object]) == {kept.object}
    projects.delete(Project.objects.get(id="DEMO"), by=SYSTEM)
    kept.refresh_from_db()
    assert (kept.state, kept.reason) == (ObjectState.DELETED, "Deleted with its project by system.")
    assert stored_bytes.needed([kept.object]) == set()
