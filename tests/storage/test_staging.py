"""Staging under faults: what the disk refuses is refused whole, says why, and is never tried again on the same file."""
from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from scanhouse.errors import Broken, Busy, Conflict
from scanhouse.storage.disks import DiskFailed, DiskFull, Scarce
from scanhouse.storage.store import FileStore


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "store")


def failing(code: int, calls: list[int]):
    def fail(handle: int, *_: object) -> int:
        calls.append(handle)
        raise OSError(code, os.strerror(code))

    return fail


def leftovers(store: FileStore) -> list[Path]:
    return list((store.root / "staging").iterdir())


@pytest.mark.parametrize(("code", "kind"), [(errno.EIO, DiskFailed), (errno.ENOSPC, DiskFull), (errno.EDQUOT, DiskFull)])
def test_a_failed_sync_refuses_the_object_and_is_never_retried(store, monkeypatch, code: int, kind: type) -> None:
    calls: list[int] = []
    with store.stage() as staged:
        staged.write(b"bytes that may be lost")
        with monkeypatch.context() as patch:
            patch.setattr(os, "fdatasync", failing(code, calls))
            with pytest.raises(kind, match="sync an object"):
                staged.seal()
        with pytest.raises(Conflict):  # although the disk would say yes now
            staged.seal()
    assert len(calls) == 1
    assert leftovers(store) == []
    assert list(store.keys()) == []


def test_a_failed_sync_is_ours_to_repair_and_a_full_disk_is_to_be_tried_later() -> None:
    assert issubclass(DiskFailed, Broken)
    assert issubclass(DiskFull, Busy)


@pytest.mark.parametrize("call", ["write", "writev"])
def test_a_write_error_drops_the_object(store, monkeypatch, call: str) -> None:
    with store.stage() as staged:
        staged.write(b"good so far")
        monkeypatch.setattr(os, call, failing(errno.EIO, []))
        with pytest.raises(DiskFailed, match="write an object"):
            staged.write(b"x") if call == "write" else staged.writev([b"x", b"y"])
        assert leftovers(store) == []
        with pytest.raises(Conflict):
            staged.write(b"and on")


def test_short_writes_are_finished(store, monkeypatch) -> None:
    real_write, real_writev = os.write, os.writev
    monkeypatch.setattr(os, "write", lambda handle, data: real_write(handle, data[:3]))
    monkeypatch.setattr(os, "writev", lambda handle, views: real_writev(handle, [views[0], views[1][:2]]))
    with store.stage() as staged:
        staged.write(b"0123456789")
        staged.writev([b"abcdef", b"ghijkl", b"mnopqr"])
        sealed = staged.seal()
    store.keep([sealed])
    assert store.read(sealed.key) == b"0123456789abcdefghijklmnopqr"


def test_too_many_open_files_is_a_reason_to_wait(store, monkeypatch) -> None:
    monkeypatch.setattr(os, "open", failing(errno.EMFILE, []))
    with pytest.raises(Scarce, match="limit of open files"):
        store.stage()


def test_a_sealed_file_cannot_be_written_by_those_who_get_a_link_to_it(store) -> None:
    with store.stage() as staged:
        staged.write(b"x")
        sealed = staged.seal()
    assert sealed.path.stat().st_mode & 0o222 == 0


def test_a_forgotten_stage_is_dropped_with_its_last_reference(store) -> None:
    staged = store.stage()
    staged.write(b"x")
    del staged
    assert leftovers(store) == []
