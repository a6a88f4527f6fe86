"""F3: wherever the power goes while objects come in, no half object is visible, and what was acknowledged is there.

The system calls of the store are recorded. For every prefix of them the disks are built that a power cut could leave: bytes that were
not synced are gone or torn, and in each folder the names since its last sync are there or not. A store over each such disk is looked at.
"""
from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from scanhouse.ingest.receive import enter
from scanhouse.storage.store import FileStore
from tests.ingest.objects import arrival, instance

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Disk:
    """What is in the cache, and what of it is on the platter. Files are numbered; `names[folder]` maps a name to a number or a folder."""

    data: dict[int, bytes] = field(default_factory=dict)
    synced: dict[int, bytes] = field(default_factory=dict)
    names: dict[str, dict[str, Any]] = field(default_factory=dict)
    synced_names: dict[str, dict[str, Any]] = field(default_factory=dict)

    def apply(self, event: tuple[Any, ...]) -> None:
        match event:
            case ("write", number, content):
                self.data[number] = self.data.get(number, b"") + content
            case ("sync", number):
                self.synced[number] = self.data.get(number, b"")
            case ("name", folder, name, number):
                self.names.setdefault(folder, {})[name] = number
            case ("unname", folder, name):
                self.names.setdefault(folder, {}).pop(name, None)
            case ("sync names", folder):
                self.synced_names[folder] = dict(self.names.get(folder, {}))

    def after_a_cut(self, early: Callable[[str], bool], torn: bool) -> dict[str, bytes]:
        """Files by path. In folders that are `early` all names made it; in the others those of the last sync. `torn`: half of what was
        written since the last sync made it too."""
        found: dict[str, bytes] = {}
        folders = [""]
        while folders:
            folder = folders.pop()
            for name, number in (self.names if early(folder) else self.synced_names).get(folder, {}).items():
                if number == "folder":
                    folders.append(f"{folder}/{name}".lstrip("/"))
                    continue
                safe, whole = self.synced.get(number, b""), self.data.get(number, b"")
                found[f"{folder}/{name}"] = whole[: len(safe) + (len(whole) - len(safe)) // 2] if torn else safe
        return found


class Recorder:
    """Stands before the system calls by which the store writes, and writes down those below its root."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.events = str(root), list[tuple[Any, ...]]()
        self._handles: dict[int, str] = {}
        calls = ("open", "write", "writev", "fdatasync", "fsync", "rename", "link", "unlink", "mkdir", "close")
        self._real = {name: getattr(os, name) for name in calls}
        for name in self._real:
            monkeypatch.setattr(os, name, getattr(self, name))

    def _place(self, path: Any) -> tuple[str, str] | None:
        text = os.fspath(path)
        if not isinstance(text, str) or not text.startswith(self.root + "/"):
            return None
        folder, _, name = text[len(self.root) + 1 :].rpartition("/")
        return folder, name

    def _number(self, path: Any) -> int:
        return os.stat(path).st_ino

    def open(self, path: Any, flags: int, *more: Any, **others: Any) -> int:
        handle = self._real["open"](path, flags, *more, **others)
        place = self._place(path)
        if place is not None:
            self._handles[handle] = os.fspath(path)
            if flags & os.O_CREAT:
                self.events.append(("name", *place, self._number(path)))
        return handle

    def close(self, handle: int) -> None:
        self._handles.pop(handle, None)
        self._real["close"](handle)

    def write(self, handle: int, data: Any) -> int:
        written = self._real["write"](handle, data)
        if handle in self._handles:
            self.events.append(("write", os.fstat(handle).st_ino, bytes(memoryview(data)[:written])))
        return written

    def writev(self, handle: int, parts: Any) -> int:
        written = self._real["writev"](handle, parts)
        if handle in self._handles:
            self.events.append(("write", os.fstat(handle).st_ino, b"".join(map(bytes, parts))[:written]))
        return written

    def fdatasync(self, handle: int) -> None:
        self._real["fdatasync"](handle)
        if handle in self._handles:
            self.events.append(("sync", os.fstat(handle).st_ino))

    def fsync(self, handle: int) -> None:
        self._real["fsync"](handle)
        if handle in self._handles:
            path = self._handles[handle]
            self.events.append(("sync names", path[len(self.root) + 1 :]) if os.path.isdir(path) else ("sync", os.fstat(handle).st_ino))

    def rename(self, source: Any, target: Any, **more: Any) -> None:
        number = "folder" if os.path.isdir(source) else self._number(source)
        self._real["rename"](source, target, **more)
        if (here := self._place(source)) and (there := self._place(target)):
            self.events += [("name", *there, number), ("unname", *here)]

    def link(self, source: Any, target: Any, **more: Any) -> None:
        self._real["link"](source, target, **more)
        if there := self._place(target):
            self.events.append(("name", *there, self._number(target)))

    def unlink(self, path: Any, **more: Any) -> None:
        self._real["unlink"](path, **more)
        if here := self._place(path):
            self.events.append(("unname", *here))

    def mkdir(self, path: Any, *more: Any, **others: Any) -> None:
        self._real["mkdir"](path, *more, **others)
        if here := self._place(path):
            self.events.append(("name", *here, "folder"))


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[list[tuple[Any, ...]], dict[str, bytes], FileStore]]:
    """Events of three groups that were taken in and a move to their lasting places; `("acknowledged", keys)` stands where it happened."""
    root = tmp_path / "store"
    with monkeypatch.context() as before_the_calls:
        recorder = Recorder(root, before_the_calls)
        store = FileStore(root)
        contents: dict[str, bytes] = {}
        for group in range(3):
            data = [instance(number=10 * group + n) for n in range(2)]
            if group == 2:
                data.append(next(iter(contents.values())))  # one that is there already
            arrivals = [arrival(store, one) for one in data]
            enter(arrivals, store)
            keys = [one.sealed.key for one in arrivals]
            contents |= dict(zip(keys, data, strict=True))
            recorder.events.append(("acknowledged", keys))
            if group == 1:
                store.promote()
        store.promote()
        yield recorder.events, contents, store


POLICIES: list[Callable[[str], bool]] = [
    lambda folder: True,
    lambda folder: False,
    lambda folder: folder == "incoming",
    lambda folder: folder != "incoming",
    lambda folder: folder in ("", "objects") or folder.count("/") < 2,
]


def test_no_half_object_is_visible_and_what_was_acknowledged_is_there_whenever_the_power_goes(recorded, tmp_path: Path) -> None:
    events, contents, _ = recorded
    disk, acknowledged, looked_at = Disk(), set[str](), set[frozenset]()
    # The root and its first folders are made and synced before anything is taken in.
    for name in ("staging", "incoming", "objects"):
        disk.synced_names.setdefault("", {})[name] = "folder"
        disk.names.setdefault("", {})[name] = "folder"
    assert sum(event[0] == "acknowledged" for event in events) == 3
    for event in events:
        if event[0] == "acknowledged":
            acknowledged |= set(event[1])
        disk.apply(event)
        for early, torn in itertools.product(POLICIES, (False, True)):
            left = disk.after_a_cut(early, torn)
            visible = {path.rpartition("/")[2]: data for path, data in left.items() if path.startswith(("incoming/", "objects/"))}
            assert all(contents[key] == data for key, data in visible.items()), f"a half object is visible after {event[0]}"
            assert acknowledged <= visible.keys(), f"an acknowledged object is gone after {event[0]}"
            looked_at.add(frozenset(left))
    assert len(looked_at) > 20, "the cuts leave different disks"


def test_what_a_killed_process_left_half_written_is_never_an_object(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    staged = store.stage()
    staged.write(instance()[:100])
    again = FileStore(tmp_path / "store")
    assert list(again.keys()) == []
    assert again.sweep_staging(older_than=-1) == 1
