"""xnatpy as it comes from PyPI: a zip is imported, its session walked and downloaded, the prearchive worked through, files sent and read."""
from __future__ import annotations

import hashlib
import io
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydicom
import pytest
import xnat
from tests.house import House
from tests.journeys.dicom_samples import a_study, zipped

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def session(house: House) -> Iterator[Any]:
    with xnat.connect(house.url, user="admin", password=house.admin_password) as connected:
        yield connected


@pytest.fixture
def project(session: Any) -> Iterator[str]:
    """A project into which nothing is archived of itself."""
    name = f"XI_{uuid.uuid4().hex[:8]}"
    session.put(f"/data/projects/{name}")
    session.put(f"/data/projects/{name}/prearchive_code/0")
    session.clearcache()
    yield name
    session.delete(f"/data/projects/{name}", query={"removeFiles": "true"})


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A zip of a study of two series with three images each."""
    path = tmp_path / "study.zip"
    path.write_bytes(zipped(a_study(series=2, images=3)))
    return path


def test_a_zip_is_imported_into_the_archive_and_walked(session: Any, project: str, study: Path) -> None:
    made = session.services.import_(str(study), project=project, subject="S1", experiment="E1", destination="/archive")

    assert made.label == "E1"
    session.clearcache()
    walked = session.projects[project].subjects["S1"].experiments["E1"]
    assert walked.id == made.id
    assert sorted(scan.id for scan in walked.scans.values()) == ["1", "2"]
    scan = walked.scans["1"]
    resource = scan.resources["DICOM"]
    assert (resource.file_count, len(resource.files)) == (3, 3)
    file = next(iter(resource.files.values()))
    assert file.digest == hashlib.md5(file.open().read()).hexdigest()


def test_a_session_is_downloaded_as_files_and_as_a_zip(session: Any, project: str, study: Path, tmp_path: Path) -> None:
    made = session.services.import_(str(study), project=project, subject="S1", experiment="E1", destination="/archive")
    sent = {pydicom.dcmread(io.BytesIO(data)).SOPInstanceUID: data for data in _members(study.read_bytes()).values()}

    made.download_dir(str(tmp_path / "folder"))
    made.download(str(tmp_path / "whole.zip"))

    folder = {pydicom.dcmread(path).SOPInstanceUID: path.read_bytes() for path in (tmp_path / "folder").rglob("*.dcm")}
    whole = {pydicom.dcmread(io.BytesIO(data)).SOPInstanceUID: data for data in _members((tmp_path / "whole.zip").read_bytes()).values()}
    assert folder == whole == sent


def test_a_zip_for_the_prearchive_waits_there_with_its_scans_and_files(session: Any, project: str, study: Path) -> None:
    waiting = session.services.import_(str(study), project=project, subject="S1", experiment="E1", destination=f"/prearchive/projects/{project}")

    assert (waiting.project, waiting.subject, waiting.label, waiting.status) == (project, "S1", "E1", "READY")
    assert waiting.uploaded is not None
    assert [scan.id for scan in waiting.scans] == ["1", "2"]
    files = waiting.scans[0].files
    assert len(files) == 3
    assert waiting.scans[0].read_dicom().PatientID == "ID^1"
    assert [one.label for one in session.prearchive.sessions(project)] == ["E1"]


def test_a_session_of_the_prearchive_is_archived_under_other_labels(session: Any, project: str, study: Path) -> None:
    waiting = session.services.import_(str(study), project=project, destination="/prearchive")

    archived = waiting.archive(project=project, subject="S2", experiment="E2")

    assert archived.label == "E2"
    assert session.prearchive.sessions(project) == []


def test_a_session_of_the_prearchive_is_moved_rebuilt_and_deleted(session: Any, project: str, study: Path) -> None:
    other = f"XI_{uuid.uuid4().hex[:8]}"
    session.put(f"/data/projects/{other}")
    try:
        session.services.import_(str(study), project=project, destination="/prearchive")
        session.prearchive.find(project=project)[0].move(other)
        (moved,) = session.prearchive.find(project=other)
        moved.rebuild()
        assert moved.status == "READY"
        moved.delete()
        assert session.prearchive.find(project=other) == session.prearchive.find(project=project) == []
    finally:
        session.delete(f"/data/projects/{other}", query={"removeFiles": "true"})


def test_the_same_zip_again_is_a_conflict_unless_it_may_replace(session: Any, project: str, study: Path) -> None:
    target = {"project": project, "subject": "S1", "experiment": "E1", "destination": "/archive"}
    session.services.import_(str(study), **target)

    with pytest.raises(xnat.exceptions.XNATUploadError):
        session.services.import_(str(study), **target)
    again = session.services.import_(str(study), **target, overwrite="delete")

    assert len(again.scans["1"].files) == 3


def test_files_of_a_resource_are_sent_listed_and_had_back(session: Any, project: str, tmp_path: Path) -> None:
    source = tmp_path / "notes.txt"
    source.write_bytes(b"of a journey")
    subject = session.classes.SubjectData(parent=session.projects[project], label="S1")
    resource = session.classes.ResourceCatalog(parent=subject, label="NOTES")

    resource.upload(str(source), "deep/notes.txt")
    resource.upload_data(b"data", "data.bin")
    session.clearcache()

    resource = session.projects[project].subjects["S1"].resources["NOTES"]
    assert sorted(file.path for file in resource.files.values()) == ["data.bin", "deep/notes.txt"]
    resource.files["deep/notes.txt"].download(str(tmp_path / "back.txt"))
    assert (tmp_path / "back.txt").read_bytes() == b"of a journey"
    resource.download_dir(str(tmp_path / "all"))
    assert sorted(path.name for path in (tmp_path / "all").rglob("*") if path.is_file()) == ["data.bin", "notes.txt"]
    resource.files["data.bin"].delete()
    session.clearcache()
    assert len(session.projects[project].subjects["S1"].resources["NOTES"].files) == 1


def test_the_header_of_a_scan_is_dumped(session: Any, project: str, study: Path) -> None:
    made = session.services.import_(str(study), project=project, subject="S1", experiment="E1", destination="/archive")

    rows = made.scans["1"].dicom_dump(fields=["PatientID", "00080060"])

    assert {row["desc"]: row["value"] for row in rows} == {"Patient ID": "ID^1", "Modality": "MR"}


def _members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return {name: opened.read(name) for name in opened.namelist() if not name.endswith("/")}
