"""Downloads of several files: where they lie, what is sent, and parts of it."""
from __future__ import annotations

import io
import tarfile
import zipfile

import pytest

from scanhouse.records import downloads
from scanhouse.records.downloads import Form, Layout, Structure
from scanhouse.records.models import File
from scanhouse.storage.ranges import Unsatisfiable
from tests.builders import an_archive

pytestmark = pytest.mark.django_db


@pytest.fixture
def archive():
    """A session with a scan of type "T1 w/o fat", files in both, one of them large."""
    made = an_archive().with_project("P").with_subject("S").with_session("E").with_scan("4", type="T1 w/o fat")
    made.with_file("1.dcm", b"x" * 3_000_000, on=made.scan("4"), resource="DICOM").with_file("sub/2.dcm", b"two", on=made.scan("4"), resource="DICOM")
    return made.with_file("notes.txt", b"notes", on=made.session("E"), resource="NOTES")


def entries(layout: Layout = downloads.PLAIN) -> list[str]:
    return sorted(entry.name for entry in downloads.entries(File.objects.all(), layout=layout))


@pytest.mark.parametrize(("layout", "names"), [
    (Layout(), ["E/resources/NOTES/files/notes.txt", "E/scans/4-T1_w_o_fat/resources/DICOM/files/1.dcm",
                "E/scans/4-T1_w_o_fat/resources/DICOM/files/sub/2.dcm"]),
    (Layout(Structure.IMPROVED), ["resources/NOTES/notes.txt", "scans/4_T1 w_o fat/DICOM/1.dcm", "scans/4_T1 w_o fat/DICOM/sub/2.dcm"]),
    (Layout(Structure.SIMPLIFIED), ["E/NOTES/notes.txt", "E/scans/4/DICOM/1.dcm", "E/scans/4/DICOM/sub/2.dcm"]),
    (Layout(Structure.LEGACY), ["arc001/E/RESOURCES/NOTES/notes.txt", "arc001/E/SCANS/4/DICOM/1.dcm", "arc001/E/SCANS/4/DICOM/sub/2.dcm"]),
])
def test_files_lie_where_the_structure_says(archive, layout: Layout, names: list[str]) -> None:
    assert entries(layout) == names


def test_labels_of_project_and_subject_come_first_on_request(archive) -> None:
    assert entries(Layout(with_project=True, with_subject=True))[0] == "P/S/E/resources/NOTES/files/notes.txt"


def test_a_zip_has_the_length_that_was_announced_and_every_file(archive) -> None:
    content = downloads.archive(downloads.entries(File.objects.all()), Form.ZIP)

    sent = downloads.send(content)

    whole = b"".join(sent.blocks)
    assert (sent.status, int(sent.headers["Content-Length"])) == (200, len(whole))
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        assert opened.testzip() is None
        assert opened.read("E/resources/NOTES/files/notes.txt") == b"notes"


def test_any_part_of_a_zip_is_that_part_of_the_whole(archive) -> None:
    def content():
        return downloads.archive(downloads.entries(File.objects.all()), Form.ZIP)

    whole = b"".join(downloads.send(content()).blocks)
    for start, stop in ((0, 10), (25, 2_999_999), (2_000_000, len(whole)), (len(whole) - 1, len(whole))):
        sent = downloads.send(content(), range_header=f"bytes={start}-{stop - 1}")
        assert sent.status == 206
        assert b"".join(sent.blocks) == whole[start:stop]
    assert downloads.send(content(), range_header="bytes=5-", if_range='"another"').status == 200
    with pytest.raises(Unsatisfiable):
        downloads.send(content(), range_header=f"bytes={len(whole)}-")


def test_who_has_it_already_gets_304(archive) -> None:
    content = downloads.archive(downloads.entries(File.objects.all()), Form.ZIP)

    assert downloads.send(content, if_none_match=content.etag).status == 304


@pytest.mark.parametrize("form", [Form.TAR, Form.TAR_GZ])
def test_a_tar_holds_the_same_files(archive, form: Form) -> None:
    sent = downloads.send(downloads.archive(downloads.entries(File.objects.all()), form))

    whole = b"".join(sent.blocks)
    assert sent.headers.get("Content-Length", str(len(whole))) == str(len(whole))
    with tarfile.open(fileobj=io.BytesIO(whole)) as opened:
        assert sorted(opened.getnames()) == entries()
        large = opened.extractfile("E/scans/4-T1_w_o_fat/resources/DICOM/files/1.dcm")
        assert large is not None
        assert large.read() == b"x" * 3_000_000


def test_blocks_are_small_whatever_the_file(archive) -> None:
    sent = downloads.send(downloads.archive(downloads.entries(File.objects.all()), Form.ZIP))

    assert max(len(block) for block in sent.blocks) <= 2 * downloads.BLOCK
