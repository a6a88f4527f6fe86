"""Objects as files on one disk: staging/ while written, incoming/<key> once kept, objects/ab/cd/<key> in the end."""
from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from scanhouse.errors import Busy, Invalid
from scanhouse.storage import locks, staging
from scanhouse.storage.checksums import digest
from scanhouse.storage.disks import DiskFailed, FolderSync, answering, free_bytes, make_spread, refusal, sync_folder
from scanhouse.storage.objects import ObjectDamaged, ObjectMissing, ObjectStore, checked, is_key
from scanhouse.storage.staging import Sealed, Staged

__all__ = ["FileStore", "ObjectDamaged", "ObjectMissing", "ObjectStore", "Sealed", "Staged", "StagedGone"]

log = logging.getLogger(__name__)


class StagedGone(Busy):
    """The staged bytes of `key` vanished before they were kept."""

    def __init__(self, key: str) -> None:
        super().__init__(f"The staged bytes of object {key} are gone: discarded, or swept after a long pause. Send them again.")
        self.key = key


class FileStore:
    """An ObjectStore in the folder `root`. Any number of threads and processes may use the same root at once.

    `incoming/` exists so that a group of any size needs one folder sync: 65,536 folders would need one for nearly
    every object. `promote` pays those later, in the background.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._staging, self._incoming, self._objects = (self.root / name for name in ("staging", "incoming", "objects"))
        self._gate = self.root / "gate"
        self._incoming_text = str(self._incoming)
        with answering("open the object store", self._existing(self.root)):
            for folder in (self._staging, self._incoming, self._objects):
                make_spread(folder)
            sync_folder(self.root)
            if len({folder.stat().st_dev for folder in (self._staging, self._incoming, self._objects)}) > 1:
                raise Invalid(f"The folders in {self.root} lie on different disks, so nothing can be moved in one step. Put them on one.")
            self._incoming_names = FolderSync(self._incoming)

    # Writing

    def stage(self, *, md5: bool = False) -> Staged:
        """Begin an object in staging/."""
        return Staged(self._staging, md5=md5)

    def keep(self, sealed: Iterable[Sealed]) -> None:
        """Move each file to incoming/ under its key, then sync that folder once for the whole group."""
        group = list(sealed)
        if not group:
            return
        with locks.shared(self._gate):
            placed = [place for one in group if (place := self._place(one))]
            try:
                # Also when all were there already: another thread may have renamed one a moment ago and not synced yet.
                self._incoming_names.sync()
                for place in placed:
                    if not place.startswith(self._incoming_text):  # a damaged object was replaced where it lasts
                        self._sync(Path(place).parent)
            except DiskFailed:
                for place in placed:  # not acknowledged, so nobody may find it and believe it durable
                    staging.drop(Path(place))
                raise

    def promote(self, limit: int = 1000) -> int:
        """Link from incoming/ to objects/ab/cd/, sync all folders touched, and only then unlink from incoming/."""
        with locks.shared(self._gate):
            with answering("list incoming objects", self._incoming), os.scandir(self._incoming) as entries:
                keys = [entry.name for entry in islice((e for e in entries if is_key(e.name)), limit)]
            folders = {folder for key in keys for folder in self._link_lasting(key)}
            for folder in sorted(folders, reverse=True):
                self._sync(folder)
            with answering("move objects to their lasting place", self._incoming):
                for key in keys:
                    (self._incoming / key).unlink(missing_ok=True)
        return len(keys)

    def delete(self, key: str, *, idle: float = 0.0) -> bool:
        """Unlink the object wherever it is, alone behind the gate, so that no `keep` can rely on it meanwhile."""
        places = (self._lasting(checked(key)), self._incoming / key)
        with locks.exclusive(self._gate), answering("delete an object", self.root):
            found = [place for place in places if place.exists()]
            if any(time.time() - place.stat().st_mtime < idle for place in found):
                return False
            for place in found:
                place.unlink()
                sync_folder(place.parent)
        return True

    def sweep_staging(self, older_than: float) -> int:
        """Remove temporary files not written for `older_than` seconds."""
        return staging.sweep(self._staging, older_than)

    # Reading

    def open(self, key: str) -> BinaryIO:
        """The object as an unbuffered file."""
        return os.fdopen(self._open(key), "rb", buffering=0)

    def path(self, key: str) -> Path:
        """The file in objects/. An object that is still incoming is linked there first, so that the path lasts."""
        text = self._lasting_text(checked(key))
        lasting = Path(text)
        if not os.access(text, os.F_OK):
            with locks.shared(self._gate):
                if not (self._incoming / key).exists() and not lasting.exists():
                    raise ObjectMissing(key)
                self._link_lasting(key)
        return lasting

    def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """A range of the object."""
        if start < 0 or (length is not None and length < 0):
            raise Invalid(f"A range of an object cannot start at {start} with length {length}: neither may be negative.")
        handle = self._open(key)
        try:
            with answering("read an object", self.root):
                return _read_range(handle, start, max(0, os.fstat(handle).st_size - start) if length is None else length)
        finally:
            os.close(handle)

    def size(self, key: str) -> int:
        """Bytes of the object."""
        found = self._find(checked(key))
        if found is None:
            raise ObjectMissing(key)
        return found[1].st_size

    def exists(self, key: str) -> bool:
        """Whether the object is there."""
        return self._find(checked(key)) is not None

    def verify(self, key: str) -> None:
        """Compare the object's bytes with its key."""
        with self.open(key) as file, answering("read an object", self.root):
            found = digest(file)
        if found.sha256 != key:
            raise ObjectDamaged(key, f"its {found.size} bytes have the SHA-256 {found.sha256}")

    def keys(self) -> Iterator[str]:
        """Every key once. incoming/ first: an object that moves during the walk is then met twice, but never missed."""
        with answering("list objects", self.root):
            incoming = {name for name in os.listdir(self._incoming) if is_key(name)}
            yield from incoming
            for first in _folders(self._objects):
                for second in _folders(first):
                    yield from (name for name in os.listdir(second) if is_key(name) and name not in incoming)

    def free_bytes(self) -> int:
        """Bytes that can still be written on the disk of the store."""
        return free_bytes(self.root)

    def close(self) -> None:
        """Let go of the folder handle. The store cannot keep anything afterwards."""
        self._incoming_names.close()

    # Places

    def _lasting(self, key: str) -> Path:
        return Path(self._lasting_text(key))

    def _lasting_text(self, key: str) -> str:
        return f"{self._objects}/{key[:2]}/{key[2:4]}/{key}"  # joining Paths costs ten times as much, once an object

    def _places(self, key: str) -> tuple[str, str, str]:
        """Where to look for an object: the lasting place again last, as it may move there while the others are looked at."""
        lasting = self._lasting_text(key)
        return lasting, f"{self._incoming_text}/{key}", lasting

    def _find(self, key: str) -> tuple[str, os.stat_result] | None:
        for place in self._places(key):
            try:
                return place, os.stat(place)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise refusal(error, "look up an object", self.root) from error
        return None

    def _open(self, key: str) -> int:
        for place in self._places(checked(key)):
            try:
                return os.open(place, os.O_RDONLY)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise refusal(error, "open an object", self.root) from error
        raise ObjectMissing(key)

    def _place(self, sealed: Sealed) -> str | None:
        """Give one sealed file its name; where it is now, or None when the object was there already."""
        key = checked(sealed.key)
        target = f"{self._incoming_text}/{key}"
        # `access` tells of an absent file without an exception, and most objects are new.
        found = self._find(key) if os.access(target, os.F_OK) or os.access(self._lasting_text(key), os.F_OK) else None
        try:
            if found is None:
                os.rename(sealed.path, target)
                return target
            place, facts = found
            if facts.st_size == sealed.size:
                os.utime(place)  # it came again: `delete(idle=...)` must leave it for the row that is about to name it
                sealed.path.unlink(missing_ok=True)
                return None
            if not sealed.path.exists():
                raise ObjectDamaged(sealed.key, f"it has {facts.st_size} bytes instead of {sealed.size}")
            log.error("Object %s had %d bytes, not %d; a good copy took its place. Check the disk.", sealed.key, facts.st_size, sealed.size)
            os.rename(sealed.path, place)
            return place
        except FileNotFoundError as error:
            raise StagedGone(sealed.key) from error
        except OSError as error:
            raise refusal(error, "keep an object", self.root) from error

    def _sync(self, folder: Path) -> None:
        with answering("sync a folder", self.root):
            sync_folder(folder)

    def _link_lasting(self, key: str) -> tuple[Path, ...]:
        """Link an incoming object to its lasting place too; the folders to sync before it may leave incoming/."""
        lasting = self._lasting(checked(key))
        with answering("move objects to their lasting place", self.root):
            try:
                _link(self._incoming / key, lasting)
            except FileNotFoundError:  # another process has moved it
                pass
        return lasting.parent, lasting.parent.parent, self._objects

    @staticmethod
    def _existing(path: Path) -> Path:
        return next(folder for folder in (path, *path.parents) if folder.exists())


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except FileNotFoundError:
        target.parent.parent.mkdir(mode=0o700, exist_ok=True)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            os.link(source, target)
        except FileExistsError:
            return


def _read_range(handle: int, start: int, length: int) -> bytes:
    data = os.pread(handle, length, start)
    if len(data) == length or not data:
        return data
    parts = [data]  # one pread gives at most 2 GB, and may give less
    while (got := sum(map(len, parts))) < length and (more := os.pread(handle, length - got, start + got)):
        parts.append(more)
    return b"".join(parts)


def _folders(parent: Path) -> list[Path]:
    with os.scandir(parent) as entries:
        return sorted(Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False))
