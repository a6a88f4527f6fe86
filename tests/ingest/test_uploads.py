"""Archives sent over HTTP: every member has an outcome, nothing partial is visible."""
from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from scanhouse.ingest.models import ObjectState, PrearchiveSession, Received
from scanhouse.ingest.receive import Address
from scanhouse.ingest.routing import Given
from scanhouse.ingest.uploads import NothingTaken, Refused, Taken, Terms, UnreadableMember, existing, take
from scanhouse.storage.archives import ArchiveRefused
from scanhouse.storage.store import FileStore
from tests.ingest.objects import instance

pytestmark = pytest.mark.django_db(transaction=True)
SKIPPING = Terms(skip=True)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "store")


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/") + ".dcm", data)
    return out.getvalue()


def upload(data: bytes, store: FileStore, tmp_path: Path, terms: Terms = Terms(), name: str = "study.zip") -> Taken:  # noqa: B008 - frozen
    file = tmp_path / "upload"
    file.write_bytes(data)
    with file.open("rb") as opened:
        return take(opened, name=name, terms=terms, login="admin", store=store)


def test_the_objects_of_a_zip_enter_the_session_of_their_study(store: FileStore, tmp_path: Path) -> None:
    data = [instance(number=n) for n in range(3)]
    taken = upload(zipped(a__1=data[0], a__2=data[1], b__1=data[2]), store, tmp_path)
    assert (taken.objects, taken.refused) == (3, [])
    assert PrearchiveSession.objects.count() == 1
    assert sorted(Received.objects.values_list("name", flat=True)) == ["a/1.dcm", "a/2.dcm", "b/1.dcm"]
    assert sorted(store.open(key).read() for key in Received.objects.values_list("object", flat=True)) == sorted(data)


@pytest.mark.parametrize("compression", ["", "gz"])
def test_tar_and_tar_gz_are_taken_alike(compression: str, store: FileStore, tmp_path: Path) -> None:
    out, data = io.BytesIO(), instance()
    with tarfile.open(fileobj=out, mode=f"w:{compression}") as archive:
        info = tarfile.TarInfo("x/1.dcm")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    assert upload(out.getvalue(), store, tmp_path, name="study.tar").objects == 1


def test_a_single_file_is_taken_as_it_is(store: FileStore, tmp_path: Path) -> None:
    assert upload(instance(), store, tmp_path, name="1.dcm").objects == 1


def test_an_archive_inside_an_archive_is_opened(store: FileStore, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("inner.zip", zipped(a=instance()))
    assert upload(out.getvalue(), store, tmp_path).objects == 1


def test_a_member_that_is_no_dicom_fails_the_upload_and_nothing_is_taken(store: FileStore, tmp_path: Path) -> None:
    with pytest.raises(UnreadableMember, match=r"unable to read DICOM object b\.dcm"):
        upload(zipped(a=instance(), b=b"I am a text"), store, tmp_path)
    assert not Received.objects.exists()


def test_with_skip_it_is_refused_alone_and_the_ledger_says_why(store: FileStore, tmp_path: Path) -> None:
    taken = upload(zipped(a=instance(), b=b"I am a text"), store, tmp_path, SKIPPING)
    assert taken.objects == 1
    assert taken.refused == [Refused("b.dcm", taken.refused[0].reason, is_foreign=True)]
    row = Received.objects.get(state=ObjectState.REJECTED)
    assert (row.name, row.session, row.object, bool(row.reason)) == ("b.dcm", None, "", True)


def test_an_upload_without_any_dicom_is_an_error(store: FileStore, tmp_path: Path) -> None:
    with pytest.raises(NothingTaken, match="did not include parsable files"):
        upload(zipped(a=b"nothing"), store, tmp_path, SKIPPING)


def test_a_damaged_archive_is_refused(store: FileStore, tmp_path: Path) -> None:
    with pytest.raises(ArchiveRefused):
        upload(zipped(a=instance())[:-40], store, tmp_path, SKIPPING)
    assert not PrearchiveSession.objects.exists()


def test_what_the_sender_asked_for_decides_where_objects_go(store: FileStore, tmp_path: Path) -> None:
    address = existing("P", "20000101_050505", "11223344")
    terms = Terms(given=Given(project="P", subject="S9", session="X9"), address=address)
    upload(zipped(a=instance()), store, tmp_path, terms)
    session = PrearchiveSession.objects.get()
    assert (session.project, session.timestamp, session.folder, session.subject, session.label) == ("P", "20000101_050505", "11223344", "S9", "X9")


def test_another_study_joins_a_session_that_is_named_by_its_address(store: FileStore, tmp_path: Path) -> None:
    for study in ("1.2.1", "1.2.2"):
        terms = Terms(given=Given(project="P"), address=existing("P", "20000101_050505", "X"))
        upload(zipped(a=instance(study=study)), store, tmp_path, terms)
    assert PrearchiveSession.objects.get().received.count() == 2
    assert existing("P", "20000101_050505", "X") == Address("20000101_050505", "X", "1.2.1")


def test_nothing_is_left_in_the_staging_area(store: FileStore, tmp_path: Path) -> None:
    upload(zipped(a=instance(), b=b"no", c=instance(number=2)), store, tmp_path, SKIPPING)
    assert not list((tmp_path / "store" / "staging").iterdir())
