"""The door: who is let in, which method an address takes, and how refusals are told."""
from __future__ import annotations

import pytest
from tests.builders import an_archive

from scanhouse.access.actors import SYSTEM
from scanhouse.errors import Broken, Busy, Conflict, Forbidden, Invalid, NotFound
from scanhouse.records import preferences
from scanhouse.schema.errors import BadXml, WrongRoot
from scanhouse.xnat import faults

pytestmark = pytest.mark.django_db


@pytest.fixture
def archive():
    return an_archive().with_project("P").with_subject("S").with_session("E").with_user("ann", owner="P").with_user("bob")


@pytest.fixture
def open_site():
    preferences.change({"requireLogin": False}, by=SYSTEM)
    yield
    preferences.forget()


def test_the_same_is_found_below_data_and_rest_with_or_without_archive(archive, wire) -> None:
    ann = wire("ann")
    answers = {ann.get(f"{base}/projects/P/subjects/S", format="json").content
               for base in ("/data", "/REST", "/data/archive", "/REST/archive", "/data//archive/")}
    assert len(answers) == 1


def test_head_works_wherever_get_does_and_tells_the_length(archive, wire) -> None:
    whole = wire("ann").get("/data/projects/P/subjects")
    head = wire("ann").call("HEAD", "/data/projects/P/subjects")
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", whole["Content-Length"])


def test_on_a_closed_site_guests_are_asked_to_sign_in(archive, wire) -> None:
    answer = wire(None).get("/data/projects")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Basic")


def test_on_an_open_site_guests_see_what_is_public(archive, wire, open_site) -> None:
    an_archive().with_project("PUB", accessibility="public")
    assert [row["ID"] for row in wire(None).rows("/data/projects")] == ["PUB"]
    assert wire(None).put("/data/projects/NEW").status_code == 403


def test_an_unknown_address_is_404_and_a_method_that_it_does_not_take_405(archive, wire) -> None:
    assert wire("ann").get("/data/version").status_code == 404  # clients would think this were XNAT 1.6
    refused = wire("ann").call("PATCH", "/data/projects/P")
    assert (refused.status_code, refused["Allow"]) == (405, "DELETE, GET, HEAD, PUT")


def test_an_address_with_control_characters_is_refused(archive, wire) -> None:
    assert wire("ann").get("/data/projects/a%00b").status_code == 400


def test_a_body_larger_than_any_document_is_refused(archive, wire) -> None:
    body = b"<x>" + b" " * (34 << 20)
    assert wire("ann").call("PUT", "/data/projects/P", body=body, content_type="text/xml").status_code == 413


@pytest.mark.parametrize(("error", "status"), [
    (NotFound("x"), 404), (Forbidden("x"), 403), (Invalid("x"), 400), (Conflict("x"), 409), (Busy("x"), 503), (Broken("x"), 500),
    (BadXml("x"), 422), (WrongRoot("a", "b"), 422), (faults.NothingUsable("x"), 417), (faults.Teapot(412, "x"), 412),
    (faults.NotSignedIn("x"), 401),
])
def test_each_kind_of_error_has_its_status(error: Exception, status: int) -> None:
    assert faults.answer(None, error).status_code == status


def test_a_refusal_says_why_and_when_to_come_back() -> None:
    answer = faults.answer(None, Busy("The disk is full.", retry_after=7))
    assert (answer.content, answer["Retry-After"]) == (b"The disk is full.", "7")


def test_sessions_are_opened_told_and_ended(archive, wire) -> None:
    ann = wire("ann")
    id = ann.text("/data/JSESSION")
    assert len(id) == 32
    assert ann.text("/data/JSESSION", CSRF="true").startswith(f"{id}; XNAT_CSRF=")
    assert ann.text("/data/auth") == "User 'ann' is logged in"
    assert ann.text("/data/auth", CSRF="true").split("=")[1]
    assert ann.delete(f"/data/JSESSION/{id}").status_code == 200
    assert ann.get("/data/auth").status_code == 401


def test_a_users_sessions_are_counted_and_ended_by_that_user_and_administrators(archive, wire) -> None:
    archive.with_user("root", admin=True)
    ann = wire("ann")
    assert ann.get("/data/user/ann/sessions").json() == {"ann": 1}
    assert wire("bob").get("/data/user/ann/sessions").status_code == 403
    assert wire("root").delete("/data/user/ann/sessions").status_code == 200
    assert ann.get("/data/projects").status_code == 401
