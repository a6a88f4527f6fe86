"""What counts as XNAT's wire, and as a browser."""
from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie

import pytest

from scanhouse.xnat import session


@pytest.mark.parametrize("path", ["/data/projects", "/data", "//data/projects", "/REST/projects", "/xapi/users", "/schemas/xnat"])
def test_paths_of_the_wire(path: str) -> None:
    assert session.is_wire(path)


@pytest.mark.parametrize("path", ["/", "/database", "/projects/data", "/dicomweb/studies", "/app/template/Login.vm"])
def test_other_paths(path: str) -> None:
    assert not session.is_wire(path)


@pytest.mark.parametrize(
    ("agent", "browser"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140 Safari/537.36", True), ("Opera/9.80", True), ("", False),
        ("curl/8.9", False), ("python-requests/2.32.3", False), ("Java/17", False), ("xnat-conformance", False),
        ("XNATDesktopClient Mozilla/5.0", False),
    ],
)
def test_browsers_are_told_from_scripts(agent: str, browser: bool) -> None:
    assert session.is_browser(agent) is browser


def test_the_expiration_cookie_is_what_xnatpy_looks_for() -> None:
    cookies = SimpleCookie()
    session.set_expiration(cookies, datetime(2026, 1, 1, tzinfo=UTC), timedelta(minutes=15), secure=True)
    assert re.search(r'SESSION_EXPIRATION_TIME="(\d+),(\d+)"', cookies.output()).groups() == ("1767225600000", "900000")
