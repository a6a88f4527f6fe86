"""Trees of hard links: XNAT's layout, all or nothing, and no place that a name could lead out of."""
from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from scanhouse.storage import trees
from scanhouse.storage.disks import DiskFull
from scanhouse.storage.names import UnsafeName
from scanhouse.storage.objects import ObjectMissing
from scanhouse.storage.store import FileStore
from scanhouse.storage.trees import Leaf, Part, TreeConflict


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "store")


def put(store: FileStore, data: bytes) -> str:
    with store.stage() as staged:
        staged.write(data)
        sealed = staged.seal()
    store.keep([sealed])
    return sealed.key


@pytest.fixture
def leaves(store) -> list[Leaf]:
    return [
        Leaf(Part.SCANS, "4-MR1", "DICOM", "1.dcm", put(store, b"one")),
        Leaf(Part.SCANS, "4-MR1", "SNAPSHOTS", "sub/x.gif", put(store, b"gif")),
        Leaf(Part.RESOURCES, "", "NOTES", "a.txt", put(store, b"note")),
        Leaf(Part.ASSESSORS, "S_QC", "OUT", "qc.json", put(store, b"{}")),
        Leaf(Part.PROCESSED, "R1", "NIFTI", "r.nii", put(store, b"nii")),
    ]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_session_is_laid_out_as_xnat_lays_its_archive(store, leaves, tmp_path) -> None:
    laid = trees.lay(store, "S 1", leaves, under=tmp_path / "P")
    assert laid == trees.Laid(tmp_path / "P/arc001/S 1", 5, 0)
    assert files(tmp_path / "P") == {
        "arc001/S 1/SCANS/4-MR1/DICOM/1.dcm": b"one", "arc001/S 1/SCANS/4-MR1/SNAPSHOTS/sub/x.gif": b"gif",
        "arc001/S 1/RESOURCES/NOTES/a.txt": b"note",
        "arc001/S 1/ASSESSORS/S_QC/OUT/qc.json": b"{}", "arc001/S 1/PROCESSED/R1/NIFTI/r.nii": b"nii"}


def test_files_are_read_only_links_to_the_objects_which_outlive_the_tree(store, leaves, tmp_path) -> None:
    laid = trees.lay(store, "S", leaves, under=tmp_path / "P")
    link = laid.folder / "SCANS/4-MR1/DICOM/1.dcm"
    assert link.samefile(store.path(leaves[0].key))
    assert link.stat().st_mode & 0o222 == 0
    link.unlink()
    assert store.read(leaves[0].key) == b"one"
    store.promote()
    assert (laid.folder / "RESOURCES/NOTES/a.txt").read_bytes() == b"note"


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EMLINK, errno.EPERM])
def test_where_links_cannot_be_files_are_copied(store, leaves, tmp_path, monkeypatch, code: int) -> None:
    for leaf in leaves:
        store.path(leaf.key)

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", fail)
    laid = trees.lay(store, "S", leaves, under=tmp_path / "P")
    assert (laid.links, laid.copies) == (0, 5)
    copy = laid.folder / "SCANS/4-MR1/DICOM/1.dcm"
    assert copy.read_bytes() == b"one" and not copy.samefile(store.path(leaves[0].key))


def test_a_tree_on_another_disk_is_copied(store, leaves, tmp_path) -> None:
    other = Path("/dev/shm")
    if other.stat().st_dev == tmp_path.stat().st_dev:
        return
    under = other / f"scanhouse-test-{os.getpid()}"
    try:
        laid = trees.lay(store, "S", leaves, under=under)
        assert laid.copies == 5
        assert files(laid.folder)["SCANS/4-MR1/DICOM/1.dcm"] == b"one"
    finally:
        trees.shutil.rmtree(under, ignore_errors=True)


def test_a_writable_tree_is_private(store, leaves, tmp_path) -> None:
    laid = trees.lay(store, "S", leaves, under=tmp_path / "P", writable=True)
    (laid.folder / "SCANS/4-MR1/DICOM/1.dcm").write_bytes(b"changed")
    assert store.read(leaves[0].key) == b"one"
    assert laid.copies == 5


BAD = [
    ("..", {}), ("a/b", {}), ("", {}), ("S", {"owner": "../../x"}), ("S", {"owner": ""}), ("S", {"resource": ".."}),
    ("S", {"resource": "a/b"}),
    ("S", {"path": "../../../x"}), ("S", {"path": "/etc/passwd"}), ("S", {"path": "a\0b"}), ("S", {"path": ""}),
]


@pytest.mark.parametrize(("session", "change"), BAD)
def test_no_name_leads_out_of_the_tree(store, leaves, tmp_path, session: str, change: dict) -> None:
    with pytest.raises(UnsafeName):
        trees.lay(store, session, [leaves[0]._replace(**change)], under=tmp_path / "P")
    assert not (tmp_path / "P").exists()


def test_two_files_in_one_place_are_refused_unless_they_are_the_same(store, leaves) -> None:
    first = leaves[0]
    assert len(trees.plan("S", [first, first])) == 1
    with pytest.raises(TreeConflict, match="one place"):
        trees.plan("S", [first, first._replace(key=leaves[1].key)])
    with pytest.raises(TreeConflict, match="file and a folder"):
        trees.plan("S", [first, first._replace(path="1.dcm/inner")])


def test_a_tree_appears_whole_or_not_at_all(store, leaves, tmp_path, monkeypatch) -> None:
    with pytest.raises(ObjectMissing):
        trees.lay(store, "S", [*leaves, leaves[0]._replace(path="2.dcm", key="0" * 64)], under=tmp_path / "P")
    assert files(tmp_path / "P") == {} and list((tmp_path / "P/arc001").iterdir()) == []

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    for leaf in leaves:
        store.path(leaf.key)
    monkeypatch.setattr(os, "link", full)
    with pytest.raises(DiskFull):
        trees.lay(store, "S", leaves, under=tmp_path / "P")
    assert list((tmp_path / "P/arc001").iterdir()) == []


def test_a_folder_that_is_there_is_not_touched(store, leaves, tmp_path) -> None:
    trees.lay(store, "S", leaves, under=tmp_path / "P")
    before = files(tmp_path / "P")
    with pytest.raises(TreeConflict, match="already"):
        trees.lay(store, "S", leaves[:1], under=tmp_path / "P")
    assert files(tmp_path / "P") == before
    assert [each.name for each in (tmp_path / "P/arc001").iterdir()] == ["S"]
