"""Manifests: canonical, verified, and enough to find every session again in a store without a database."""
from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanhouse.errors import Broken, Invalid
from scanhouse.storage import manifests
from scanhouse.storage.manifests import Manifest, NotAManifest
from scanhouse.storage.objects import ObjectDamaged, ObjectMissing
from scanhouse.storage.store import FileStore

MADE = "2024-03-04T05:06:07.000008Z"
ROWS = {"experiment": [{"id": "S1", "label": "Ünï", "document": {"scanner/model": "x", "n": 1.5}}], "file": [{"path": "1.dcm", "size": 5}]}


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "store")


def test_a_manifest_comes_back_as_it_was(store) -> None:
    manifest = Manifest("S1", MADE, ROWS)
    key = manifests.write(store, manifest)
    assert manifests.read(store, key) == manifest
    assert manifests.write(store, manifest) == key
    assert manifests.is_manifest(store.read(key, 0, 26))


def test_equal_manifests_have_equal_bytes_whatever_the_order_of_their_fields() -> None:
    turned = {"file": [{"size": 5, "path": "1.dcm"}],
              "experiment": [{"document": {"n": 1.5, "scanner/model": "x"}, "label": "Ünï", "id": "S1"}]}
    assert Manifest("S1", MADE, turned).to_bytes() == Manifest("S1", MADE, ROWS).to_bytes()
    assert Manifest("S1", MADE, ROWS).to_bytes() != Manifest("S2", MADE, ROWS).to_bytes()


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
SCALAR = st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), TEXT)
JSON = st.recursive(SCALAR, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)), max_leaves=8)


@given(st.dictionaries(st.sampled_from(["a", "b"]), st.lists(st.dictionaries(st.sampled_from(["x", "y"]), JSON), max_size=3)))
def test_every_row_of_json_survives(rows) -> None:
    manifest = Manifest("S", MADE, rows)
    assert manifests.from_bytes(manifest.to_bytes()) == manifest


@pytest.mark.parametrize("value", [datetime(2024, 1, 1, tzinfo=UTC), b"bytes", {1, 2}, object(), {1: 2}, "\ud800", 1 << 70])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(Invalid, match="as text"):
        Manifest("S", MADE, {"a": [{"x": value}]}).to_bytes()


def changed(**fields: object) -> bytes:
    return orjson.dumps(orjson.loads(Manifest("S", MADE, ROWS).to_bytes()) | fields, option=orjson.OPT_SORT_KEYS)


@pytest.mark.parametrize("data", [
    b"", b"{}", b"DICM", Manifest("S", MADE, ROWS).to_bytes()[:-1], Manifest("S", MADE, ROWS).to_bytes() + b"\n",
    changed(schema=2), changed(more=1), changed(rows=[]), changed(rows={"a": {}}), changed(rows={"a": [1]}), changed(session=5),
    changed(predecessor="../x"),
    Manifest("S", MADE, ROWS).to_bytes().replace(b'"session":', b'"session": ')])
def test_what_is_not_a_manifest_to_the_byte_is_refused(data: bytes) -> None:
    with pytest.raises(NotAManifest):
        manifests.from_bytes(data)


def test_a_manifest_whose_bytes_changed_on_disk_is_found_out(store) -> None:
    key = manifests.write(store, Manifest("S", MADE, ROWS))
    path = store.path(key)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"1.dcm", b"2.dcm"))
    with pytest.raises(ObjectDamaged):
        manifests.read(store, key)
    with pytest.raises(Broken, match="cannot be told"):
        manifests.newest(store)


def test_the_history_goes_back_to_the_first_and_says_where_it_breaks(store) -> None:
    keys = [manifests.write(store, Manifest("S", MADE, {}))]
    for i in range(4):
        keys.append(manifests.write(store, Manifest("S", MADE, {"a": [{"i": i}]}, predecessor=keys[-1])))
    assert [key for key, _ in manifests.history(store, keys[-1])] == keys[::-1]
    store.delete(keys[1])
    with pytest.raises(ObjectMissing):
        list(manifests.history(store, keys[-1]))


def test_the_newest_manifests_are_found_without_a_database(store) -> None:
    first = manifests.write(store, Manifest("S1", MADE, {}))
    second = manifests.write(store, Manifest("S1", MADE, ROWS, predecessor=first))
    other = manifests.write(store, Manifest("S2", MADE, {}))
    branch = manifests.write(store, Manifest("S2", MADE, ROWS))
    with store.stage() as staged:
        staged.write(b"an image")
        store.keep([staged.seal()])
    store.promote()
    assert manifests.newest(store) == {"S1": [second], "S2": sorted([other, branch])}
