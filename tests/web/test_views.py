"""Pages answer as the person who asks may see things, and do what their buttons say."""
from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.test import Client
from tests.builders import an_archive

from scanhouse.access import actors, groups, users
from scanhouse.access.actors import SYSTEM
from scanhouse.records import projects

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough secret"


def person(login: str, *, admin: bool = False, **roles: str) -> Client:
    """A browser in which somebody has signed in on the page."""
    users.create(login, password=PASSWORD, email=f"{login}@example.org", by=SYSTEM, is_admin=admin)
    for role, project in roles.items():
        groups.add(project, role, login, by=SYSTEM)
    return signed_in(login)


def signed_in(login: str) -> Client:
    browser = Client(HTTP_USER_AGENT="Mozilla/5.0", HTTP_ACCEPT="text/html")
    answer = browser.post("/sign-in", {"login": login, "password": PASSWORD, "next": "/"})
    assert answer.status_code == 303, answer.content
    return browser


def token(browser: Client) -> str:
    return browser.get("/settings").context["csrf"]


def post(browser: Client, address: str, **values: str) -> Any:
    return browser.post(address, {"csrf": token(browser), **values})


@pytest.fixture
def archive() -> Any:
    made = an_archive().with_project("P").with_subject("S1").with_session("MR1", scans=2)
    return made.with_file("1.dcm", b"one", on=made.scan("1")).with_file("2.dcm", b"two!", on=made.scan("2"))


ADDRESSES = [
    "/", "/search", "/search?q=MR1", "/projects", "/projects?filter=p", "/new-project", "/projects/P", "/projects/P?filter=MR", "/projects/P/subjects",
    "/projects/P/prearchive", "/projects/P/upload", "/projects/P/members", "/projects/P/settings", "/projects/P/subjects/S1",
    "/projects/P/sessions/MR1", "/projects/P/sessions/MR1/scans/1", "/prearchive", "/upload", "/settings", "/status",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_is_shown_to_who_may_see_it(archive: Any, address: str) -> None:
    answer = person("root", admin=True).get(address)
    assert answer.status_code == 200, answer.content
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-store"
