"""DCMTK as it is installed: storescu sends to the receiver, and the study arrives in the project that classic routing finds."""
from __future__ import annotations

import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from pydicom.dataset import Dataset
from tests.house import House
from tests.journeys.dicom_samples import a_study, as_file

pytestmark = [pytest.mark.journey, pytest.mark.skipif(shutil.which("storescu") is None, reason="DCMTK is not installed")]

DEADLINE = 60


class Client:
    def __init__(self, house: House) -> None:
        self.house, self.http = house, requests.Session()
        self.http.auth = ("admin", house.admin_password)

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.http.request(method, self.house.url + path, timeout=60, **more)

    def rows(self, path: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self("GET", path).json()["ResultSet"]["Result"]
        return found


@pytest.fixture
def client(house: House) -> Client:
    return Client(house)


@pytest.fixture
def project(client: Client) -> Iterator[Callable[[int], str]]:
    """A factory: `project(4)` makes a project with that prearchive code."""
    made = []

    def make(code: int) -> str:
        name = f"DT_{uuid.uuid4().hex[:8]}"
        client("PUT", f"/data/projects/{name}")
        client("PUT", f"/data/projects/{name}/prearchive_code/{code}")
        made.append(name)
        return name

    yield make
    for name in made:
        client("DELETE", f"/data/projects/{name}", params={"removeFiles": "true"})


def send(house: House, folder: Path, objects: list[Dataset]) -> None:
    """storescu without any option: Nagle's algorithm is on."""
    paths = []
    for number, ds in enumerate(objects):
        path = folder / f"{number}.dcm"
        path.write_bytes(as_file(ds))
        paths.append(str(path))
    subprocess.run(["storescu", "-aec", "XNAT", "localhost", str(house.dicom_port), *paths], check=True, timeout=120, capture_output=True)


def eventually(check: Callable[[], Any]) -> Any:
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.2)
    raise AssertionError(f"not within {DEADLINE} s")


def test_the_node_answers_an_echo(house: House) -> None:
    subprocess.run(["echoscu", "-aec", "XNAT", "localhost", str(house.dicom_port)], check=True, timeout=30)


@pytest.mark.parametrize(("where", "values"), [
    ("patient comments", lambda p: {"PatientComments": f"Project:{p} Subject:S7 Session:E7"}),
    ("study comments", lambda p: {"StudyComments": f"project:{p};subject:S7;session:E7"}),
    ("study description", lambda p: {"StudyDescription": p, "PatientName": "S7", "PatientID": "E7"}),
    ("accession number", lambda p: {"AccessionNumber": p, "PatientName": "S7", "PatientID": "E7"}),
])
def test_a_study_waits_in_the_prearchive_of_the_project_that_its_header_names(
    house: House, client: Client, project: Callable[[int], str], tmp_path: Path, where: str, values: Callable[[str], dict[str, str]]
) -> None:  # fmt: skip
    name = project(0)

    send(house, tmp_path, a_study(series=2, images=2, **values(name)))

    def ready() -> list[dict[str, str]]:
        return [row for row in client.rows(f"/data/prearchive/projects/{name}") if row["status"] == "READY"]

    (row,) = eventually(ready)
    assert (row["subject"], row["name"]) == ("S7", "E7")
    assert [scan["ID"] for scan in client.rows(f"/data{row['url']}/scans")] == ["1", "2"]
    assert client.rows(f"/data/projects/{name}/experiments") == []


def test_a_study_is_archived_by_itself_where_the_project_says_so(
    house: House, client: Client, project: Callable[[int], str], tmp_path: Path
) -> None:  # fmt: skip
    name = project(4)
    objects = a_study(series=2, images=3, StudyDescription=name)

    send(house, tmp_path, objects)

    (row,) = eventually(lambda: client.rows(f"/data/projects/{name}/experiments"))
    assert row["label"] == "ID_1"
    files = client.rows(f"/data/experiments/{row['ID']}/scans/ALL/files")
    assert len(files) == len(objects)
    assert {file["collection"] for file in files} == {"DICOM"}
    eventually(lambda: client.rows(f"/data/prearchive/projects/{name}") == [])


def test_more_of_a_study_joins_the_archived_session(house: House, client: Client, project: Callable[[int], str], tmp_path: Path) -> None:
    name = project(4)
    objects = a_study(series=2, images=2, StudyDescription=name)
    send(house, tmp_path, objects[:2])
    (row,) = eventually(lambda: client.rows(f"/data/projects/{name}/experiments"))

    send(house, tmp_path, objects[2:])

    eventually(lambda: len(client.rows(f"/data/experiments/{row['ID']}/scans/ALL/files")) == len(objects))
    assert len(client.rows(f"/data/projects/{name}/experiments")) == 1


def test_a_study_of_no_project_is_kept_unassigned(house: House, client: Client, tmp_path: Path) -> None:
    objects = a_study(images=1, StudyDescription="nobody's", PatientID=f"ID{uuid.uuid4().hex[:8]}")

    send(house, tmp_path, objects)

    def mine() -> list[dict[str, str]]:
        return [row for row in client.rows("/data/prearchive/projects/Unassigned") if row["tag"] == objects[0].StudyInstanceUID]

    (row,) = eventually(mine)
    assert client("DELETE", f"/data{row['url']}").status_code == 200
