"""Large files from the page whose bytes are all here: whatever fails on our side, they are read, or it is said why not; none is sent twice."""
from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from scanhouse.access.actors import Actor
from scanhouse.errors import Busy
from scanhouse.ingest import clock, interruptions, jobs, parts
from scanhouse.ingest.models import Received, Upload
from scanhouse.ingest.parts import Progress
from scanhouse.jobs import upkeep, worker
from scanhouse.storage.disks import DiskFailed
from scanhouse.storage.store import FileStore
from tests.ingest.objects import instance
from tests.ingest.test_web_uploads import begun, zipped

pytestmark = pytest.mark.django_db(transaction=True)

READ = jobs.read_upload.name


@pytest.fixture
def data() -> bytes:
    return zipped(instance(number=1), instance(number=2))


@pytest.fixture(autouse=True)
def empty_queue() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")


def whole(archive: Any, by: Actor, data: bytes) -> Upload:
    """A part of which every byte was acknowledged, and the reading is queued."""
    part = parts.resume(begun(archive, by), "big.zip", len(data), 1, by=by)
    assert parts.append(part, [data], offset=0, by=by) == len(data)
    return part


def sent_again(archive: Any, by: Actor, data: bytes) -> Upload:
    return parts.resume(begun(archive, by), "big.zip", len(data), 1, by=by)


def work() -> None:
    """Run what is to be read, and what the queue will try again later, until none of it is left."""
    while ProcrastinateJob.objects.filter(task_name=READ, status="todo").exists():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
        worker.run(wait=False, queues=["ingest"])


def silent() -> None:
    """Time passes in which nobody touches an upload."""
    Upload.objects.update(modified_at=timezone.now() - 2 * interruptions.SILENT)


def the_clock_looks() -> None:
    silent()
    interruptions.end_interrupted_uploads()
    interruptions.go_on_with_parts()
    clock.tick()


def killed_while_it_reads(part: Upload) -> None:
    """As a kill of its worker leaves it."""
    Upload.objects.filter(pk=part.pk).update(state="reading")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL WHERE task_name = %s", [READ])


def seen(part: Upload) -> Progress:
    return parts.progress(Upload.objects.get(pk=part.pk))


def queued() -> int:
    return ProcrastinateJob.objects.filter(task_name=READ, status__in=("todo", "doing")).count()


def bytes_of(part: Upload, settings: Any) -> Path:
    return Path(settings.STAGING_DIR) / f"upload-{part.pk}.part"


@pytest.mark.parametrize("clock_comes_first", [True, False])
def test_a_part_whose_worker_was_killed_is_read_by_the_next_one(archive: Any, ann: Actor, data: bytes, clock_comes_first: bool) -> None:
    part = whole(archive, ann, data)
    killed_while_it_reads(part)
    steps = [the_clock_looks, lambda: upkeep.rescue(stalled_after=0)]
    for step in steps if clock_comes_first else reversed(steps):
        step()
    assert seen(part).state == "reading"
    work()
    assert (seen(part).state, Received.objects.count()) == ("done", 2)


def test_a_database_that_was_away_for_a_moment_fails_no_part(archive: Any, ann: Actor, data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    part = whole(archive, ann, data)
    with monkeypatch.context() as patch:
        patch.setattr(parts.uploads, "take", raising(OperationalError("server closed the connection")))
        worker.run(wait=False, queues=["ingest"])
    the_clock_looks()
    work()
    assert seen(part).state == "done"


def test_a_disk_that_failed_deletes_nothing_that_was_acknowledged(
    archive: Any, ann: Actor, data: bytes, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    part = whole(archive, ann, data)
    with monkeypatch.context() as patch:
        patch.setattr(parts.uploads, "enter_each", raising(DiskFailed(Path("/data"), "its fsync failed", "sync incoming/")))
        worker.run(wait=False, queues=["ingest"])
        assert (seen(part).state, bytes_of(part, settings).stat().st_size) == ("reading", len(data))
    work()
    assert seen(part).state == "done"


def test_where_reading_does_not_help_it_says_why_and_sending_again_sends_nothing(
    archive: Any, ann: Actor, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = whole(archive, ann, data)
    with monkeypatch.context() as patch:
        patch.setattr(parts.uploads, "enter_each", raising(DiskFailed(Path("/data"), "its fsync failed", "sync incoming/")))
        work()
    the_clock_looks()
    found = seen(part)
    assert found.state == "failed"
    assert "its fsync failed" in found.why
    assert interruptions.STILL_HERE in found.why
    again = sent_again(archive, ann, data)
    assert (again.pk, parts.offset(again), seen(again).why) == (part.pk, len(data), "")
    work()
    assert seen(again).state == "done"


def test_a_part_that_ends_every_worker_is_given_up_with_a_reason(archive: Any, ann: Actor, data: bytes) -> None:
    part = whole(archive, ann, data)
    for _ in range(upkeep.MAX_RUNS):
        killed_while_it_reads(part)
        upkeep.rescue(stalled_after=0)
    the_clock_looks()
    assert (seen(part).state, queued()) == ("failed", 0)
    assert "The worker's log has the cause" in seen(part).why


def test_a_disk_that_is_full_for_longer_than_the_queue_tries_is_waited_for(
    archive: Any, ann: Actor, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = whole(archive, ann, data)
    with monkeypatch.context() as patch:
        patch.setattr(FileStore, "stage", raising(Busy("The disk is full. Make room.")))
        for _ in range(2):
            work()
            assert queued() == 0
            assert (seen(part).state, seen(part).why) == ("reading", "The disk is full. Make room.")
            the_clock_looks()
            assert queued() == 1
    the_clock_looks()
    assert queued() == 1  # one that waits is enough
    work()
    assert (seen(part).state, seen(part).why) == ("done", "")


def test_the_sweep_takes_no_bytes_that_are_still_to_be_read(archive: Any, ann: Actor, data: bytes, settings: Any) -> None:
    part, left = whole(archive, ann, data), parts.resume(begun(archive, ann), "other.zip", 100, 1, by=ann)
    parts.append(left, [b"x" * 50], offset=0, by=ann)
    for one in (part, left):
        os.utime(bytes_of(one, settings), (0, time.time() - 2 * jobs.STAGING_AGE))
    jobs.sweep_staging()
    assert (bytes_of(part, settings).exists(), bytes_of(left, settings).exists()) == (True, False)


@pytest.fixture
def not_queued(archive: Any, ann: Actor, data: bytes, monkeypatch: pytest.MonkeyPatch) -> Upload:
    """A part whose last byte is on the disk; before its reading was queued the database went away."""
    part = parts.resume(begun(archive, ann), "big.zip", len(data), 1, by=ann)
    with monkeypatch.context() as patch:
        patch.setattr(parts.jobs.read_upload.__class__, "defer", raising(OperationalError("server closed the connection")))
        with pytest.raises(OperationalError):
            parts.append(part, [data], offset=0, by=ann)
    assert (queued(), Upload.objects.get(pk=part.pk).state) == (0, "receiving")
    return part


def test_who_asks_where_to_go_on_has_a_whole_file_read(archive: Any, ann: Actor, data: bytes, not_queued: Upload) -> None:
    again = sent_again(archive, ann, data)
    assert (again.pk, parts.offset(again), seen(again).state, queued()) == (not_queued.pk, len(data), "reading", 1)
    work()
    assert seen(again).state == "done"


def test_a_whole_file_that_nobody_asks_for_is_read_too(not_queued: Upload) -> None:
    the_clock_looks()
    work()
    assert seen(not_queued).state == "done"


def test_a_file_that_still_comes_is_left_alone(archive: Any, ann: Actor) -> None:
    part = parts.resume(begun(archive, ann), "big.zip", 100, 1, by=ann)
    parts.append(part, [b"x" * 50], offset=0, by=ann)
    the_clock_looks()
    assert (seen(part).state, queued()) == ("receiving", 0)


def test_a_file_without_a_byte_is_whole_from_the_start(archive: Any, ann: Actor) -> None:
    part = parts.resume(begun(archive, ann), "empty.zip", 0, 1, by=ann)
    work()
    assert seen(part).state == "refused"
    assert "gone" not in seen(part).why


def test_a_second_reader_that_finds_the_bytes_gone_does_not_undo_what_the_first_has_done(
    archive: Any, ann: Actor, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, tell, told = whole(archive, ann, data), parts._tell, []

    def tell_and_let_the_other_one_read(*about: Any) -> None:
        tell(*about)
        if not told:
            told.append(about)
            parts.read(str(part.pk))

    monkeypatch.setattr(parts, "_tell", tell_and_let_the_other_one_read)
    parts.read(str(part.pk))
    assert (seen(part).state, seen(part).why) == ("done", "")


def test_a_file_that_is_asked_for_twice_at_once_is_one_part(archive: Any, ann: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    upload, together, save = begun(archive, ann), threading.Barrier(2), Upload.save
    found: list[object] = []

    def save_together(part: Upload, *args: Any, **options: Any) -> None:
        with suppress(threading.BrokenBarrierError):
            together.wait(1)  # for another one that has looked, too, and found nothing
        save(part, *args, **options)

    def ask() -> None:
        try:
            found.append(parts.resume(upload, "big.zip", 100, 1, by=ann).pk)
        finally:
            connection.close()

    monkeypatch.setattr(Upload, "save", save_together)
    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert len(set(found)) == 1


def raising(error: Exception) -> Any:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail
