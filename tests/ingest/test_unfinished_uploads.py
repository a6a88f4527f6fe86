"""A session that was built before its upload came to its end goes on by itself when that has."""
from __future__ import annotations

import tempfile
from datetime import timedelta
from typing import Any, BinaryIO

import pytest
from django.utils import timezone

from scanhouse.access.actors import Actor
from scanhouse.ingest import clock, imports, parts, prearchive, uploads, web_uploads
from scanhouse.ingest.imports import Goal, Order
from scanhouse.ingest.models import PrearchiveSession, SessionState, Upload
from scanhouse.ingest.routing import Given
from scanhouse.ingest.web_uploads import Then
from tests.ingest.objects import instance
from tests.ingest.test_web_uploads import begun, packed, sent, zipped

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def studies(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """An archive with two studies, of which each object is entered by itself."""
    monkeypatch.setattr(uploads, "GROUP", 1)
    return zipped(instance(study="1.2.3"), instance(study="1.2.9", series="1.2.9.1"))


def quiet() -> None:
    """The deadlines of all sessions are over: they are built, and go on as they will."""
    PrearchiveSession.objects.filter(deadline__isnull=False).update(deadline=timezone.now() - timedelta(seconds=1))
    clock.tick()
    for key in PrearchiveSession.objects.values_list("key", flat=True):
        prearchive.finish_build(key)


def quiet_in_the_middle(module: Any, monkeypatch: pytest.MonkeyPatch) -> list[PrearchiveSession]:
    """Five minutes pass when the first study was entered; answers how its session was then."""
    tell, seen = module._tell, list[PrearchiveSession]()

    def tell_and_wait(*about: Any) -> None:
        tell(*about)
        if not seen and PrearchiveSession.objects.exists():
            quiet()
            seen.append(PrearchiveSession.objects.get())

    monkeypatch.setattr(module, "_tell", tell_and_wait)
    return seen


def states() -> dict[str, str]:
    return dict(PrearchiveSession.objects.values_list("study_uid", "state"))


def test_a_study_of_a_large_file_goes_on_when_all_of_the_file_was_read(
    archive: Any, ann: Actor, studies: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_middle = quiet_in_the_middle(parts, monkeypatch)
    upload = begun(archive, ann, Then.ARCHIVE)
    sent(upload, "two.zip", studies, ann)
    assert (in_the_middle[0].state, in_the_middle[0].reason) == (SessionState.READY, prearchive.UNFINISHED)
    web_uploads.finish(upload, by=ann)
    quiet()
    assert states() == {"1.2.3": SessionState.ARCHIVING, "1.2.9": SessionState.ARCHIVING}
    assert not PrearchiveSession.objects.exclude(reason="").exists()


def test_a_study_of_an_upload_of_small_files_goes_on_when_the_page_is_done(archive: Any, ann: Actor) -> None:
    upload = begun(archive, ann, Then.ARCHIVE)
    web_uploads.batch(upload, packed(("1", instance(study="1.2.3"))), by=ann)
    quiet()
    assert states() == {"1.2.3": SessionState.READY}
    web_uploads.batch(upload, packed(("2", instance(study="1.2.9", series="1.2.9.1"))), by=ann)
    web_uploads.finish(upload, by=ann)
    quiet()
    assert states() == {"1.2.3": SessionState.ARCHIVING, "1.2.9": SessionState.ARCHIVING}


def test_a_study_of_an_import_goes_on_when_all_of_it_was_read(ann: Actor, studies: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    in_the_middle = quiet_in_the_middle(imports, monkeypatch)
    order = Order(given=Given(project="P", auto_archive=True), goal=Goal.WAIT)
    with tempfile.TemporaryFile() as file:
        imports.carry_out(holding(file, studies), order, upload=imports.begin("two.zip", by=ann), by=ann)
    assert in_the_middle[0].state == SessionState.READY
    quiet()
    assert states() == {"1.2.3": SessionState.ARCHIVING, "1.2.9": SessionState.ARCHIVING}


def test_one_that_waits_for_another_upload_too_waits_on(archive: Any, ann: Actor) -> None:
    first, second = begun(archive, ann, Then.ARCHIVE), begun(archive, ann, Then.ARCHIVE)
    web_uploads.batch(first, packed(("1", instance(number=1))), by=ann)
    web_uploads.batch(second, packed(("2", instance(number=2))), by=ann)
    quiet()
    for upload, state in ((first, SessionState.READY), (second, SessionState.ARCHIVING)):
        web_uploads.finish(Upload.objects.get(pk=upload.pk), by=ann)
        quiet()
        assert list(states().values()) == [state]


def test_one_that_waits_for_a_person_waits_on(archive: Any, ann: Actor) -> None:
    upload = begun(archive, ann, Then.ARCHIVE)
    web_uploads.batch(upload, packed(("1", instance())), by=ann)
    prearchive.rebuild(PrearchiveSession.objects.get(), by=ann)
    web_uploads.finish(upload, by=ann)
    quiet()
    assert list(states().values()) == [SessionState.READY]


def holding(file: BinaryIO, data: bytes) -> BinaryIO:
    file.write(data)
    file.seek(0)
    return file
