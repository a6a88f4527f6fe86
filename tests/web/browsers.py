"""People in front of their browsers, as far as the server sees them."""
from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.test import Client

from scanhouse.access import groups, users
from scanhouse.access.actors import SYSTEM

PASSWORD = "a long enough secret"


def person(login: str, *, admin: bool = False, **roles: str) -> Client:
    """A browser in which somebody new has signed in on the page: `person("ann", owner="P")`."""
    users.create(login, password=PASSWORD, email=f"{login}@example.org", by=SYSTEM, is_admin=admin)
    for role, project in roles.items():
        groups.add(project, role, login, by=SYSTEM)
    return signed_in(login)


def signed_in(login: str) -> Client:
    """One more browser of the same person."""
    browser = Client(HTTP_USER_AGENT="Mozilla/5.0", HTTP_ACCEPT="text/html")
    answer = browser.post("/sign-in", {"login": login, "password": PASSWORD, "next": "/"})
    assert answer.status_code == 303, answer.content
    return browser


def token(browser: Client) -> str:
    """What the forms of a page carry."""
    return browser.get("/settings").context["csrf"]


def post(browser: Client, address: str, **values: str) -> Any:
    """A form of a page, sent."""
    return browser.post(address, urlencode({"csrf": token(browser), **values}), content_type="application/x-www-form-urlencoded")
