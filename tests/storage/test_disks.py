"""Errors of the operating system become ours, and many threads share a folder sync."""
from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path

import pytest
from tests.waiting import until

from scanhouse.storage import disks
from scanhouse.storage.disks import DiskFailed, DiskFull, FolderSync, Scarce, free_bytes, mount_point, refusal


@pytest.mark.parametrize(("code", "kind"), [
    (errno.ENOSPC, DiskFull), (errno.EDQUOT, DiskFull), (errno.EFBIG, DiskFull), (errno.EIO, DiskFailed),
    (errno.EROFS, DiskFailed), (errno.EACCES, DiskFailed), (errno.EMFILE, Scarce)])
def test_each_error_has_its_kind(tmp_path, code: int, kind: type) -> None:
    error = refusal(OSError(code, os.strerror(code)), "write an object", tmp_path)
    assert isinstance(error, kind)
    assert "write an object" in str(error)


def test_a_full_disk_is_known_by_its_mount_point(tmp_path) -> None:
    error = refusal(OSError(errno.ENOSPC, "full"), "write an object", tmp_path)
    assert isinstance(error, DiskFull)
    assert os.path.ismount(error.disk)
    assert str(error.disk) in str(error)
    assert tmp_path.is_relative_to(error.disk)
    assert error.free == pytest.approx(free_bytes(tmp_path), rel=0.5)


def test_the_root_is_the_mount_point_of_last_resort() -> None:
    assert mount_point(Path("/")) == Path("/")
    assert free_bytes(Path("/nowhere/at/all")) == 0


def test_threads_that_wait_are_served_by_one_sync(tmp_path, monkeypatch) -> None:
    begun, real, all_wait = [], os.fsync, threading.Event()

    def slow(handle: int) -> None:
        """The first one takes until everybody has asked."""
        begun.append(time.monotonic())
        assert all_wait.wait(60)
        real(handle)

    monkeypatch.setattr(os, "fsync", slow)
    folder, served = FolderSync(tmp_path), []

    def ask() -> None:
        came = time.monotonic()
        folder.sync()
        served.append(any(start >= came for start in begun))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    until(lambda: folder._asked == 12)
    all_wait.set()
    for thread in threads:
        thread.join()
    assert served == [True] * 12  # each by a sync that began after it came
    assert len(begun) <= 2


def test_after_one_failed_sync_all_waiters_and_later_callers_are_refused(tmp_path, monkeypatch) -> None:
    def fail(handle: int) -> None:
        time.sleep(0.02)
        raise OSError(errno.EIO, "Input/output error")

    folder, refused = FolderSync(tmp_path), []
    monkeypatch.setattr(os, "fsync", fail)

    def ask() -> None:
        try:
            folder.sync()
        except DiskFailed:
            refused.append(1)

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monkeypatch.undo()
    ask()
    assert len(refused) == 6


def test_a_spread_folder_is_made_once_for_its_owner_alone_and_leaves_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "store" / "staging"
    disks.make_spread(folder)
    (folder / "file").write_bytes(b"x")
    disks.make_spread(folder)
    assert (folder / "file").read_bytes() == b"x"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in folder.parent.iterdir()] == ["staging"]


def test_of_two_that_make_a_spread_folder_at_once_the_slower_one_uses_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "store" / "staging"

    def overtaken(parent: Path) -> None:
        folder.mkdir()
        (folder / "file").write_bytes(b"x")

    monkeypatch.setattr(disks, "_mark_as_top", overtaken)
    disks.make_spread(folder)
    assert [entry.name for entry in folder.parent.iterdir()] == ["staging"]
    assert (folder / "file").exists()
