"""Every DICOM set of the shared folder comes in by zip and by C-STORE and goes out again: counts, UIDs, bytes and pixels as expected.json says.

What lacks a UID of its study, series or itself is refused, and what is cut off. Of objects under one UID the last one counts.
"""
from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
import uuid
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import requests
from pydicom.pixels import pixel_array
from tests.dimse import requestor
from tests.house import House

from scanhouse.dicom.part10 import read_meta
from scanhouse.dimse.upper.items import ProposedContext
from scanhouse.dimse.upper.pdu import AssociateAccept

pytestmark = [pytest.mark.journey, pytest.mark.shared]

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
SETS = sorted(path.parent.name for path in SHARED.glob("*/expected.json") if "files" in json.loads(path.read_text()))
CUT_OFF = {"rtplan_truncated.dcm"}
INVALID_OBJECT_INSTANCE = 0x0117
"""Status for a UID in the command that is none (PS3.7 C.4.1)."""
UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


class Client:
    """One administrator's calls."""

    def __init__(self, house: House) -> None:
        self.house, self.http = house, requests.Session()
        self.http.auth = ("admin", house.admin_password)

    def __call__(self, method: str, path: str, *, expect: int = 200, **more: Any) -> requests.Response:
        answer = self.http.request(method, self.house.url + path, timeout=300, **more)
        assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer

    def rows(self, path: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self("GET", path).json()["ResultSet"]["Result"]
        return found


@pytest.fixture(scope="module")
def client(house: House) -> Client:
    return Client(house)


@pytest.fixture
def project(client: Client) -> Iterator[str]:
    name = f"SET_{uuid.uuid4().hex[:8]}"
    client("PUT", f"/data/projects/{name}")
    client("PUT", f"/data/projects/{name}/prearchive_code/0")
    yield name
    client("DELETE", f"/data/projects/{name}", params={"removeFiles": "true"})


class Set:
    """One set: its files as they are to be sent, and what is expected of it."""

    def __init__(self, shared: Path, name: str) -> None:
        self.folder = shared / "data" / name
        self.expected = json.loads((self.folder / "expected.json").read_text())
        paths = {file["path"] for file in self.expected["files"]}
        self.contents = {name: data for name, data in _members(self.folder) if name in paths}
        self.files = [file for file in self.expected["files"] if _complete(self.contents[file["path"]]) and Path(file["path"]).name not in CUT_OFF]

    @property
    def instances(self) -> set[tuple[str, str]]:
        return {self.instance(file) for file in self.files}

    def instance(self, file: dict[str, Any]) -> tuple[str, str]:
        return _instance(_read(self.contents[file["path"]]))


@pytest.fixture(params=SETS)
def the_set(request: pytest.FixtureRequest, shared: Path) -> Set:
    return Set(shared, request.param)


def test_a_set_comes_in_by_zip(client: Client, project: str, the_set: Set) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in the_set.contents.items():
            archive.writestr(name, data)
    client("POST", "/data/services/import", params={"dest": f"/prearchive/projects/{project}", "Ignore-Unparsable": "true"},
           data=buffer.getvalue(), headers={"Content-Type": "application/zip"})

    _compare(client, project, the_set, _archive_all(client, project), same_bytes=True)


def test_a_set_comes_in_by_c_store(house: House, client: Client, project: str, the_set: Set) -> None:
    title = uuid.uuid4().hex[:12].upper()
    receiver = {"aeTitle": title, "port": house.dicom_port, "routingExpressionsEnabled": True,
                "projectRoutingExpression": f"(0008,0018):(.*):1 t:^.+$ r:{project}"}
    number = client("POST", "/xapi/dicomscp", json=receiver).json()["id"]
    try:
        for file in the_set.files:
            is_uid = re.fullmatch(r"[0-9.]{1,64}", file["SOPInstanceUID"])
            assert _store(house, title, the_set.contents[file["path"]], file) == (0 if is_uid else INVALID_OBJECT_INSTANCE)
    finally:
        client("DELETE", f"/xapi/dicomscp/{number}")

    the_set.files = [file for file in the_set.files if re.fullmatch(r"[0-9.]{1,64}", file["SOPInstanceUID"])]
    _compare(client, project, the_set, _archive_all(client, project), same_bytes=False)


def _archive_all(client: Client, project: str) -> list[str]:
    """Archive every session that waits, each under a label of its own; answers their accession IDs.

    Set `us` has one UID in two SOP classes of a series: such a session goes into the archive only when overwriting is allowed.
    """
    for number, row in enumerate(client.rows(f"/data/prearchive/projects/{project}")):
        names = {"src": row["url"], "session": f"E{number}", "subject": f"S{number}", "overwrite": "delete"}
        client("POST", "/data/services/archive", params=names)
    assert client.rows(f"/data/prearchive/projects/{project}") == []
    return [row["ID"] for row in client.rows(f"/data/projects/{project}/experiments")]


def _compare(client: Client, project: str, the_set: Set, sessions: list[str], *, same_bytes: bool) -> None:
    found: dict[tuple[str, str], bytes] = {}
    series: dict[str, set[str]] = {}
    for session in sessions:
        content = client("GET", f"/data/experiments/{session}/scans/ALL/files", params={"format": "zip"}).content
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            for name in archive.namelist():
                data = archive.read(name)
                header = _read(data)
                assert _instance(header) not in found
                found[_instance(header)] = data
                series.setdefault(header.SeriesInstanceUID, set()).add(header.SOPInstanceUID)
    assert found.keys() == the_set.instances
    assert len(sessions) == len({(_read(data).StudyInstanceUID, _read(data).get("PatientID") or "") for data in found.values()})
    wanted = {one["SeriesInstanceUID"]: one["instances"] for study in the_set.expected["studies"] for one in study["series"]}
    assert {uid: len(objects) for uid, objects in series.items()} == {uid: wanted[uid] for uid in series}
    files: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for file in the_set.files:
        files.setdefault(the_set.instance(file), []).append(file)
    for instance, data in found.items():
        if same_bytes:
            assert hashlib.sha256(data).hexdigest() in {file["sha256"] for file in files[instance]}
        else:
            _compare_pixels(data, files[instance])


def _compare_pixels(data: bytes, files: list[dict[str, Any]]) -> None:
    hashes = {file["pixels"]["sha256"] for file in files if "sha256" in file.get("pixels", {}) and not file["pixels"].get("lossy")}
    if len(hashes) == len(files) and hashes:
        pixels = pixel_array(pydicom.dcmread(io.BytesIO(data), force=True))
        little = np.ascontiguousarray(pixels.astype(pixels.dtype.newbyteorder("<")))
        assert hashlib.sha256(little.tobytes()).hexdigest() in hashes


def _store(house: House, title: str, data: bytes, file: dict[str, Any]) -> int:
    """C-STORE of the data set as it lies in the file. Answers the status."""
    meta = read_meta(data)
    context = ProposedContext(1, file["SOPClassUID"] or meta.sop_class_uid, (meta.transfer_syntax_uid,))
    with requestor.Peer(house.dicom_port, timeout=60) as peer:
        assert isinstance(peer.ask(requestor.request([context], called=title)), AssociateAccept)
        status = peer.ask_status(requestor.store(data[meta.dataset_offset:], context_id=1, instance=file["SOPInstanceUID"],
                                                 sop_class=context.abstract_syntax, max_pdu=16384))
        peer.ask(requestor.RELEASE)
    return status


def _instance(header: pydicom.FileDataset) -> tuple[str, str]:
    return str(header.SOPInstanceUID), str(header.get("SOPClassUID", ""))


def _read(data: bytes) -> pydicom.FileDataset:
    return pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True, force=True)


def _complete(data: bytes) -> bool:
    header = _read(data)
    return all(header.get(keyword) for keyword in UIDS)


def _members(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file, those inside archives by `archive!name`, as expected.json names them."""
    warnings.simplefilter("ignore")
    for path in sorted(p for p in (folder / "dicom").rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        if name.lower().endswith(".zip"):
            with zipfile.ZipFile(path) as archive:
                yield from ((f"{name}!{inner.filename}", archive.read(inner)) for inner in archive.infolist() if not inner.is_dir())
        elif name.lower().endswith((".tar", ".tar.gz", ".tgz")):
            with tarfile.open(path) as tar:
                yield from ((f"{name}!{inner.name}", tar.extractfile(inner).read()) for inner in tar.getmembers() if inner.isfile())  # type: ignore[union-attr]
        elif name.lower().endswith(".gz"):
            yield name, gzip.decompress(path.read_bytes())
        else:
            yield name, path.read_bytes()
