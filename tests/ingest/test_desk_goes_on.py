"""The desk serves everybody: an error of one group must not be the end for all that follow."""
from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanhouse.ingest.desk import Desk
from scanhouse.ingest.line import Ticket
from scanhouse.storage.disks import DiskFailed
from scanhouse.storage.store import FileStore
from tests.ingest.objects import arrival, instance

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FileStore]:
    store = FileStore(tmp_path / "store")
    yield store
    store.close()


@pytest.fixture
def desk(store: FileStore) -> Iterator[Desk]:
    desk = Desk(store, patience=10.0)
    yield desk
    desk.close()


def test_a_disk_that_is_read_only_for_a_while_refuses_only_what_comes_meanwhile(
    desk: Desk, store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    meanwhile, later = arrival(store, instance(number=1)), arrival(store, instance(number=2))
    with monkeypatch.context() as read_only:
        read_only.setattr(os, "rename", refuse)
        read_only.setattr(Path, "unlink", refuse)
        with pytest.raises(DiskFailed, match="Read-only"):
            desk.take(meanwhile)
    assert desk.take(later) > 0


def test_an_answer_that_fails_by_a_defect_is_not_the_end(desk: Desk, store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    answer, failed = Ticket.answer, []

    def fail_once(self: Ticket, outcome: int) -> None:
        answer(self, outcome)
        if not failed:
            failed.append(True)
            raise RuntimeError("a defect")

    monkeypatch.setattr(Ticket, "answer", fail_once)
    assert desk.take(arrival(store, instance(number=1))) == desk.take(arrival(store, instance(number=2)))
