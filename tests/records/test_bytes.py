"""No object that a row names is ever deleted, and what nothing names goes in the end."""
from __future__ import annotations

import builtins
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection, transaction

from scanhouse.access.actors import SYSTEM
from scanhouse.errors import Broken
from scanhouse.records import bytes, files, resources
from scanhouse.records.errors import BytesGone
from scanhouse.records.models import File, Resource
from tests.builders import an_archive, keep, put_file

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def all_referrers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in every process that has loaded all packages."""
    for name in bytes.REQUIRED - bytes._referrers.keys():
        monkeypatch.setitem(bytes._referrers, name, lambda keys: set())
    yield


@pytest.fixture
def resource() -> Resource:
    return an_archive().with_project("P").with_session("E").resource()


def test_what_nothing_names_is_deleted(resource: Resource) -> None:
    file = put_file(resource, "a", os.urandom(20))
    files.remove(resource, "a", by=SYSTEM)
    assert bytes.discard([file.object], idle=0) == 1
    assert not bytes.store().exists(file.object)
    assert bytes.discard([file.object], idle=0) == 0  # again does no harm


def test_what_a_second_file_names_stays(resource: Resource) -> None:
    data = os.urandom(20)
    file = put_file(resource, "a", data)
    put_file(resource, "b", data)
    files.remove(resource, "a", by=SYSTEM)
    assert bytes.discard([file.object], idle=0) == 0
    assert bytes.store().exists(file.object)


def test_what_came_lately_is_spared_and_looked_at_again() -> None:
    fresh = keep(os.urandom(20))
    assert bytes.discard([fresh.object]) == 0
    assert bytes.store().exists(fresh.object)


def test_a_process_that_does_not_know_all_who_need_bytes_deletes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = keep(os.urandom(20))
    monkeypatch.delitem(bytes._referrers, "ingest")
    with pytest.raises(Broken, match="ingest"):
        bytes.discard([fresh.object], idle=0)


def test_a_sweep_finds_what_never_got_a_row(resource: Resource) -> None:
    orphan, file = keep(os.urandom(20)), put_file(resource, "a", os.urandom(20))
    bytes.sweep(idle=0)
    assert not bytes.store().exists(orphan.object)
    assert bytes.store().exists(file.object)


def test_a_writer_that_has_claimed_an_object_is_waited_for(resource: Resource) -> None:
    """The row is not committed when the discarding begins: it must not believe that nobody needs the object."""
    file = keep(os.urandom(20), "a")
    claimed, deleted = threading.Event(), []

    def write() -> None:
        with transaction.atomic():
            files.put(resource, file, by=SYSTEM)
            claimed.set()
            discarding.join(0.5)  # it would be through long since
            assert discarding.is_alive()
        connection.close()

    def discard() -> None:
        claimed.wait()
        deleted.append(bytes.discard([file.object], idle=0))
        connection.close()

    writing, discarding = threading.Thread(target=write), threading.Thread(target=discard)
    for thread in (discarding, writing):
        thread.start()
    for thread in (discarding, writing):
        thread.join()
    assert deleted == [0]
    assert bytes.store().read(files.find(resource, "a").object)


def test_a_writer_that_comes_too_late_is_told_to_send_the_bytes_again(resource: Resource) -> None:
    file = keep(os.urandom(20), "a")
    bytes.discard([file.object], idle=0)
    with pytest.raises(BytesGone):
        files.put(resource, file, by=SYSTEM)
    assert not File.objects.exists()


def test_equal_bytes_put_removed_and_discarded_by_many_at_once_never_leave_a_row_without_its_object(resource: Resource) -> None:
    contents = [b"one of a few", b"another", b"a third"]
    here = bytes.store()

    def put(into: Resource, data: builtins.bytes) -> None:
        while True:
            try:
                files.put(into, keep(data, "a"), overwrite=True, by=SYSTEM)
                return
            except BytesGone:
                continue  # as a sender does who is told to send again

    def work(number: int) -> None:
        mine, _ = resources.ensure(resources.owner_of(resource), f"R{number}", by=SYSTEM)
        for turn in range(20):
            put(mine, contents[(number + turn) % len(contents)])
            bytes.discard([keep(contents[0]).object, *File.objects.values_list("object", flat=True)], idle=0)
            files.remove(mine, "a", by=SYSTEM)
        put(mine, contents[number % len(contents)])
        connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert File.objects.count() == 6
    for key in File.objects.values_list("object", flat=True):
        assert here.exists(key)


def test_ten_who_put_the_same_file_at_once_make_one_row(resource: Resource) -> None:
    data = os.urandom(20)

    def put(_: int) -> bool:
        try:
            return bool(files.put(resource, keep(data, "a"), by=SYSTEM).stored)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(put, range(10)))
    assert sorted(outcomes) == [False] * 9 + [True]
    assert File.objects.count() == 1


def test_the_lock_on_a_bucket_is_one_of_a_few(tmp_path: Path) -> None:
    """A transaction that names thousands of objects must not fill the server's table of locks."""
    assert {bytes._bucket(f"{n:02x}" + "0" * 62) for n in range(256)} == set(range(bytes.BUCKETS))
