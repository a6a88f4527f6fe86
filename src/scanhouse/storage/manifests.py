"""Manifests: what a session's rows say, written as an object after each change, so that the rows can be rebuilt from the store.

A manifest names the one before it by key. As a key is a SHA-256, the newest manifest vouches for the whole history.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from scanhouse.errors import Broken, Invalid
from scanhouse.storage.objects import ObjectDamaged, ObjectStore, is_key

SCHEMA = 1
# The first bytes of every manifest ("!" sorts before every other field), so that a walk over a store with no database
# tells manifests from other objects by one short read.
MAGIC = b'{"!":"scanhouse manifest",'
MAX_SIZE = 256 << 20  # a session of 200,000 files takes some 80 MB; more is no manifest of ours
_FORM = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS
_FIELDS = {"!", "schema", "session", "made", "predecessor", "rows"}

Row = Mapping[str, Any]  # a row as JSON: column to text, number, boolean, null, or document


class NotAManifest(Invalid):
    """The bytes are no manifest that this version can read."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"This is no manifest that can be read here: {reason}.")


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that is needed to rebuild one session.

    session: its permanent identifier (accession ID). made: when, ISO 8601 in UTC, to the microsecond.
    rows: name of a table to its rows, parents before children; dates and identifiers as text.
    predecessor: key of the manifest that this one replaces, None for the first.
    """

    session: str
    made: str
    rows: Mapping[str, Sequence[Row]]
    predecessor: str | None = None
    schema: int = field(default=SCHEMA)

    def __post_init__(self) -> None:
        if self.predecessor is not None and not is_key(self.predecessor):
            raise NotAManifest("its predecessor is not the key of an object")

    def to_bytes(self) -> bytes:
        """The canonical bytes: equal manifests give equal bytes, wherever they are made. Raises Invalid for what is not JSON."""
        document = {"!": "scanhouse manifest", "schema": self.schema, "session": self.session, "made": self.made,
                    "predecessor": self.predecessor, "rows": {table: list(rows) for table, rows in self.rows.items()}}
        try:
            return orjson.dumps(document, option=_FORM)
        except TypeError as error:
            raise Invalid(f"A row cannot be written to a manifest: {error}. Give dates and identifiers as text.") from error


def from_bytes(data: bytes) -> Manifest:
    """The manifest in `data`. Raises NotAManifest unless they are exactly the bytes that `to_bytes` gives for it."""
    if not is_manifest(data):
        raise NotAManifest("it does not begin as one")
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise NotAManifest(f"it is not JSON ({error})") from error
    if document.get("schema") != SCHEMA:
        raise NotAManifest(f"it has schema {document.get('schema')!r}, and this version reads {SCHEMA}; use a newer version")
    if set(document) != _FIELDS or not isinstance(document["rows"], dict) or not isinstance(document["session"], str):
        raise NotAManifest("its fields are not those of its schema")
    if not all(isinstance(rows, list) and all(isinstance(row, dict) for row in rows) for rows in document["rows"].values()):
        raise NotAManifest("its rows are no rows")
    manifest = Manifest(document["session"], document["made"], document["rows"], document["predecessor"], document["schema"])
    if manifest.to_bytes() != data:
        raise NotAManifest("its bytes are not in canonical form")
    return manifest


def is_manifest(head: bytes) -> bool:
    """Whether an object that begins with `head` (26 bytes are enough) says that it is a manifest."""
    return head.startswith(MAGIC)


def write(store: ObjectStore, manifest: Manifest) -> str:
    """Keep `manifest` in `store`; its key. It is durable when this returns: name it in a row only afterwards."""
    with store.stage() as staged:
        staged.write(manifest.to_bytes())
        sealed = staged.seal()
    store.keep([sealed])
    return sealed.key


def read(store: ObjectStore, key: str) -> Manifest:
    """The manifest under `key`, its bytes verified. Raises ObjectMissing, ObjectDamaged, NotAManifest."""
    if store.size(key) > MAX_SIZE:
        raise NotAManifest(f"it is larger than {MAX_SIZE >> 20} MB")
    store.verify(key)
    return from_bytes(store.read(key))


def history(store: ObjectStore, key: str) -> Iterator[tuple[str, Manifest]]:
    """Keys and manifests from `key` back to the first. It ends: no object can name one that was made after it."""
    here: str | None = key
    while here is not None:
        manifest = read(store, here)
        yield here, manifest
        here = manifest.predecessor


def newest(store: ObjectStore, keys: Iterable[str] | None = None) -> dict[str, list[str]]:
    """Session to the keys of its manifests that no other manifest replaces, from the store alone: where a rebuild begins.

    One per session is what should be; several mean that changes went two ways, and `made` tells which came last.
    Walks all `keys` of the store, reading 26 bytes of each. Objects that are damaged raise Broken.
    """
    found: dict[str, str] = {}
    replaced: set[str] = set()
    for key in store.keys() if keys is None else keys:
        if is_manifest(store.read(key, 0, len(MAGIC))):
            try:
                manifest = read(store, key)
            except ObjectDamaged as error:
                raise Broken(f"A manifest is damaged, so the newest one of its session cannot be told: {error}") from error
            found[key] = manifest.session
            if manifest.predecessor is not None:
                replaced.add(manifest.predecessor)
    sessions: dict[str, list[str]] = {}
    for key in sorted(found.keys() - replaced):
        sessions.setdefault(found[key], []).append(key)
    return sessions
