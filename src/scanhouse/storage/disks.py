"""What an error of the operating system means for whoever waits: the disk is full, the disk failed, or try again."""
from __future__ import annotations

import errno
import fcntl
import os
import secrets
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scanhouse.errors import Broken, Busy, ScanhouseError

# EFBIG is a file-size limit of the process or the file system: there is no room for these bytes either.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
SCARCE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EINTR})


# ioctl_iflags(2)
FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, FS_TOPDIR_FL = 0x80086601, 0x40086602, 0x00020000

stopped = threading.Event()
"""Set when a store of this process acknowledges nothing any more: what is needed then is another process (`ops.endings`)."""


class DiskFull(Busy):
    """No room on `disk` (its mount point). Nothing was kept; it works again by itself when space returns."""

    def __init__(self, disk: Path, free: int, doing: str) -> None:
        super().__init__(f"The disk mounted at {disk} is full ({free // 1_000_000} MB free): cannot {doing}. "
                         "Make room there; then it goes on by itself.", retry_after=30)
        self.disk = disk
        self.free = free


class Scarce(Busy):
    """The process has no file handle or memory left just now."""


class DiskFailed(Broken):
    """The disk did not do what it was asked: what was being written is refused, and the same file is never tried again."""

    def __init__(self, disk: Path, reason: str, doing: str) -> None:
        super().__init__(f"The disk mounted at {disk} failed to {doing} ({reason}). "
                         "Check the disk and the system log before going on; then send again.")
        self.disk = disk


def refusal(error: OSError, doing: str, folder: Path) -> ScanhouseError:
    """The error of ours for `error`, met in or below `folder` while `doing` (a verb phrase such as "write an object")."""
    if error.errno in FULL:
        return DiskFull(mount_point(folder), free_bytes(folder), doing)
    if error.errno in SCARCE:
        return Scarce(f"The process has no file handles or memory left ({os.strerror(error.errno or 0)}): cannot {doing}. Try again soon; "
                      "if it lasts, raise the limit of open files.")
    return DiskFailed(mount_point(folder), os.strerror(error.errno) if error.errno else str(error), doing)


@contextmanager
def answering(doing: str, folder: Path) -> Iterator[None]:
    """Turn an OSError of the block into our error for it."""
    try:
        yield
    except OSError as error:
        raise refusal(error, doing, folder) from error


def mount_point(path: Path) -> Path:
    """The folder at which the file system that holds `path` is mounted: the name by which an operator knows a disk."""
    here = path.absolute()
    while not os.path.ismount(here) and here != here.parent:
        here = here.parent
    return here


def free_bytes(path: Path) -> int:
    """Bytes that this process may still write on the disk of `path`; 0 when the disk does not answer."""
    try:
        found = os.statvfs(path)
    except OSError:
        return 0
    return found.f_bavail * found.f_frsize


def make_spread(folder: Path) -> None:
    """Make a folder in which very many files will be, in a part of the disk of its own. Harmless where it is there already.

    ext4 puts a folder beside its parent, and files beside their folder; where thousands were deleted a moment ago it then passes over
    the place of each of them for every new file (seen: 0.6 ms a file). Folders below a "top of a hierarchy" it deals out over the disk by
    their names instead. Other file systems know no such thing and need none.
    """
    if folder.is_dir():
        return
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _mark_as_top(folder.parent)
    made = folder.with_name(f".{secrets.token_hex(8)}")
    made.mkdir(mode=0o700)
    try:
        os.rename(made, folder)
    except OSError:  # another process was quicker, and has files in it
        made.rmdir()
        if not folder.is_dir():
            raise


def _mark_as_top(folder: Path) -> None:
    if sys.platform != "linux":
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        flags = struct.unpack("i", fcntl.ioctl(handle, FS_IOC_GETFLAGS, bytes(4)))[0]
        fcntl.ioctl(handle, FS_IOC_SETFLAGS, struct.pack("i", flags | FS_TOPDIR_FL))
    except OSError:  # not ext4, or not ours to say
        return
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a power cut. Raises the OSError of a failed fsync."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class FolderSync:
    """Syncs one folder for many threads: those who wait while a sync runs are all served by the next one.

    After one failure nothing says which names reached the disk, and a second fsync may falsely succeed (the kernel
    tells each error once); so every later call raises DiskFailed until the process starts anew.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self._counting, self._syncing = threading.Lock(), threading.Lock()
        self._asked = self._served = 0
        self._failure: OSError | None = None

    def sync(self) -> None:
        """Return when all names that were in the folder at the call are on the disk."""
        with self._counting:
            self._asked += 1
            mine = self._asked
        with self._syncing:
            if self._failure is not None:
                raise self._stopped() from self._failure
            if self._served >= mine:  # by a sync that began after this call
                return
            upto = self._asked
            try:
                os.fsync(self._handle)
            except OSError as error:
                self._failure = error
                stopped.set()
                raise self._stopped() from error
            self._served = upto

    def close(self) -> None:
        """Let go of the folder; `sync` fails afterwards."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def _stopped(self) -> DiskFailed:
        return DiskFailed(mount_point(self._folder), "its fsync failed, so nothing more is acknowledged by this process",
                          f"sync {self._folder.name}/ and the process has to be restarted")
