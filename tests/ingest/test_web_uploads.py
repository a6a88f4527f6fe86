"""Uploads from the page: every file has an outcome, large ones go on where they were, and nothing is anybody else's."""
from __future__ import annotations

import io
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scanhouse.access.actors import Actor
from scanhouse.errors import Forbidden, Invalid, NotFound
from scanhouse.ingest import parts, prearchive, web_uploads
from scanhouse.ingest.models import ObjectState, PrearchiveSession, Received, Upload
from scanhouse.ingest.parts import Elsewhere
from scanhouse.ingest.web_uploads import Outcome, Then
from scanhouse.storage.archives import ArchiveRefused
from tests.builders import an_archive
from tests.ingest.objects import instance

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def archive() -> Any:
    return an_archive().with_project("P").with_user("ann", member="P").with_user("bob", member="P").with_user("eve", collaborator="P")


@pytest.fixture
def ann(archive: Any) -> Actor:
    return archive.actor("ann")


def begun(archive: Any, by: Actor, then: Then = Then.AS_PROJECT, **terms: str) -> Upload:
    return web_uploads.begin(archive.project("P"), subject=terms.get("subject", "S1"), session=terms.get("session", ""), then=then, by=by)


def packed(*members: tuple[str, bytes]) -> io.BufferedRandom:
    file = tempfile.TemporaryFile()  # noqa: SIM115  # the caller reads it
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    file.seek(0)
    return file  # type: ignore[return-value]


def outcomes(found: list[Outcome]) -> list[str]:
    return [one.outcome for one in found]


def sent(upload: Upload, name: str, data: bytes, by: Actor) -> Upload:
    """A large file that has come as a whole and was read, as a worker would."""
    part = parts.resume(upload, name, len(data), 1, by=by)
    parts.append(part, [data[:100], data[100:]], offset=0, by=by)
    parts.read(str(part.pk))
    part.refresh_from_db()
    return part


def test_each_member_of_a_batch_has_an_outcome_in_its_place(archive: Any, ann: Actor) -> None:
    one, two = instance(number=1), instance(number=2)
    upload = begun(archive, ann)
    files = packed(("a/1", one), ("a/notes.txt", b"no image at all"), ("a/2", two), ("a/1 again", one), ("a/cut", two[:300]))
    found = web_uploads.batch(upload, files, by=ann)
    assert outcomes(found) == ["stored", "ignored", "stored", "stored", "refused"]
    assert all(one.why for one in found if one.outcome in ("ignored", "refused"))
    assert sorted(Received.objects.filter(state=ObjectState.REJECTED).values_list("name", flat=True)) == ["a/cut", "a/notes.txt"]
    assert Received.objects.filter(state=ObjectState.WAITING).count() == 2  # the same object twice is one


def test_what_is_here_already_is_said_to_be_whether_it_waits_or_is_archived(archive: Any, ann: Actor) -> None:
    data = instance()
    upload = begun(archive, ann)
    web_uploads.batch(upload, packed(("1", data)), by=ann)
    assert outcomes(web_uploads.batch(upload, packed(("1", data)), by=ann)) == ["known"]
    prearchive.archive(PrearchiveSession.objects.get(), by=ann)
    assert outcomes(web_uploads.batch(begun(archive, ann), packed(("1", data)), by=ann)) == ["known"]


def test_the_labels_that_were_chosen_are_those_of_the_session(archive: Any, ann: Actor) -> None:
    web_uploads.batch(begun(archive, ann, subject="Pat 7", session="Day 1"), packed(("1", instance())), by=ann)
    session = PrearchiveSession.objects.get()
    assert (session.project, session.subject, session.label) == ("P", "Pat_7", "Day_1")


@pytest.mark.parametrize(("then", "wish"), [(Then.AS_PROJECT, None), (Then.ARCHIVE, True), (Then.WAIT, False)])
def test_what_is_to_happen_then_goes_with_the_session(archive: Any, ann: Actor, then: Then, wish: bool | None) -> None:
    web_uploads.batch(begun(archive, ann, then), packed(("1", instance())), by=ann)
    assert PrearchiveSession.objects.get().auto_archive is wish


def test_a_damaged_batch_is_refused_and_nothing_staged_is_left(archive: Any, ann: Actor, settings: Any) -> None:
    file = packed(("1", instance(number=1)), ("2", instance(number=2, rows=64)))
    file.truncate(4000)  # in the middle of the second
    before = set(Path(settings.STAGING_DIR).iterdir())
    with pytest.raises(ArchiveRefused):
        web_uploads.batch(begun(archive, ann), file, by=ann)
    assert not Received.objects.exists()
    assert set(Path(settings.STAGING_DIR).iterdir()) <= before  # what others have left may go meanwhile


def test_a_large_file_goes_on_where_it_broke_off_also_in_another_upload(archive: Any, ann: Actor) -> None:
    data = zipped(instance(number=1), instance(number=2), b"a text")
    first = begun(archive, ann)
    part = parts.resume(first, "study.zip", len(data), 77, by=ann)
    assert parts.append(part, [data[:1000]], offset=0, by=ann) == 1000

    second = begun(archive, ann)  # the page was closed and opened again
    again = parts.resume(second, "study.zip", len(data), 77, by=ann)
    assert (again.pk, again.whole_id, parts.offset(again)) == (part.pk, second.pk, 1000)
    with pytest.raises(Elsewhere) as refused:
        parts.append(again, [data], offset=0, by=ann)
    assert refused.value.offset == 1000
    assert parts.append(again, [data[1000:]], offset=1000, by=ann) == len(data)
    again.refresh_from_db()
    assert again.state == "queued"

    parts.read(str(again.pk))
    again.refresh_from_db()
    seen = parts.progress(again)
    assert (seen.state, seen.counts) == ("done", {"stored": 2, "known": 0, "ignored": 1, "refused": 0})
    assert [one.name for one in seen.refused] == ["2.dcm"]
    second.refresh_from_db()
    assert second.result == [PrearchiveSession.objects.get().key]
    assert parts.offset(again) == len(data)


@pytest.mark.parametrize("change", [{"name": "other.zip"}, {"size": 999}, {"modified": 78}])
def test_another_file_begins_anew(archive: Any, ann: Actor, change: dict[str, Any]) -> None:
    upload = begun(archive, ann)
    about = {"name": "study.zip", "size": 2000, "modified": 77}
    part = parts.resume(upload, **about, by=ann)
    assert parts.resume(upload, **{**about, **change}, by=ann).pk != part.pk
    assert parts.resume(begun(archive, ann, subject="other"), **about, by=ann).pk != part.pk
    assert parts.resume(upload, **about, by=ann).pk == part.pk


def test_more_bytes_than_a_file_has_are_refused(archive: Any, ann: Actor) -> None:
    part = parts.resume(begun(archive, ann), "a.zip", 10, 1, by=ann)
    with pytest.raises(Invalid, match="More was sent"):
        parts.append(part, [b"0123456789ab"], offset=0, by=ann)


def test_reading_a_file_twice_changes_nothing(archive: Any, ann: Actor) -> None:
    part = sent(begun(archive, ann), "study.zip", zipped(instance()), ann)
    parts.read(str(part.pk))
    assert Received.objects.filter(state=ObjectState.WAITING).count() == 1
    again = sent(begun(archive, ann), "copy.zip", zipped(instance()), ann)
    assert parts.progress(again).state == "done"


def test_a_file_without_dicom_is_refused_with_the_reason(archive: Any, ann: Actor) -> None:
    part = sent(begun(archive, ann), "texts.zip", zipped(b"one", b"two"), ann)
    seen = parts.progress(part)
    assert (seen.state, seen.counts["ignored"]) == ("refused", 2)
    assert "did not include parsable files" in seen.why
    damaged = sent(begun(archive, ann), "damaged.zip", b"PK\3\4" + bytes(400), ann)
    assert parts.progress(damaged).state == "refused"


def test_a_finished_upload_settles_its_sessions_and_may_go_on_by_itself(archive: Any, ann: Actor) -> None:
    upload = begun(archive, ann)
    web_uploads.batch(upload, packed(("1", instance())), by=ann)
    deadline = PrearchiveSession.objects.get().deadline
    upload.refresh_from_db()
    web_uploads.finish(upload, by=ann)
    session = PrearchiveSession.objects.get()
    assert session.deadline is not None
    assert deadline is not None
    assert session.deadline < deadline
    upload.refresh_from_db()
    assert upload.complete
    assert web_uploads.sessions(upload, by=ann) == [session]


def test_an_upload_is_for_who_began_it_and_for_those_who_may_create(archive: Any, ann: Actor) -> None:
    upload = begun(archive, ann)
    with pytest.raises(NotFound):
        web_uploads.find(str(upload.pk), by=archive.actor("bob"))
    with pytest.raises(Forbidden):
        begun(archive, archive.actor("eve"))
    part = parts.resume(upload, "a.zip", 10, 1, by=ann)
    with pytest.raises(NotFound):
        parts.part_of(begun(archive, ann), str(part.pk), by=ann)


def zipped(*members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, data in enumerate(members):
            archive.writestr(f"{number}.dcm", data)
    return out.getvalue()
