"""Bytes on their way in: a temporary file beside the objects, digested as it is written, synced before anybody may rely on it."""
from __future__ import annotations

import itertools
import logging
import os
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from scanhouse.errors import Conflict, ScanhouseError
from scanhouse.storage.checksums import Buffer, Digests
from scanhouse.storage.disks import answering, refusal

log = logging.getLogger(__name__)

MAX_VECTOR = 1024  # IOV_MAX of Linux: more buffers than this in one writev are refused by the kernel
SUFFIX = ".part"

# Names of temporary files differ by machine and start (chance), process (forked ones share chance and count) and count.
_CHANCE, _COUNT = secrets.token_hex(8), itertools.count()


@dataclass(frozen=True, slots=True)
class Sealed:
    """Bytes that are complete and synced in the staging area, under no key yet. `path` may be read until `keep`.

    key: SHA-256 in hex; size: bytes; crc32: unsigned; md5: hex or None when it was not asked for.
    """

    key: str
    size: int
    crc32: int
    md5: str | None
    path: Path

    def discard(self) -> None:
        """Drop the bytes, when they are not wanted after all. Harmless when they were kept or dropped before. Never raises."""
        drop(self.path)


class Staged:
    """One temporary file being written. Used as a context manager it is dropped unless it was sealed.

    Any error of the disk refuses the whole object: the file is dropped at once, and every later call raises.
    """

    __slots__ = ("_digests", "_fd", "_folder", "path")

    def __init__(self, folder: Path, *, md5: bool = False) -> None:
        self._folder = folder
        self.path = folder / f"{_CHANCE}-{os.getpid()}-{next(_COUNT)}{SUFFIX}"
        try:
            # Read-only for everybody from the start: hard links of this very inode are later handed out in trees.
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o444)
        except OSError as error:
            raise refusal(error, "stage an object", folder) from error
        self._digests = Digests(md5=md5)

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._digests.size

    def write(self, data: Buffer) -> None:
        """Append `data`. Raises DiskFull, or DiskFailed when the disk refuses the bytes."""
        self._write_all(memoryview(data).cast("B"))
        self._digests.update(data)

    def writev(self, buffers: Sequence[Buffer]) -> None:
        """Append the buffers in order by one system call where possible. Raises as `write`."""
        views = [view for b in buffers if (view := memoryview(b).cast("B"))]
        for first in range(0, len(views), MAX_VECTOR):
            self._write_vector(views[first : first + MAX_VECTOR])
        for view in views:
            self._digests.update(view)

    def read(self, start: int, length: int) -> bytes:
        """Bytes already written, from `start`; fewer than `length` at the end."""
        with answering("read a staged object", self._folder):
            return os.pread(self._open_handle(), length, start)

    def seal(self) -> Sealed:
        """Sync the bytes to the disk and give them their names. Nothing can be written afterwards.

        A failed fdatasync is never retried: the kernel may have dropped the dirty pages and report success next time.
        """
        handle = self._open_handle()
        try:
            os.fdatasync(handle)
        except OSError as error:
            self.discard()
            raise refusal(error, "sync an object", self._folder) from error
        self._close()
        digests = self._digests
        return Sealed(digests.sha256, digests.size, digests.crc32, digests.md5, self.path)

    def discard(self) -> None:
        """Drop the file. Harmless after `discard`; after `seal` the sealed bytes are left alone. Never raises."""
        if self._fd >= 0:
            try:
                self._close()
            except ScanhouseError:
                log.warning("A file in %s that is not wanted could not be closed properly.", self._folder)
            drop(self.path)

    def _write_all(self, view: memoryview) -> None:
        handle = self._open_handle()
        try:
            while view:
                view = view[os.write(handle, view) :]
        except OSError as error:
            self.discard()
            raise refusal(error, "write an object", self._folder) from error

    def _write_vector(self, views: list[memoryview]) -> None:
        handle = self._open_handle()
        try:
            written = os.writev(handle, views)
        except OSError as error:
            self.discard()
            raise refusal(error, "write an object", self._folder) from error
        if written == sum(map(len, views)):
            return
        for view in views:  # a short write is rare: finish it buffer by buffer
            if written < view.nbytes:
                self._write_all(view[written:])
            written = max(0, written - view.nbytes)

    def _open_handle(self) -> int:
        if self._fd < 0:
            raise Conflict("This staged object is closed: it was sealed, discarded or refused. Stage the bytes again.")
        return self._fd

    def _close(self) -> None:
        handle, self._fd = self._fd, -1
        try:
            os.close(handle)
        except OSError as error:  # network file systems report late write errors here
            drop(self.path)
            raise refusal(error, "close an object", self._folder) from error

    def __enter__(self) -> Staged:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.discard()

    def __del__(self) -> None:
        if getattr(self, "_fd", -1) >= 0:
            self.discard()


def drop(path: Path) -> None:
    """Remove a file that is not wanted. Where the disk refuses even that, as when it became read-only, it is swept up later.

    Never raises: what is dropped was refused already, and whoever waits shall hear of that and not of the leftover.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("A leftover in %s could not be removed (%s); it is swept up later.", path.parent, error.strerror)


def sweep(folder: Path, older_than: float) -> int:
    """Remove what killed processes left: files last written more than `older_than` seconds ago. Says how many.

    Age is the only witness, as writers may be on other machines; so give more time than the slowest upload pauses.
    """
    horizon = time.time() - older_than
    return sum(_remove_if_older(Path(entry.path), horizon) for entry in _files(folder))


def _files(folder: Path) -> Iterable[os.DirEntry[str]]:
    with answering("list the staging area", folder), os.scandir(folder) as entries:
        yield from (entry for entry in entries if entry.name.endswith(SUFFIX) and entry.is_file(follow_symlinks=False))


def _remove_if_older(path: Path, horizon: float) -> bool:
    try:
        if path.stat().st_mtime >= horizon:
            return False
        path.unlink()
    except FileNotFoundError:  # sealed and kept, or swept by another process, between listing and now
        return False
    except OSError as error:
        raise refusal(error, "remove a leftover", path.parent) from error
    return True
