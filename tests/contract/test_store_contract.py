"""What every kind of object store promises. A store's own test inherits StoreContract and gives the fixture `store`."""
from __future__ import annotations

import hashlib
import threading
import zlib
from pathlib import Path

import pytest

from scanhouse.errors import Conflict, Invalid, NotFound
from scanhouse.storage.objects import BadKey, ObjectMissing, ObjectStore
from scanhouse.storage.staging import Sealed
from scanhouse.storage.store import FileStore

ABSENT = "0" * 64


def seal(store: ObjectStore, data: bytes, *, md5: bool = False) -> Sealed:
    with store.stage(md5=md5) as staged:
        staged.write(data)
        return staged.seal()


def put(store: ObjectStore, data: bytes) -> str:
    sealed = seal(store, data)
    store.keep([sealed])
    return sealed.key


class StoreContract:
    def test_what_was_kept_is_read_back_byte_for_byte(self, store: ObjectStore) -> None:
        data = bytes(range(256)) * 1000
        key = put(store, data)
        assert store.read(key) == data
        assert store.size(key) == len(data)
        assert store.path(key).read_bytes() == data
        with store.open(key) as file:
            assert file.read() == data

    def test_the_key_is_the_sha256_and_the_other_digests_come_along(self, store: ObjectStore) -> None:
        data = b"some bytes"
        sealed = seal(store, data, md5=True)
        assert sealed.key == hashlib.sha256(data).hexdigest()
        assert sealed.crc32 == zlib.crc32(data)
        assert sealed.md5 == hashlib.md5(data).hexdigest()
        assert sealed.size == len(data)
        assert seal(store, data).md5 is None

    def test_buffers_written_together_follow_each_other(self, store: ObjectStore) -> None:
        with store.stage() as staged:
            staged.writev([b"one", bytearray(b"two"), memoryview(b"three"), b""])
            staged.writev([bytes([i % 256]) for i in range(3000)])
            staged.write(b"")
            assert staged.size == 3011
            assert staged.read(3, 8) == b"twothree"
            sealed = staged.seal()
        store.keep([sealed])
        assert store.read(sealed.key) == b"onetwothree" + bytes(i % 256 for i in range(3000))

    def test_an_empty_object_is_an_object(self, store: ObjectStore) -> None:
        key = put(store, b"")
        assert store.exists(key)
        assert store.size(key) == 0
        assert store.read(key) == b""

    @pytest.mark.parametrize(("start", "length", "expected"), [
        (0, 3, b"abc"), (2, 2, b"cd"), (4, 100, b"ef"), (6, 5, b""), (99, 5, b""), (3, None, b"def"), (2, 0, b"")])
    def test_a_range_stops_where_the_object_ends(self, store: ObjectStore, start: int, length: int | None, expected: bytes) -> None:
        assert store.read(put(store, b"abcdef"), start, length) == expected

    def test_a_negative_range_is_refused(self, store: ObjectStore) -> None:
        key = put(store, b"abcdef")
        with pytest.raises(Invalid):
            store.read(key, -1, 2)
        with pytest.raises(Invalid):
            store.read(key, 0, -2)

    def test_an_object_is_invisible_until_it_is_kept(self, store: ObjectStore) -> None:
        with store.stage() as staged:
            staged.write(b"half")
            assert list(store.keys()) == []
            sealed = staged.seal()
        assert not store.exists(sealed.key)
        assert list(store.keys()) == []
        store.keep([sealed])
        assert list(store.keys()) == [sealed.key]

    def test_what_was_not_sealed_leaves_nothing_behind(self, store: ObjectStore) -> None:
        with store.stage() as staged:
            staged.write(b"half")
        assert not staged.path.exists()
        sealed = seal(store, b"whole, but not wanted")
        sealed.discard()
        sealed.discard()
        assert not sealed.path.exists()
        assert list(store.keys()) == []

    def test_nothing_can_be_written_after_the_seal(self, store: ObjectStore) -> None:
        with store.stage() as staged:
            staged.seal()
            with pytest.raises(Conflict, match="closed"):
                staged.write(b"more")
            with pytest.raises(Conflict, match="closed"):
                staged.seal()

    def test_equal_bytes_are_stored_once(self, store: ObjectStore) -> None:
        first, second = seal(store, b"same"), seal(store, b"same")
        store.keep([first, second])
        third = seal(store, b"same")
        store.keep([third])
        store.promote()
        store.keep([seal(store, b"same")])
        assert list(store.keys()) == [first.key]
        assert store.read(first.key) == b"same"
        assert not any(one.path.exists() for one in (first, second, third))

    def test_keeping_the_same_group_again_changes_nothing(self, store: ObjectStore) -> None:
        group = [seal(store, bytes([i])) for i in range(5)]
        store.keep(group)
        store.keep(group)
        store.keep([])
        assert sorted(store.keys()) == sorted(one.key for one in group)

    @pytest.mark.parametrize("count", [1, 50, 1000])
    def test_groups_of_any_size_are_kept_and_move_in_parts(self, store: ObjectStore, count: int) -> None:
        group = [seal(store, b"object %d" % i) for i in range(count)]
        store.keep(group)
        assert all(store.exists(one.key) for one in group)
        moved = 0
        while step := store.promote(limit=300):
            assert step <= 300
            moved += step
        assert moved == count
        assert sorted(store.keys()) == sorted(one.key for one in group)
        assert store.read(group[-1].key) == b"object %d" % (count - 1)

    def test_an_absent_object_is_said_to_be_missing(self, store: ObjectStore) -> None:
        assert not store.exists(ABSENT)
        for ask in (store.open, store.path, store.size, store.read, store.verify):
            with pytest.raises(ObjectMissing, match=ABSENT) as raised:
                ask(ABSENT)
            assert isinstance(raised.value, NotFound)

    @pytest.mark.parametrize("key", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 65, "0" * 62 + "/.", "0" * 63 + "\n", "٣" * 64])
    def test_nothing_but_a_key_is_taken_for_one(self, store: ObjectStore, key: str) -> None:
        for ask in (store.open, store.path, store.size, store.read, store.exists, store.delete, store.verify):
            with pytest.raises(BadKey):
                ask(key)

    def test_a_deleted_object_is_gone_and_may_come_again(self, store: ObjectStore) -> None:
        for promoted in (False, True):
            key = put(store, b"to be deleted")
            if promoted:
                store.promote()
            assert store.delete(key)
            assert not store.exists(key)
            assert store.delete(key)
        assert put(store, b"to be deleted") == key
        assert store.read(key) == b"to be deleted"

    def test_an_object_that_just_came_again_is_not_deleted_as_idle(self, store: ObjectStore) -> None:
        key = put(store, b"precious")
        assert not store.delete(key, idle=60)
        store.promote()
        put(store, b"precious")
        assert not store.delete(key, idle=60)
        assert store.read(key) == b"precious"

    def test_an_open_object_stays_readable_while_it_moves_and_after_it_is_deleted(self, store: ObjectStore) -> None:
        key = put(store, b"open")
        with store.open(key) as file:
            store.promote()
            store.delete(key)
            assert file.read() == b"open"

    def test_a_path_stays_valid_while_the_object_moves(self, store: ObjectStore) -> None:
        key = put(store, b"here")
        path = store.path(key)
        store.promote()
        assert path.read_bytes() == b"here"
        assert store.path(key) == path

    def test_a_sound_object_passes_verification(self, store: ObjectStore) -> None:
        store.verify(put(store, b"sound" * 100_000))

    def test_readers_find_an_object_at_every_moment_of_its_move(self, store: ObjectStore) -> None:
        stop, misses, group = threading.Event(), [], [seal(store, b"moving %d" % i) for i in range(400)]
        store.keep(group)

        def read_on() -> None:
            turn = 0
            while not stop.is_set():
                one = group[turn % len(group)]
                turn += 1
                try:
                    if store.read(one.key, 0, 6) != b"moving" or not store.exists(one.key) or store.size(one.key) != one.size:
                        misses.append(one.key)
                except NotFound as error:
                    misses.append(str(error))

        def list_on() -> None:
            while not stop.is_set():
                if len(listed := list(store.keys())) != len(group) or len(set(listed)) != len(group):
                    misses.append(f"{len(listed)} keys listed")

        threads = [threading.Thread(target=work) for work in (read_on, read_on, read_on, list_on)]
        for thread in threads:
            thread.start()
        while store.promote(limit=7):
            pass
        stop.set()
        for thread in threads:
            thread.join()
        assert misses == []

    def test_many_threads_may_keep_move_and_delete_at_once(self, store: ObjectStore) -> None:
        errors: list[BaseException] = []

        def work(seed: int) -> None:
            try:
                for turn in range(25):
                    mine = [seal(store, b"%d %d %d" % (seed, turn, i)) for i in range(3)]
                    common = seal(store, b"common %d" % turn)
                    store.keep([*mine, common])
                    store.promote(limit=5)
                    assert all(store.read(one.key) for one in (*mine, common))
                    assert store.delete(mine[0].key)
            except BaseException as error:  # an assertion of a thread would be lost otherwise
                errors.append(error)

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        keys = list(store.keys())
        assert len(keys) == len(set(keys)) == 4 * 25 * 2 + 25

    def test_leftovers_are_swept_by_age_and_live_uploads_stay(self, store: ObjectStore) -> None:
        with store.stage() as staged:
            staged.write(b"slow upload")
            assert store.sweep_staging(older_than=60) == 0
            sealed = staged.seal()
        store.keep([sealed])
        left = seal(store, b"left by a killed process")
        assert store.sweep_staging(older_than=-1) == 1
        assert not left.path.exists()
        assert store.read(sealed.key) == b"slow upload"


class TestFileStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:
        return FileStore(tmp_path / "store")
