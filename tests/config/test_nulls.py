"""What no database takes is refused at every door, in that door's form, and is no failure of ours."""
from __future__ import annotations

import base64
from typing import Any

import pytest
from django.test import Client
from tests.builders import an_archive
from tests.web.browsers import person, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> Client:
    an_archive().with_project("P").with_subject("S").with_session("E").with_user("root", admin=True)
    made = person("ann", owner="P")
    made.raise_request_exception = False
    return made


PLAIN = ("/dicomweb/studies/%00/series", "/xapi/dicomweb/studies/%00/series", "/dicomweb/studies?PatientID=%00", "/data/projects/%00",
         "/data/projects?ID=a%00b", "/data/projects?%00=1")  # fmt: skip
PAGES = ("/projects/%00", "/projects?q=a%00b", "/projects/P/sessions/a%00b", "/nowhere%00")


@pytest.mark.parametrize("address", [*PLAIN, *PAGES])
def test_a_nul_in_an_address_is_told_in_the_form_of_its_door(ann: Client, address: str) -> None:
    answer = ann.get(address)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("text/html" if address in PAGES else "text/plain")


def test_a_guest_of_a_page_is_told_the_same(db: None) -> None:
    assert Client(raise_request_exception=False).get("/projects/%00").status_code == 400


@pytest.mark.parametrize("form", [{"confirm": "a\0b"}, {"do": "revoke", "alias": "\0"}, {"a\0": "x"}])
@pytest.mark.parametrize("address", ["/settings", "/sign-in", "/projects/P/delete"])
def test_a_nul_in_a_form_of_a_page_is_refused(ann: Client, address: str, form: dict[str, str]) -> None:
    assert post(ann, address, **form).status_code == 400


@pytest.mark.parametrize("origin", ["http://[", "http://a@[::1", "null", "http://\xff", "http://other.example"])
def test_an_origin_that_is_no_address_is_a_foreign_one(ann: Client, origin: str) -> None:
    assert ann.post("/data/JSESSION", headers={"Origin": origin}).status_code == 403


def test_a_form_without_its_boundary_is_told_of(ann: Client) -> None:
    answer = ann.generic("POST", "/new-project", b"a=1", content_type="multipart/form-data", headers={"X-CSRF-Token": "x", "User-Agent": "curl"})
    assert answer.status_code == 400


@pytest.mark.parametrize("login", ["a\0b", "\0"])
def test_nobody_is_called_by_a_nul(db: None, login: str) -> None:
    credentials = base64.b64encode(f"{login}:x\0".encode()).decode()
    for cookie in ({}, {"JSESSIONID": "a%00", "SESSION_EXPIRATION_TIME": "\0"}):
        client: Any = Client(raise_request_exception=False)
        client.cookies.load(cookie)
        assert client.get("/data/projects", headers={"Authorization": f"Basic {credentials}"}).status_code == 401
