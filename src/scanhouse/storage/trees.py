"""A session as folders and files, laid out as XNAT lays its archive, for pipelines and for people who want a folder.

The files are hard links to the objects, so a tree costs no space and is made in no time; where links cannot be
(another disk) they are copies. Objects are read-only, and so is what is linked to them.
"""
from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from scanhouse.errors import Conflict
from scanhouse.storage import names
from scanhouse.storage.disks import answering, refusal
from scanhouse.storage.objects import ObjectStore

ARC = "arc001"  # XNAT's first archive folder of a project; it makes more only when asked
# Another disk, a disk without links, or a file that has as many as its disk allows (65,000 on ext4).
_NO_LINK = frozenset({errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EMLINK})


class Part(Enum):
    """Folder of a session for one kind of what it holds; RESOURCES has no owner in between."""

    SCANS = "SCANS"
    RESOURCES = "RESOURCES"
    ASSESSORS = "ASSESSORS"
    PROCESSED = "PROCESSED"  # reconstructions


class Leaf(NamedTuple):
    """One file: part of the session, owner in it (scan ID, assessor or reconstruction label; "" for RESOURCES), resource, path, object."""

    part: Part
    owner: str
    resource: str
    path: str
    key: str


@dataclass(frozen=True, slots=True)
class Laid:
    """What was made: the session's folder, and how many files are links and how many are copies."""

    folder: Path
    links: int
    copies: int


class TreeConflict(Conflict):
    """Two files claim one place, or the place of the tree is taken."""


def plan(session: str, leaves: Iterable[Leaf]) -> dict[str, str]:
    """Path below the project's folder to key of object, for a session labelled `session`. Nothing is touched.

    Raises UnsafeName for labels and paths that may not be used as names, TreeConflict for files in one place.
    """
    top = f"{ARC}/{names.segment(session)}"
    files: dict[str, str] = {}
    for leaf in leaves:
        owner = f"{names.segment(leaf.owner)}/" if leaf.part is not Part.RESOURCES else ""
        place = f"{top}/{leaf.part.value}/{owner}{names.segment(leaf.resource)}/{names.relative(leaf.path)}"
        if files.setdefault(place, leaf.key) != leaf.key:
            raise TreeConflict("Two files of the session would have one place in its folders. Rename one of them.")
    for place in files:
        if any(above in files for above in _above(place)):
            raise TreeConflict("A file and a folder of the session would have one name. Rename one of them.")
    return files


def lay(store: ObjectStore, session: str, leaves: Iterable[Leaf], *, under: Path, writable: bool = False) -> Laid:
    """Make the tree of `session` below the folder `under` (of its project): all of it or nothing appears.

    writable: private copies that may be changed, in place of links. Raises TreeConflict when `under` holds that session
    already, ObjectMissing, DiskFull, and what `plan` raises.
    """
    files = plan(session, leaves)
    target = under / ARC / session
    with answering("make a folder tree", _existing(under)):
        target.parent.mkdir(parents=True, exist_ok=True)
        # Beside the target, under a name that no session can have been given by a stranger, and renamed when whole.
        growing = Path(tempfile.mkdtemp(prefix=".growing-", dir=target.parent))
    try:
        top = len(f"{ARC}/{session}/")
        count = sum(_put(store, key, growing / place[top:], link=not writable) for place, key in files.items())
        with answering("make a folder tree", target.parent):
            growing.chmod(0o755)
        _rename(growing, target)
    except BaseException:
        shutil.rmtree(growing, ignore_errors=True)  # also when interrupted; what is left of a killed process begins with a dot
        raise
    return Laid(target, count, len(files) - count)


def _put(store: ObjectStore, key: str, place: Path, *, link: bool) -> bool:
    """Lay one object at `place`; whether it is a link."""
    source = store.path(key)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if link:
            try:
                os.link(source, place)
                return True
            except OSError as error:
                if error.errno not in _NO_LINK:
                    raise
        shutil.copyfile(source, place)
        place.chmod(0o444 if link else 0o644)
        return False
    except OSError as error:
        raise refusal(error, "make a folder tree", place.parent if place.parent.exists() else source.parent) from error


def _rename(growing: Path, target: Path) -> None:
    try:
        growing.rename(target)  # replaces an empty folder, fails on any other
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise TreeConflict(f"{target} is there already. Remove it, or choose another folder.") from error
        raise refusal(error, "make a folder tree", target.parent) from error


def _above(place: str) -> Iterator[str]:
    at = len(place)
    while (at := place.rfind("/", 0, at)) > 0:
        yield place[:at]


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.absolute().parents) if folder.exists())
