"""Uploads whose connection goes away in the middle: nothing of them is stored, whichever door they came through, and what was there stays."""
from __future__ import annotations

import base64
import json
import socket
import struct
import uuid
from collections.abc import Iterator

import pytest
import requests
from tests.house import House
from tests.journeys.dicom_samples import a_study, as_file
from tests.waiting import until

pytestmark = pytest.mark.journey

SENT = 1_000_000
DEADLINE = 120


class Site:
    """A caller with sockets of its own."""

    def __init__(self, house: House) -> None:
        self.house, self.project = house, f"BR_{uuid.uuid4().hex[:8]}"
        self.session = requests.Session()
        self.session.auth = ("admin", house.admin_password)
        self.here = f"/data/projects/{self.project}"
        self.put(self.here)
        self.put(f"{self.here}/resources/R")

    def put(self, path: str, body: bytes = b"") -> None:
        assert self.session.put(self.house.url + path, data=body, headers={"Content-Type": "text/plain"}, timeout=DEADLINE).ok

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.house.url + path, timeout=DEADLINE)

    def begin(self, method: str, path: str, body: bytes, *head: str) -> socket.socket:
        login = base64.b64encode(f"admin:{self.house.admin_password}".encode()).decode()
        connection = socket.create_connection(("localhost", self.house.http_port), timeout=DEADLINE)
        lines = (f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Basic {login}", *head, "", "")
        connection.sendall("\r\n".join(lines).encode() + body)
        return connection

    def broken(self, method: str, path: str, body: bytes, *head: str, length: int | None = None, kind: str = "application/octet-stream") -> str:
        """Send less than announced and say that no more comes: status and body of the answer."""
        announced = () if length is None else (f"Content-Length: {length}",)
        with self.begin(method, path, body, f"Content-Type: {kind}", *announced, *head) as connection:
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while piece := connection.recv(1 << 16):
                answer += piece
        return answer.partition(b" ")[2].decode()

    @property
    def files(self) -> dict[str, int]:
        rows = self.get(f"{self.here}/resources/R/files?format=json").json()["ResultSet"]["Result"]
        return {row["Name"]: int(row["Size"]) for row in rows}

    @property
    def staged(self) -> set[str]:
        return {str(path) for path in (self.house.data / "store" / "staging").rglob("*") if path.is_file()}


@pytest.fixture
def site(house: House) -> Iterator[Site]:
    made = Site(house)
    yield made
    made.session.delete(f"{house.url}{made.here}?removeFiles=true", timeout=DEADLINE)


def is_refused(answer: str) -> bool:
    return answer.startswith("400 ") and "cut short" in answer


def test_a_file_that_breaks_off_is_not_stored_and_replaces_nothing(site: Site) -> None:
    site.put(f"{site.here}/resources/R/files/good.bin?inbody=true", b"G" * 5000)
    piece, before = b"x" * SENT, site.staged
    assert is_refused(site.broken("PUT", f"{site.here}/resources/R/files/new.bin?inbody=true", piece, length=5 * SENT))
    assert is_refused(site.broken("PUT", f"{site.here}/resources/R/files/good.bin?inbody=true&overwrite=true", piece, length=5 * SENT))
    form = b'--x\r\nContent-Disposition: form-data; name="f"; filename="form.bin"\r\n\r\n' + piece
    assert is_refused(site.broken("PUT", f"{site.here}/resources/R/files", form, length=5 * SENT, kind="multipart/form-data; boundary=x"))
    in_chunks = f"{len(form):x}\r\n".encode() + form + b"\r\n"
    chunked = "Transfer-Encoding: chunked"
    assert is_refused(site.broken("PUT", f"{site.here}/resources/R/files", in_chunks, chunked, kind="multipart/form-data; boundary=x"))
    assert site.files == {"good.bin": 5000}
    assert site.staged <= before


def test_a_sender_that_is_killed_leaves_nothing(site: Site) -> None:
    site.put(f"{site.here}/resources/R/files/good.bin?inbody=true", b"G" * 5000)
    before = site.staged
    path = f"{site.here}/resources/R/files/good.bin?inbody=true&overwrite=true"
    with site.begin("PUT", path, b"x" * 3 * SENT, "Content-Type: application/octet-stream", f"Content-Length: {5 * SENT}") as connection:
        until(lambda: site.staged - before)
        begun = site.staged - before
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing it resets it
    until(lambda: not begun & site.staged)
    assert site.get(f"{site.here}/resources/R/files/good.bin").content == b"G" * 5000


def test_documents_that_break_off_leave_what_was_there(site: Site) -> None:
    tool, cached = f"{site.here}/config/tool/script?inbody=true", f"/data/user/cache/resources/{site.project}/files/a.txt?inbody=true"
    site.put(tool, b"line1\nline2\n")
    site.put(cached, b"whole")
    script = site.get("/xapi/anonymize/site").content
    for path in (tool, cached, "/xapi/anonymize/site"):
        assert is_refused(site.broken("PUT", path, b"line1\n", length=200, kind="text/plain")), path
    assert site.get(f"{site.here}/config/tool/script?contents=true").text == "line1\nline2\n"
    assert site.get(f"/data/user/cache/resources/{site.project}/files/a.txt").content == b"whole"
    assert site.get("/xapi/anonymize/site").content == script


def test_an_import_that_breaks_off_is_refused(site: Site) -> None:
    image = as_file(a_study(series=1, images=1)[0])
    path = f"/data/services/import?import-handler=gradual-DICOM&project={site.project}&dest=/prearchive/projects/{site.project}"
    assert is_refused(site.broken("POST", path, image[:-50], length=len(image), kind="application/dicom"))
    assert site.get(f"/data/prearchive/projects/{site.project}?format=json").json()["ResultSet"]["Result"] == []


def test_a_piece_of_the_upload_page_that_breaks_off_is_gone_on_with(site: Site) -> None:
    head = {"Accept": "application/json"}
    form = {"project": site.project, "subject": "", "session": "", "then": "wait"}
    url = site.session.post(f"{site.house.url}/uploads", data=form, headers=head, timeout=DEADLINE).json()["url"]
    about = json.dumps({"name": "a.zip", "size": 5 * SENT, "modified": 1})
    part = site.session.post(f"{site.house.url}{url}/files", data=about, headers=head, timeout=DEADLINE).json()
    answer = site.broken("PATCH", part["url"], b"x" * SENT, "Upload-Offset: 0", "Accept: application/json", length=3 * SENT)
    assert is_refused(answer)
    again = site.session.post(f"{site.house.url}{url}/files", data=about, headers=head, timeout=DEADLINE).json()
    assert again["offset"] == SENT
    head["Upload-Offset"] = str(SENT)
    rest = site.session.patch(f"{site.house.url}{again['url']}", data=b"x" * SENT, headers=head, timeout=DEADLINE)
    assert rest.json() == {"offset": 2 * SENT}
