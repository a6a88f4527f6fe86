"""Pages answer as the person who asks may see things, and do what their buttons say."""
from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.test import Client
from tests.builders import an_archive
from tests.web.browsers import PASSWORD, person, post, signed_in, token

from scanhouse.access import actors, groups, guesses, users
from scanhouse.access.actors import SYSTEM
from scanhouse.records import experiments, projects
from scanhouse.web import paging

pytestmark = pytest.mark.django_db


@pytest.fixture
def archive() -> Any:
    made = an_archive().with_project("P").with_subject("S1").with_session("MR1", scans=2)
    return made.with_file("1.dcm", b"one", on=made.scan("1")).with_file("2.dcm", b"two!", on=made.scan("2"))


ADDRESSES = [
    "/", "/search", "/search?q=MR1", "/projects", "/projects?filter=p", "/new-project", "/projects/P", "/projects/P?filter=MR",
    "/projects/P/subjects",
    "/projects/P/prearchive", "/projects/P/upload", "/projects/P/members", "/projects/P/settings", "/projects/P/subjects/S1",
    "/projects/P/sessions/MR1", "/projects/P/sessions/MR1/scans/1", "/prearchive", "/upload", "/settings", "/status",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_is_shown_to_who_may_see_it(archive: Any, address: str) -> None:
    answer = person("root", admin=True).get(address)
    assert answer.status_code == 200, answer.content
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_guest_is_led_to_where_he_signs_in_and_comes_back(archive: Any) -> None:
    answer = Client().get("/projects/P/sessions/MR1?x=1")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in?next=%2Fprojects%2FP%2Fsessions%2FMR1%3Fx%3D1"
    assert Client().get("/sign-in").status_code == 200


def test_the_first_page_lets_a_guest_sign_in_without_leading_elsewhere(archive: Any) -> None:
    answer = Client().get("/")

    assert answer.status_code == 200
    assert b'action="/sign-in"' in answer.content


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil"])
def test_signing_in_leads_to_no_other_site(target: str) -> None:
    users.create("ann", password=PASSWORD, email="ann@example.org", by=SYSTEM)
    answer = Client().post("/sign-in", {"login": "ann", "password": PASSWORD, "next": target})
    assert answer.headers["Location"] == "/"


@pytest.mark.usefixtures("no_time_passes_between_guesses")
def test_a_wrong_password_is_told_and_guessing_is_slowed_down() -> None:
    users.create("ann", password=PASSWORD, email="ann@example.org", by=SYSTEM)
    browser = Client()
    answers = [browser.post("/sign-in", {"login": "ann", "password": "wrong"}) for _ in range(guesses.PER_LOGIN.free + 2)]
    assert answers[0].status_code == 403
    assert "Login or password is wrong" in answers[0].content.decode()
    assert answers[-1].status_code == 429
    assert browser.post("/sign-in", {"login": "ann", "password": PASSWORD}).status_code == 429


def test_each_signing_in_has_a_new_name_and_signing_out_ends_it(archive: Any) -> None:
    browser = person("ann", member="P")
    first = browser.cookies["JSESSIONID"].value
    post(browser, "/sign-in", login="ann", password=PASSWORD)
    assert browser.cookies["JSESSIONID"].value != first
    kept = browser.cookies["JSESSIONID"].value
    post(browser, "/sign-out")
    stolen = Client()
    stolen.cookies["JSESSIONID"] = kept
    assert stolen.get("/projects/P").status_code == 302


@pytest.mark.parametrize("address", ["/projects/P", "/projects/P/settings", "/projects/P/sessions/MR1", "/projects/P/sessions/MR1/zip"])
def test_what_is_hidden_looks_like_what_is_missing(archive: Any, address: str) -> None:
    browser = person("eve")
    hidden, missing = browser.get(address), browser.get(address.replace("/P", "/NONE"))
    assert hidden.status_code == missing.status_code == 404
    assert hidden.content == missing.content


def test_a_collaborator_reads_and_is_offered_nothing_else(archive: Any) -> None:
    browser = person("col", collaborator="P")
    page = browser.get("/projects/P/sessions/MR1").content.decode()
    assert "Delete session" not in page
    assert browser.get("/projects/P/upload").status_code == 403
    assert browser.get("/projects/P/settings").status_code == 403
    assert post(browser, "/projects/P/sessions/MR1/delete", confirm="MR1").status_code == 403
    assert browser.get("/projects/P/sessions/MR1").status_code == 200


def test_a_request_without_the_token_of_the_page_changes_nothing(archive: Any) -> None:
    browser = person("own", owner="P")
    answer = browser.post("/projects/P/delete", {"confirm": "P"})
    assert answer.status_code == 403
    assert "too old" in answer.content.decode()
    assert browser.get("/projects/P").status_code == 200


def test_a_new_project_is_private_and_its_maker_owns_it() -> None:
    browser = person("ann")
    answer = post(browser, "/new-project", id="LUNG", name="Lung screening", description="", accessibility="private")
    assert answer.headers["Location"] == "/projects/LUNG"
    project = projects.find(actors.load("ann"), "LUNG")
    assert (project.name, groups.accessibility("LUNG")) == ("Lung screening", "private")
    assert "Project Lung screening is made. You are its owner." in browser.get("/projects/LUNG").content.decode()
    again = post(browser, "/new-project", id="lung", name="Other", description="", accessibility="private")
    assert again.status_code == 400
    assert "LUNG" not in [row.id for row in person("eve").get("/projects").context["projects"]]


def test_settings_are_saved_one_by_one_and_told(archive: Any) -> None:
    browser = person("own", owner="P")
    values = {"name": "Better name", "description": "About it", "accessibility": "protected", "prearchive_code": "0"}
    assert post(browser, "/projects/P/settings", **values).status_code == 303
    project = projects.find(SYSTEM, "P")
    assert (project.name, project.description, project.prearchive_code) == ("Better name", "About it", 0)
    seen = person("eve").get("/projects/P")
    assert seen.status_code == 200
    assert "About it" in seen.content.decode()
    assert "MR1" not in seen.content.decode()


def test_members_are_added_changed_and_removed_and_one_owner_stays(archive: Any) -> None:
    browser = person("own", owner="P")
    users.create("bob", password=None, email="bob@example.org", by=SYSTEM, first_name="Bob")
    assert post(browser, "/projects/P/members", login="bob", role="collaborator").status_code == 303
    assert post(browser, "/projects/P/members", login="bob", role="member").status_code == 303
    page = browser.get("/projects/P/members").content.decode()
    assert "because they belong to the group P_member" in page
    assert post(browser, "/projects/P/members", login="bob", role="").status_code == 303
    assert "bob" not in [row["login"] for row in browser.get("/projects/P/members").context["members"]]
    refused = post(browser, "/projects/P/members", login="own", role="member")
    assert "is the only owner" in refused.content.decode()
    assert "no account of that name" in post(browser, "/projects/P/members", login="nobody", role="member").content.decode()


def test_deleting_asks_for_the_name(archive: Any) -> None:
    browser = person("own", owner="P")
    assert post(browser, "/projects/P/sessions/MR1/delete", confirm="MR").status_code == 400
    assert post(browser, "/projects/P/sessions/MR1/delete", confirm="MR1").headers["Location"] == "/projects/P"
    assert browser.get("/projects/P/sessions/MR1").status_code == 404


def test_a_session_is_sent_as_a_zip_that_can_be_resumed(archive: Any) -> None:
    browser = person("col", collaborator="P")
    whole = browser.get("/projects/P/sessions/MR1/zip")
    data = b"".join(whole.streaming_content)
    assert len(data) == int(whole.headers["Content-Length"])
    assert whole.headers["Content-Disposition"] == 'attachment; filename="MR1.zip"'
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert sorted(found.namelist()) == ["MR1/scans/1/resources/DICOM/files/1.dcm", "MR1/scans/2/resources/DICOM/files/2.dcm"]
    rest = browser.get("/projects/P/sessions/MR1/zip", HTTP_RANGE="bytes=100-", HTTP_IF_RANGE=whole.headers["ETag"])
    assert rest.status_code == 206
    assert data[:100] + b"".join(rest.streaming_content) == data
    assert browser.get("/projects/P/sessions/MR1/zip", HTTP_RANGE="bytes=999999-").status_code == 416
    stale = browser.get("/projects/P/sessions/MR1/zip", HTTP_RANGE="bytes=100-", HTTP_IF_RANGE='"other"')
    assert stale.status_code == 200
    scan = b"".join(browser.get("/projects/P/sessions/MR1/scans/2/zip").streaming_content)
    assert zipfile.ZipFile(io.BytesIO(scan)).read("MR1/scans/2/resources/DICOM/files/2.dcm") == b"two!"


def test_a_file_is_only_ever_saved(archive: Any) -> None:
    archive.with_file("page.html", b"<script>alert(1)</script>", on=archive.scan("1"))
    key = archive.resource(archive.scan("1")).pk
    browser = person("col", collaborator="P")
    assert "page.html" in browser.get(f"/resources/{key}/files").content.decode()
    answer = browser.get(f"/resources/{key}/files/page.html")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert person("eve").get(f"/resources/{key}/files/page.html").status_code == 404


def test_shared_things_are_shown_where_they_are_shared_under_their_label_there(archive: Any) -> None:
    archive.with_project("Q").shared("S1", into="Q", as_="Q1").shared("MR1", into="Q", as_="QMR")
    browser = person("col", collaborator="Q")
    assert [(row.label, row.project) for row in browser.get("/projects/Q").context["sessions"]] == [("QMR", "Q")]
    assert [(row.label, row.shared_from) for row in browser.get("/projects/Q/subjects").context["subjects"]] == [("Q1", "P")]
    page = browser.get("/projects/Q/sessions/QMR")
    assert page.status_code == 200
    assert "from P" in page.content.decode()
    assert browser.get("/projects/P").status_code == 404


def test_long_lists_go_on_where_the_page_before_ended_and_come_back(archive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "ROWS", 2)
    monkeypatch.setattr(paging.cut, "__kwdefaults__", {"rows": 2})
    for number in range(2, 6):
        archive.with_session(f"MR{number}")
    browser = person("col", collaborator="P")
    first = browser.get("/projects/P")
    assert [row.label for row in first.context["sessions"]] == ["MR5", "MR4"]
    second = browser.get("/projects/P" + first.context["page"].next)
    assert [row.label for row in second.context["sessions"]] == ["MR3", "MR2"]
    assert (second.context["page"].first, second.context["page"].last) == (3, 4)
    third = browser.get("/projects/P" + second.context["page"].next)
    assert [row.label for row in third.context["sessions"]] == ["MR1"]
    assert third.context["page"].next == ""
    back = browser.get("/projects/P" + third.context["page"].previous)
    assert [row.label for row in back.context["sessions"]] == ["MR3", "MR2"]
    assert browser.get("/projects/P" + back.context["page"].previous).context["page"].previous == ""


def test_filters_find_letters_and_not_patterns(archive: Any) -> None:
    browser = person("col", collaborator="P")
    assert len(browser.get("/projects/P?filter=mr").context["sessions"]) == 1
    assert len(browser.get("/projects/P?filter=s1").context["sessions"]) == 1
    assert browser.get("/projects/P?filter=%25").context["sessions"] == []
    assert browser.get("/projects/P/subjects?filter=_").context["subjects"] == []


def test_the_number_of_queries_does_not_grow_with_the_rows(archive: Any, django_assert_max_num_queries: Any) -> None:
    browser = person("col", collaborator="P")
    for number in range(2, 12):
        archive.with_session(f"MR{number}", scans=2)
    for address in ("/projects/P", "/projects/P/subjects", "/", "/projects", "/projects/P/sessions/MR1"):
        with django_assert_max_num_queries(30):
            browser.get(address)


def test_ones_own_password_tokens_and_sign_ins(archive: Any) -> None:
    browser, other = person("ann", member="P"), signed_in("ann")
    assert sum(row.here for row in browser.get("/settings").context["sign_ins"]) == 1
    wrong = post(browser, "/settings", do="password", old="nonsense", new="another long secret", again="another long secret")
    assert "The current password is wrong" in wrong.content.decode()
    differ = post(browser, "/settings", do="password", old=PASSWORD, new="another long secret", again="another secret")
    assert "The two new passwords differ" in differ.content.decode()
    assert post(browser, "/settings", do="password", old=PASSWORD, new="another long secret", again="another long secret").status_code == 303
    assert browser.get("/settings").status_code == 200
    assert other.get("/settings").status_code == 302
    made = post(browser, "/settings", do="token")
    alias, secret = made.context["fresh"]
    assert secret in made.content.decode()
    assert secret not in browser.get("/settings").content.decode()
    post(browser, "/settings", do="revoke", alias=alias)
    assert browser.get("/settings").context["tokens"] == []


def test_the_status_is_for_administrators(archive: Any) -> None:
    assert person("ann", member="P").get("/status").status_code == 403
    assert {part["name"] for part in person("root", admin=True).get("/status").context["parts"]} >= {"Database", "Object store"}


def test_a_defect_of_ours_is_told_without_a_word_of_it(archive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = person("ann", member="P")
    monkeypatch.setattr(experiments, "find", lambda *_, **__: 1 / 0)
    answer = browser.get("/projects/P/sessions/MR1")
    assert answer.status_code == 500
    assert "ZeroDivisionError" not in answer.content.decode()
    assert "It is not your fault" in answer.content.decode()


def test_what_is_no_address_and_no_method_is_told() -> None:
    browser = person("ann")
    assert browser.get("/no/such/page").status_code == 404
    refused = browser.delete("/projects", HTTP_X_CSRF_TOKEN=token(browser))
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")
