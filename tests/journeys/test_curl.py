"""curl doing what xnatpy does, byte by byte: statuses, bodies and headers of the wire as other clients rely on them."""
from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.house import House
from tests.journeys.dicom_samples import a_study, as_file, zipped

pytestmark = [pytest.mark.journey, pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")]


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def rows(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = json.loads(self.body)["ResultSet"]["Result"]
        return found


class Curl:
    """Calls of one user."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house, self.folder = house, folder

    def __call__(self, method: str, path: str, *arguments: str, user: str | None = None) -> Answer:
        head, body = self.folder / "head", self.folder / "body"
        body.unlink(missing_ok=True)
        login = f"admin:{self.house.admin_password}" if user is None else user
        command = ["curl", "-sS", "-g", "-X", method, "-D", str(head), "-o", str(body), "-u", login, *arguments, self.house.url + path]
        if method == "HEAD":
            command[command.index("-X"):command.index("-X") + 2] = ["-I"]
        subprocess.run(command, check=True, timeout=120)
        lines = head.read_text().replace("\r", "").rstrip("\n").split("\n\n")[-1].split("\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        return Answer(int(lines[0].split()[1]), headers, body.read_bytes() if body.exists() and method != "HEAD" else b"")


@pytest.fixture
def curl(house: House, tmp_path: Path) -> Curl:
    return Curl(house, tmp_path)


@pytest.fixture
def project(curl: Curl) -> Iterator[str]:
    """A project into which nothing is archived of itself."""
    name = f"CU_{uuid.uuid4().hex[:8]}"
    assert curl("PUT", f"/data/projects/{name}").status == 200
    curl("PUT", f"/data/projects/{name}/prearchive_code/0")
    yield name
    curl("DELETE", f"/data/projects/{name}?removeFiles=true")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.zip"
    path.write_bytes(zipped(a_study(series=1, images=4)))
    return path


@pytest.fixture
def archived(curl: Curl, project: str, study: Path) -> str:
    """Path of a session in the archive with one scan of four images."""
    answer = curl("POST", f"/data/services/import?dest=/archive/projects/{project}/subjects/S/experiments/E", "--data-binary", f"@{study}",
                  "-H", "Content-Type: application/zip")
    assert answer.status == 200, answer.text
    return answer.text.strip()


def test_an_import_answers_one_address_a_line_with_crlf(curl: Curl, project: str, study: Path) -> None:
    answer = curl("POST", f"/data/services/import?dest=/archive/projects/{project}&subject=S&session=E", "-F", f"file=@{study}")

    assert (answer.status, answer.text) == (200, f"/data/archive/projects/{project}/subjects/S/experiments/E\r\n")


@pytest.mark.parametrize("form", ["--data-binary", "-F", "-T"])
def test_an_upload_may_be_a_body_a_form_or_come_in_chunks(curl: Curl, project: str, study: Path, form: str) -> None:
    how = {"--data-binary": ["--data-binary", f"@{study}", "-H", "Content-Type: application/zip"],
           "-F": ["-F", f"file=@{study}"],
           "-T": ["-T", "-", "-H", "Transfer-Encoding: chunked", "-H", "Content-Type: application/zip"]}[form]
    if form == "-T":  # curl reads its standard input and does not know the length
        command = ["curl", "-sS", "-u", f"admin:{curl.house.admin_password}", "-X", "POST", *how,
                   f"{curl.house.url}/data/services/import?dest=/archive/projects/{project}&session=E&subject=S"]
        with study.open("rb") as file:
            text = subprocess.run(command, stdin=file, capture_output=True, check=True, timeout=120).stdout.decode()
    else:
        text = curl("POST", f"/data/services/import?dest=/archive/projects/{project}&session=E&subject=S", *how).text

    assert text == f"/data/archive/projects/{project}/subjects/S/experiments/E\r\n"


def test_a_commit_in_the_prearchive_answers_301_with_the_address_in_the_archive(curl: Curl, project: str, study: Path) -> None:
    waiting = curl("POST", f"/data/services/import?project={project}&subject=S&session=E", "-F", f"file=@{study}").text.strip()
    assert waiting.startswith(f"/data/prearchive/projects/{project}/")

    answer = curl("POST", f"{waiting}?action=commit&AA=true")

    assert (answer.status, answer.text) == (301, f"/data/archive/projects/{project}/subjects/S/experiments/E")
    assert curl("GET", answer.headers["location"].removeprefix(curl.house.url)).status == 200


def test_the_prearchive_lists_addresses_without_data(curl: Curl, project: str, study: Path) -> None:
    curl("POST", f"/data/services/import?dest=/prearchive/projects/{project}/20240131_101112123/FOLDER&session=E", "-F", f"file=@{study}")

    (row,) = curl("GET", f"/data/prearchive/projects/{project}").rows

    assert row["url"] == f"/prearchive/projects/{project}/20240131_101112123/FOLDER"
    assert (row["name"], row["status"], row["folderName"]) == ("E", "READY", "FOLDER")
    assert curl("DELETE", f"/data{row['url']}").status == 200
    assert curl("GET", f"/data/prearchive/projects/{project}").rows == []


def test_files_are_listed_with_sizes_digests_and_addresses_that_can_be_had(curl: Curl, archived: str) -> None:
    rows = curl("GET", f"{archived}/scans/1/files?format=json").rows

    assert len(rows) == 4
    for row in rows:
        assert row["URI"].startswith("/data/")
        content = curl("GET", row["URI"]).body
        assert (str(len(content)), hashlib.md5(content).hexdigest()) == (row["Size"], row["digest"])


def test_the_catalog_begins_as_clients_recognise_it(curl: Curl, archived: str) -> None:
    for form in ("", "?format=json"):
        assert curl("GET", f"{archived}/scans/1/resources/DICOM{form}").body.startswith(
            b'<?xml version="1.0" encoding="UTF-8"?>\n<cat:DCMCatalog')


def test_a_zip_can_be_resumed(curl: Curl, archived: str) -> None:
    path = f"{archived}/scans/ALL/files?format=zip"
    whole = curl("GET", path)
    middle = len(whole.body) // 2

    head = curl("HEAD", path)
    assert int(head.headers["content-length"]) == len(whole.body)
    rest = curl("GET", path, "-H", f"Range: bytes={middle}-", "-H", f"If-Range: {whole.headers['etag']}")
    assert (rest.status, rest.headers["content-range"]) == (206, f"bytes {middle}-{len(whole.body) - 1}/{len(whole.body)}")
    assert whole.body[:middle] + rest.body == whole.body
    assert curl("GET", path, "-H", f"Range: bytes={middle}-", "-H", 'If-Range: "another"').status == 200
    beyond = curl("GET", path, "-H", f"Range: bytes={len(whole.body)}-")
    assert (beyond.status, beyond.headers["content-range"]) == (416, f"bytes */{len(whole.body)}")
    with zipfile.ZipFile(io.BytesIO(whole.body)) as opened:
        assert opened.testzip() is None
        assert {name.rpartition("/")[0] for name in opened.namelist()} == {"E/scans/1-series_1/resources/DICOM/files"}


@pytest.mark.parametrize(("structure", "folder"), [
    ("improved", "scans/1_series 1/DICOM"), ("simplified", "E/scans/1/DICOM"), ("legacy", "arc001/E/SCANS/1/DICOM"),
])
def test_a_zip_may_have_another_structure(curl: Curl, archived: str, structure: str, folder: str) -> None:
    answer = curl("GET", f"{archived}/scans/1/files?format=zip&structure={structure}")

    with zipfile.ZipFile(io.BytesIO(answer.body)) as opened:
        assert {name.rpartition("/")[0] for name in opened.namelist()} == {folder}


@pytest.mark.parametrize("form", ["tar", "tar.gz"])
def test_a_tar_holds_the_same(curl: Curl, archived: str, form: str, tmp_path: Path) -> None:
    answer = curl("GET", f"{archived}/scans/ALL/files?format={form}")

    (tmp_path / "a.tar").write_bytes(answer.body)
    listed = subprocess.run(["tar", "tf", str(tmp_path / "a.tar")], capture_output=True, check=True, text=True).stdout.split()
    assert len(listed) == 4
    assert all(name.startswith("E/scans/1-series_1/resources/DICOM/files/") for name in listed)


def test_a_range_of_a_file(curl: Curl, archived: str) -> None:
    uri = curl("GET", f"{archived}/scans/1/files").rows[0]["URI"]

    answer = curl("GET", uri, "-H", "Range: bytes=128-131")

    assert (answer.status, answer.body) == (206, b"DICM")
    assert {"last-modified", "etag"} <= curl("HEAD", uri).headers.keys()


def test_a_second_upload_of_a_file_is_told_as_a_duplicate_and_changes_nothing(curl: Curl, project: str, tmp_path: Path) -> None:
    files = f"/data/projects/{project}/resources/R/files/a.bin"
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"first")
    second.write_bytes(b"second")

    assert curl("PUT", files, "--data-binary", f"@{first}", "-H", "Content-Type: application/octet-stream").body == b""
    again = curl("PUT", files, "--data-binary", f"@{second}", "-H", "Content-Type: application/octet-stream")
    assert (again.status, json.loads(again.body)) == (200, {"duplicates": ["a.bin"]})
    assert curl("GET", files).body == b"first"
    curl("PUT", f"{files}?overwrite=true&inbody=true", "--data-binary", f"@{second}")
    assert curl("GET", files).body == b"second"


def test_an_archive_is_unpacked_whole_or_not_at_all(curl: Curl, project: str, tmp_path: Path) -> None:
    files = f"/data/projects/{project}/resources/R/files"
    good, evil = tmp_path / "good.zip", tmp_path / "evil.zip"
    for path, names in ((good, ["a/1.txt", "a/2.txt"]), (evil, ["b/1.txt", "../out.txt"])):
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, name)

    assert curl("PUT", f"{files}?extract=true", "-F", f"file=@{evil}").status == 400
    assert curl("GET", f"/data/projects/{project}/resources").rows == []
    assert curl("PUT", f"{files}?extract=true", "-F", f"file=@{good}").status == 200
    assert sorted(row["URI"].partition("/files/")[2] for row in curl("GET", files).rows) == ["a/1.txt", "a/2.txt"]
    assert curl("DELETE", f"{files}/a").status == 200
    assert curl("GET", files).rows == []


def test_a_file_inside_an_archive_is_had_by_its_path(curl: Curl, project: str, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inner/x.txt", "inside")
    files = f"/data/projects/{project}/resources/R/files/a.zip"
    curl("PUT", files, "-F", f"file=@{path}")

    assert curl("GET", f"{files}!/inner/x.txt").text == "inside"
    assert curl("GET", f"{files}?listContents=true").rows == [{"File Name": "inner/x.txt", "Size": "6"}]


def test_what_is_not_there_is_404_or_204_on_request(curl: Curl, project: str) -> None:
    path = f"/data/projects/{project}/files/none.txt"
    assert (curl("GET", path).status, curl("GET", f"{path}?accept-not-found=true").status) == (404, 204)


@pytest.mark.parametrize(("arguments", "query", "text"), [
    ([], "", "Unable to identify upload format."),
    (["-F", "a=@{file}", "-F", "b=@{file}"], "", "Importer is limited to one uploaded resource at a time."),
    (["-F", "a=@{file}"], "?dest=/nowhere", "Invalid destination"),
])
def test_an_import_that_makes_no_sense_is_refused_in_xnat_words(
    curl: Curl, study: Path, arguments: list[str], query: str, text: str
) -> None:  # fmt: skip
    answer = curl("POST", f"/data/services/import{query}", *[argument.replace("{file}", str(study)) for argument in arguments])

    assert answer.status == 400
    assert text in answer.text


def test_a_header_does_not_lead_into_a_project_that_its_sender_cannot_enter(curl: Curl, project: str, tmp_path: Path) -> None:
    login = f"u{uuid.uuid4().hex[:8]}"
    account: dict[str, Any] = {"username": login, "password": "Journey-pass-1", "firstName": "J", "lastName": "O", "email": f"{login}@example.org"}
    assert curl("POST", "/xapi/users", "-H", "Content-Type: application/json", "-d", json.dumps(account)).status == 201
    file = tmp_path / "one.dcm"
    file.write_bytes(as_file(a_study(StudyDescription=project, PatientComments=f"Project:{project}")[0]))

    answer = curl("POST", "/data/services/import?import-handler=gradual-DICOM", "-F", f"file=@{file}", user=f"{login}:Journey-pass-1")

    assert answer.text.startswith("/data/prearchive/projects/Unassigned/")
    assert curl("GET", f"/data/prearchive/projects/{project}").rows == []
    refused = curl("POST", f"/data/services/import?project={project}", "-F", f"file=@{file}", user=f"{login}:Journey-pass-1")
    assert refused.status in (403, 404)


def test_the_progress_of_an_import_is_for_who_started_it(curl: Curl, project: str, study: Path) -> None:
    key = uuid.uuid4().hex
    curl("POST", f"/data/services/import?dest=/archive/projects/{project}&subject=S&session=E&http-session-listener={key}", "-F", f"file=@{study}")

    (messages,) = json.loads(curl("GET", f"/data/status/{key}?format=json").body)["msgs"]
    assert messages[-1] == {"status": "COMPLETED", "msg": f"Archive:/archive/projects/{project}/subjects/S/experiments/E", "terminal": True}
    assert json.loads(curl("GET", f"/xapi/event_tracking/{key}").body)["succeeded"] is True
