"""The short way of a frame: the same answer as Django's way, to the same people, from the very next request after a change."""
from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from tests.dicomweb.conftest import Archive, archive  # noqa: F401  # a fixture

from scanhouse.access import actors, expected, groups, passwords, prepared, sign_ins, users
from scanhouse.access.actions import Action
from scanhouse.access.actors import GUEST, SYSTEM
from scanhouse.access.models import Group, User
from scanhouse.config.front import Front
from scanhouse.dicomweb.sql import _as_text
from scanhouse.xnat.session import COOKIE

PASSWORD = "a long pass word"
ARCHIVED = "/dicomweb/studies/1.2.3/series/1.2.3.4/instances/1.2.3.4.2/frames/1"
WAITING = "/dicomweb/studies/1.2.9/series/1.2.9.1/instances/1.2.9.1.1/frames/1"
FRAMES = 'multipart/related; type="application/octet-stream"'
Answer = tuple[str, dict[str, str], bytes]


@pytest.fixture(autouse=True)
def fresh(settings: Any, archive: Archive) -> Iterator[None]:  # noqa: F811
    settings.PASSWORD_HASHERS = ["tests.access.hashers.Quick"]
    passwords.forget()
    expected.forget()
    yield
    expected.forget()


class Site:
    """The WSGI application; `long` counts what went Django's way."""

    def __init__(self) -> None:
        self.long = 0
        self.django = WSGIHandler()
        self.front = Front(self._counting)

    def _counting(self, environ: Any, start: Any) -> Any:
        self.long += 1
        return self.django(environ, start)

    def get(self, path: str, *, login: str = "", password: str = PASSWORD, cookie: str = "", application: Any = None, **more: str) -> Answer:
        given: dict[str, str] = {"HTTP_ACCEPT": FRAMES, **more}
        if login:
            given["HTTP_AUTHORIZATION"] = "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()
        if cookie:
            given["HTTP_COOKIE"] = f"{COOKIE}={cookie}"
        started: list[Any] = []
        answer = (application or self.front)({**RequestFactory().get(path).environ, **given}, lambda *begun: started.append(begun))
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        ((status, headers),) = started
        return status, dict(headers), body

    def is_short(self, *args: Any, **given: Any) -> bool:
        """Whether the short way answers."""
        before = self.long
        status, _, _ = self.get(*args, **given)
        assert self.long > before or status == "200 OK"
        return self.long == before

    def warm(self, login: str, path: str = ARCHIVED) -> None:
        """Has a password known, and its owner expected."""
        assert self.get(path, login=login)[0] == "200 OK"
        assert self.is_short(path, login=login)


@pytest.fixture
def site() -> Site:
    return Site()


def without_boundary(answer: Answer) -> Answer:
    status, headers, body = answer
    boundary = re.search(r"boundary=(\S+)", headers["Content-Type"]).group(1)  # type: ignore[union-attr]
    return status, {name: value.replace(boundary, "B") for name, value in headers.items()}, body.replace(boundary.encode(), b"B")


@pytest.mark.parametrize("path", [ARCHIVED, WAITING])
@pytest.mark.parametrize("accept", [FRAMES, "*/*", "application/octet-stream"])
def test_the_short_way_answers_what_djangos_way_answers(site: Site, path: str, accept: str) -> None:
    site.warm("owner", path)
    short, long = (site.get(path, login="owner", application=way, HTTP_ACCEPT=accept) for way in (site.front, site.django))
    assert (without_boundary(short) == without_boundary(long)) if "boundary" in short[1]["Content-Type"] else short == long
    assert site.is_short(path, login="owner", HTTP_ACCEPT=accept)


def test_a_frame_asks_the_database_once(site: Site) -> None:
    site.warm("owner")
    with CaptureQueriesContext(connection) as asked:
        assert site.is_short(ARCHIVED, login="owner")
    assert len(asked) == 1


def test_a_sign_in_goes_the_short_way_until_it_ends(site: Site) -> None:
    cookie = sign_ins.sign_in(actors.load("owner")).id
    assert site.is_short(ARCHIVED, cookie=cookie) and site.is_short(ARCHIVED, cookie=cookie.lower())
    sign_ins.sign_out(cookie)
    assert not site.is_short(ARCHIVED, cookie=cookie)
    assert site.get(ARCHIVED, cookie=cookie)[0].startswith("401")  # a guest on a closed site


def test_use_of_a_sign_in_is_noted_although_the_short_way_does_not_write(site: Site) -> None:
    cookie = sign_ins.sign_in(actors.load("owner")).id
    with connection.cursor() as cursor:
        cursor.execute("UPDATE access_signin SET last_used_at = now() - interval '2 minutes'")
    assert not site.is_short(ARCHIVED, cookie=cookie)
    assert site.is_short(ARCHIVED, cookie=cookie)


def standing(kind: str) -> None:
    """Gives the stranger some place in or around the project DEMO."""
    owner = actors.load("owner")
    if kind in ("owner", "member", "collaborator"):
        groups.add("DEMO", kind, "stranger", by=owner)
    elif kind.startswith("custom"):
        grants = {"custom of the type": {"xnat:mrSessionData": {Action.READ}, "xnat:mrScanData": {Action.READ}},
                  "custom of another type": {"xnat:petSessionData": {Action.READ}},
                  "custom who uploads": {"xnat:mrSessionData": {Action.READ, Action.CREATE}}}[kind]  # fmt: skip
        groups.create_custom("DEMO", "others", grants, by=owner)
        groups.add("DEMO", "others", "stranger", by=owner)
    elif kind in ("public", "protected"):
        groups.change_accessibility("DEMO", kind, by=owner)
    elif kind == "reads all":
        groups.join("stranger", "ALL_DATA_ACCESS", by=SYSTEM)
    elif kind == "administrator":
        User.objects.filter(username="stranger").update(is_admin=True)


KINDS = ("none", "owner", "member", "collaborator", "custom of the type", "custom of another type", "custom who uploads", "public", "protected",
         "reads all", "administrator")  # fmt: skip


@pytest.mark.parametrize("path", [ARCHIVED, WAITING])
@pytest.mark.parametrize("kind", KINDS)
def test_both_ways_show_the_same_things_to_the_same_people(site: Site, kind: str, path: str) -> None:
    site.get(path, login="stranger")  # a stranger is expected from now on
    standing(kind)
    wanted = site.get(path, login="stranger", application=site.django)[0]
    site.get(path, login="stranger")  # notices what has changed
    assert site.get(path, login="stranger")[0] == wanted
    assert site.is_short(path, login="stranger") == (wanted == "200 OK")


Change = Callable[[], Any]
CHANGES: dict[str, tuple[str, Change]] = {
    "the password": ("401", lambda: users.change("stranger", password="another pass word", by=SYSTEM)),
    "the account": ("401", lambda: users.change("stranger", enabled=False, by=SYSTEM)),
    "the group": ("404", lambda: groups.remove("DEMO", "member", "stranger", by=SYSTEM)),
    "the kind of the group": ("404", lambda: Group.objects.filter(project="DEMO", kind="member").update(kind="custom")),
    "the account itself": ("401", lambda: User.objects.filter(username="stranger").delete()),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_taken_away_is_gone_with_the_next_request(site: Site, what: str) -> None:
    groups.add("DEMO", "member", "stranger", by=SYSTEM)
    site.warm("stranger")
    status, change = CHANGES[what]
    change()
    assert site.get(ARCHIVED, login="stranger")[0].startswith(status)
    assert site.get(ARCHIVED, login="stranger")[0].startswith(status)


def test_a_project_that_is_closed_is_closed_with_the_next_request(site: Site) -> None:
    groups.change_accessibility("DEMO", "public", by=SYSTEM)
    site.warm("stranger")
    groups.change_accessibility("DEMO", "private", by=SYSTEM)
    assert site.get(ARCHIVED, login="stranger")[0].startswith("404")


def test_hidden_and_missing_look_alike_and_no_refusal_comes_from_the_short_way(site: Site) -> None:
    site.get(ARCHIVED, login="stranger")
    hidden, missing = (site.get(path, login="stranger") for path in (ARCHIVED, ARCHIVED.replace("1.2.3.4.2", "1.2.3.4.99")))
    assert hidden == missing and hidden[0].startswith("404")
    for given in ({"login": "stranger"}, {"login": "owner", "password": "wrong"}, {"login": "nobody"}, {"login": "owner\0"},
                  {"cookie": "F" * 32}, {}):  # fmt: skip
        assert not site.is_short(ARCHIVED, **given)
    guest = sign_ins.sign_in(GUEST).id
    assert not site.is_short(ARCHIVED, cookie=guest)


def test_a_password_that_is_right_for_one_is_not_right_for_another(site: Site) -> None:
    users.create("other", password="other pass word", email="other@example.org", by=SYSTEM)
    groups.add("DEMO", "member", "other", by=SYSTEM)
    site.warm("owner")
    assert site.get(ARCHIVED, login="other", password=PASSWORD)[0].startswith("401")


@pytest.mark.parametrize("more", [{"QUERY_STRING": "accept=*/*"}, {"REQUEST_METHOD": "HEAD"},
                                  {"PATH_INFO": ARCHIVED.replace("/dicomweb", "/xapi/dicomweb")},
                                  {"PATH_INFO": ARCHIVED + ",2"}, {"HTTP_ACCEPT": "text/html"}, {"HTTP_COOKIE": f"{COOKIE}={'F' * 32}"}])  # fmt: skip
def test_what_is_unusual_goes_djangos_way(site: Site, more: dict[str, str]) -> None:
    site.warm("owner")
    before = site.long
    site.get(ARCHIVED, login="owner", **more)
    assert site.long == before + 1


def test_a_dead_connection_is_replaced_and_nobody_notices(site: Site) -> None:
    site.warm("owner")
    pid = connection.connection.info.backend_pid
    with psycopg.connect(connection.connection.info.dsn, password=connection.connection.info.password) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
    assert site.get(ARCHIVED, login="owner")[0] == "200 OK"
    assert site.is_short(ARCHIVED, login="owner")


def test_values_of_rights_reach_the_database_as_they_are() -> None:
    names = ['plain', 'with "quotes"', "back\\slash", "a,b", "{c}", "", "NULL", "ü"]
    rows = prepared.rows_of_bytes(connection, "SELECT array_to_json($1::text[])::text, $2::text", [_as_text(names), _as_text(names[2])])
    assert (json.loads(rows[0][0] or b""), rows[0][1]) == (names, b"back\\slash")


def test_a_connection_keeps_few_statements_planned() -> None:
    for number in range(prepared.MOST_DIRECT + 5):
        assert prepared.rows_of_bytes(connection, f"SELECT {number}", []) == [(str(number).encode(),)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'direct_%%'")
        assert cursor.fetchone()[0] <= prepared.MOST_DIRECT
    assert prepared.rows_of_bytes(connection, "SELECT 0", []) == [(b"0",)]


def test_rules_of_a_document_come_with_all_that_a_browser_might_open(site: Site) -> None:
    def headers(path: str, accept: str) -> dict[str, str]:
        return site.get(path, login="owner", HTTP_ACCEPT=accept)[1]

    for path, accept in ((ARCHIVED + "/rendered", "image/png"), ("/dicomweb/studies", "application/dicom+json"), ("/dicomweb/nothing", "*/*")):
        assert {"X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy"} <= headers(path, accept).keys()
    assert headers(ARCHIVED, FRAMES)["X-Content-Type-Options"] == "nosniff"
