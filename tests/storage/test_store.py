"""The store on files: order of durability, healing, a full disk and kill -9. What every store promises is in tests/contract."""
from __future__ import annotations

import errno
import hashlib
import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanhouse.errors import Invalid
from scanhouse.storage.disks import DiskFailed, DiskFull
from scanhouse.storage.objects import ObjectDamaged
from scanhouse.storage.store import FileStore, Sealed, StagedGone

WRITER = Path(__file__).with_name("store_writer.py")


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "store")


def seal(store: FileStore, data: bytes) -> Sealed:
    with store.stage() as staged:
        staged.write(data)
        return staged.seal()


def record_calls(monkeypatch, names: list[str]) -> list[str]:
    """Names of the calls of `os` in the order in which they are made; handles are told as the folder they belong to."""
    calls: list[str] = []

    def watched(name: str):
        real = getattr(os, name)

        def call(*args, **kwargs):
            where = os.readlink(f"/proc/self/fd/{args[0]}") if isinstance(args[0], int) else str(args[-1])
            calls.append(f"{name} {Path(where).parent.name if name in ('rename', 'fdatasync') else Path(where).name}")
            return real(*args, **kwargs)

        return call

    for name in names:
        monkeypatch.setattr(os, name, watched(name))
    return calls


def test_bytes_are_synced_before_the_name_and_the_folder_once_per_group(store, monkeypatch) -> None:
    calls = record_calls(monkeypatch, ["fdatasync", "rename", "fsync"])
    store.keep([seal(store, b"%d" % i) for i in range(3)])
    assert calls == ["fdatasync staging"] * 3 + ["rename incoming"] * 3 + ["fsync incoming"]


def test_a_move_syncs_the_new_folders_before_the_old_name_goes(store, monkeypatch) -> None:
    sealed = seal(store, b"moving")
    store.keep([sealed])
    calls = record_calls(monkeypatch, ["link", "fsync", "unlink"])
    store.promote()
    first, second = sealed.key[:2], sealed.key[2:4]
    assert calls[0].startswith("link") and calls[-1] == f"unlink {sealed.key}"
    assert sorted(calls[-4:-1]) == sorted([f"fsync {second}", f"fsync {first}", "fsync objects"])
    assert (store.root / "objects" / first / second / sealed.key).is_file()
    assert not (store.root / "incoming" / sealed.key).exists()


def test_a_failed_folder_sync_stops_all_acknowledging_until_a_restart(store, monkeypatch) -> None:
    def fail(handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    group = [seal(store, b"a"), seal(store, b"b")]
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(DiskFailed, match="restarted"):
            store.keep(group)
    assert list(store.keys()) == []  # nobody may find them and believe them durable
    with pytest.raises(DiskFailed):
        store.keep([seal(store, b"c")])
    again = FileStore(store.root)
    again.keep([seal(again, b"c")])
    assert list(map(again.read, again.keys())) == [b"c"]


@pytest.mark.parametrize("promoted", [False, True])
def test_an_object_of_the_wrong_length_is_healed_by_the_next_good_copy(store, caplog, promoted: bool) -> None:
    sealed = seal(store, b"all of it")
    store.keep([sealed])
    if promoted:
        store.promote()
    torn = store.path(sealed.key) if promoted else store.root / "incoming" / sealed.key
    torn.chmod(0o644)
    torn.write_bytes(b"all")
    with pytest.raises(ObjectDamaged):
        store.verify(sealed.key)
    with pytest.raises(ObjectDamaged, match="3 bytes instead of 9"):
        store.keep([sealed])  # its staged copy is gone: it cannot heal
    with caplog.at_level(logging.ERROR):
        store.keep([seal(store, b"all of it")])
    assert "good copy took its place" in caplog.text
    store.verify(sealed.key)


def test_a_flipped_bit_is_found(store) -> None:
    sealed = seal(store, b"sound")
    store.keep([sealed])
    path = store.path(sealed.key)
    path.chmod(0o644)
    path.write_bytes(b"soune")
    with pytest.raises(ObjectDamaged, match="Restore it from a copy"):
        store.verify(sealed.key)


def test_an_old_object_that_comes_again_is_young_again(store) -> None:
    sealed = seal(store, b"old")
    store.keep([sealed])
    os.utime(store.path(sealed.key), (1, 1))
    store.keep([seal(store, b"old")])
    assert not store.delete(sealed.key, idle=3600)
    os.utime(store.path(sealed.key), (1, 1))
    assert store.delete(sealed.key, idle=3600)


def test_staged_bytes_that_vanished_are_asked_for_again(store) -> None:
    sealed = seal(store, b"swept")
    sealed.discard()
    with pytest.raises(StagedGone, match="Send them again"):
        store.keep([sealed])


def test_foreign_files_in_the_store_are_left_alone(store) -> None:
    (store.root / "incoming" / ".nfs0001").write_bytes(b"")
    (store.root / "objects" / "notes.txt").write_bytes(b"")
    store.keep([seal(store, b"x")])
    assert store.promote() == 1
    assert len(list(store.keys())) == 1
    assert (store.root / "incoming" / ".nfs0001").exists()


def test_a_move_that_was_interrupted_is_finished_by_the_next(store) -> None:
    sealed = seal(store, b"between")
    store.keep([sealed])
    store.path(sealed.key)  # links it to its lasting place, as a mover does before it is killed
    assert list(store.keys()) == [sealed.key]
    assert store.promote() == 1
    assert store.read(sealed.key) == b"between"
    assert list((store.root / "incoming").iterdir()) == []


def test_folders_on_different_disks_are_refused(tmp_path) -> None:
    elsewhere = Path("/dev/shm")
    if elsewhere.stat().st_dev == tmp_path.stat().st_dev:
        elsewhere = Path("/proc")
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "staging").symlink_to(elsewhere)
    with pytest.raises(Invalid, match="different disks"):
        FileStore(tmp_path / "store")


# A full disk (fault F4): a real small file system where we may mount one, a real limit on file size where not.


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    place = tmp_path / "small"
    place.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place], capture_output=True).returncode:
        yield None
        return
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_limit_on_file_size_is_met_like_a_full_disk(tmp_path) -> None:
    said = subprocess.run([sys.executable, WRITER, tmp_path / "store", "limited"], capture_output=True, text=True, timeout=60)
    assert said.stdout.split("\n")[:3] == ["DiskFull", "0 left", "goes on"], said.stderr


def test_a_full_disk_is_named_nothing_half_stays_and_it_goes_on_when_space_returns(small_disk) -> None:
    if small_disk is None:  # only root may mount one; the limit on file size above takes the same way through the code
        return
    store, kept = FileStore(small_disk / "store"), []
    with pytest.raises(DiskFull) as raised:
        for i in range(100):
            sealed = seal(store, os.urandom(300_000) + bytes([i]))
            store.keep([sealed])
            kept.append(sealed.key)
    assert str(small_disk) in str(raised.value)
    assert raised.value.retry_after > 0
    assert raised.value.disk == small_disk
    assert 5 < len(kept) < 15
    assert list((store.root / "staging").iterdir()) == []
    assert sorted(store.keys()) == sorted(kept)
    for key in kept:
        store.verify(key)
    assert store.delete(kept[0])
    store.keep([seal(store, os.urandom(200_000))])


# kill -9 (fault F1, F3)


def test_what_was_kept_survives_kill_9_and_nothing_half_is_ever_visible(tmp_path) -> None:
    root, chance = tmp_path / "store", random.Random(7)
    acknowledged: set[str] = set()
    for turn in range(8):
        with subprocess.Popen([sys.executable, WRITER, root, str(turn)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            for _ in range(chance.randrange(10, 100)):  # it is under way
                acknowledged.add(writer.stdout.readline().decode().strip())
            time.sleep(chance.uniform(0, 0.02))
            writer.send_signal(signal.SIGKILL)
            lines = writer.stdout.read().decode().split("\n")[:-1]  # an unfinished last line acknowledges nothing
            acknowledged.update(lines)
        store = FileStore(root)
        present = set(store.keys())
        assert acknowledged <= present
        for key in present:
            assert hashlib.sha256(store.read(key)).hexdigest() == key
    assert len(acknowledged) > 100
    store.sweep_staging(older_than=-1)
    assert list((root / "staging").iterdir()) == []
    while store.promote():
        pass
    assert acknowledged <= set(store.keys())
