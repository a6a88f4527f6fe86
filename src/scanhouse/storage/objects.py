"""The object store: immutable bytes under their SHA-256. What a key promises holds for every kind of store."""
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from scanhouse.errors import Broken, Invalid, NotFound
from scanhouse.storage.staging import Sealed, Staged

_KEY = re.compile(r"[0-9a-f]{64}")


class ObjectMissing(NotFound):
    """No object has this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"The store has no object {key}. If a record names it, run a consistency check and restore it from a copy.")
        self.key = key


class BadKey(Invalid):
    """Not the SHA-256 of anything: 64 hex digits in lower case are expected."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key[:80]!r} is not the key of an object: 64 hex digits in lower case are expected.")


class ObjectDamaged(Broken):
    """The bytes under a key are not the bytes that the key names."""

    def __init__(self, key: str, found: str) -> None:
        super().__init__(f"Object {key} is damaged: {found}. Restore it from a copy and check the disk.")
        self.key = key


class ObjectStore(Protocol):
    """Objects by key. An object is visible whole or not at all, never changes, and is stored once however often it comes.

    The order of durability: `stage`, write, `seal` (bytes synced), `keep` (name synced), then the row, then the answer.
    Every method may raise DiskFull (Busy), DiskFailed (Broken); those that take a key BadKey and ObjectMissing.
    """

    def stage(self, *, md5: bool = False) -> Staged:
        """Begin an object; its digests are taken as it is written."""

    def keep(self, sealed: Iterable[Sealed]) -> None:
        """Make all of a group durable under their keys; when it returns they survive a power cut.

        May be called again with the same group after Busy. If it raises, none of the group may be relied on.
        """

    def promote(self, limit: int = 1000) -> int:
        """Move up to `limit` newly kept objects to their lasting place; says how many. Unseen by readers; any process, any time."""

    def open(self, key: str) -> BinaryIO:
        """The object as an unbuffered file with `fileno()`; it stays readable though the object is deleted meanwhile."""

    def path(self, key: str) -> Path:
        """A file with the object's bytes that stays where it is until the object is deleted. Never write to it."""

    def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """`length` bytes from `start`, fewer where the object ends before; to the end when `length` is None."""

    def size(self, key: str) -> int:
        """Bytes of the object."""

    def exists(self, key: str) -> bool:
        """Whether the object is there."""

    def verify(self, key: str) -> None:
        """Read the object whole and compare with its key. Raises ObjectDamaged."""

    def delete(self, key: str, *, idle: float = 0.0) -> bool:
        """Remove the object unless it came, or came again, less than `idle` seconds ago; says whether it is gone.

        A job that deletes what no row names gives `idle` more time than lies between `keep` and the commit of a row.
        """

    def keys(self) -> Iterator[str]:
        """Every key once, in no order. Objects that come or go meanwhile may or may not be among them."""

    def sweep_staging(self, older_than: float) -> int:
        """Remove leftovers of killed processes not written for `older_than` seconds; says how many."""


def is_key(text: str) -> bool:
    """Whether `text` has the form of a key."""
    return _KEY.fullmatch(text) is not None


def checked(key: str) -> str:
    """`key`, if it has the form of one. Raises BadKey: keys become paths, so nothing else may pass."""
    if not is_key(key):
        raise BadKey(key)
    return key
