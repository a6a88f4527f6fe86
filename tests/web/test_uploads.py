"""The requests of the upload page (static/js/upload/queue.js tells them), and the prearchive after them."""
from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from tests.builders import an_archive
from tests.ingest.objects import instance
from tests.ingest.test_web_uploads import packed, zipped
from tests.web.browsers import person, post, token

from scanhouse.ingest import parts
from scanhouse.ingest.archive import ArchiveConflict
from scanhouse.ingest.clock import tick
from scanhouse.ingest.models import PrearchiveSession, SessionState
from scanhouse.ingest.prearchive import finish_archive, finish_build

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser() -> Client:
    an_archive().with_project("P").with_project("Q")
    return person("ann", owner="P", member="Q")


def call(browser: Client, method: str, address: str, body: Any = b"", **headers: str) -> Any:
    """A request of the page's scripts."""
    data = json.dumps(body).encode() if isinstance(body, dict) else body
    return browser.generic(method, address, data, headers={"X-CSRF-Token": token(browser), "Accept": "application/json", **headers})


def begin(browser: Client, **values: str) -> str:
    answer = browser.post("/uploads", {"project": "P", "subject": "", "session": "", "then": "", **values}, headers={"X-CSRF-Token": token(browser)})
    return str(answer.json()["url"])


def built(browser: Client, data: bytes, **values: str) -> PrearchiveSession:
    """A session in the prearchive, read as the worker would."""
    url = begin(browser, **values)
    call(browser, "POST", f"{url}/batch", packed(("a/1.dcm", data), ("a/notes.txt", b"text")).read())
    call(browser, "POST", f"{url}/finish")
    session = PrearchiveSession.objects.latest("key")
    PrearchiveSession.objects.filter(key=session.key).update(deadline="2020-01-01T00:00Z")
    tick()
    return finish_build(session.key)


def test_a_batch_a_large_file_and_what_came_of_them(browser: Client) -> None:
    url = begin(browser, then="wait")
    answer = call(browser, "POST", f"{url}/batch", packed(("a/1.dcm", instance(number=1)), ("a/notes.txt", b"text")).read())
    assert [file["outcome"] for file in answer.json()["files"]] == ["stored", "ignored"]

    data = zipped(instance(number=2))
    about = {"name": "b.zip", "size": len(data), "modified": 5}
    file = call(browser, "POST", f"{url}/files", about).json()
    assert file["offset"] == 0
    assert call(browser, "PATCH", file["url"], data[:200], **{"Upload-Offset": "0"}).json() == {"offset": 200}
    elsewhere = call(browser, "PATCH", file["url"], data[:200], **{"Upload-Offset": "0"})
    assert (elsewhere.status_code, elsewhere.json()["offset"]) == (409, 200)
    assert call(browser, "POST", f"{begin(browser, then='wait')}/files", about).json()["offset"] == 200  # the page was opened again
    file = call(browser, "POST", f"{url}/files", about).json()
    assert call(browser, "PATCH", file["url"], data[200:], **{"Upload-Offset": "200"}).json() == {"offset": len(data)}
    assert call(browser, "GET", file["url"]).json()["state"] == "reading"
    parts.read(file["url"].rpartition("/")[2])
    assert call(browser, "GET", file["url"]).json() == {
        "state": "done", "counts": {"stored": 1, "known": 0, "ignored": 0, "refused": 0}, "why": "", "refused": [],
    }  # fmt: skip

    assert call(browser, "POST", f"{url}/finish").status_code == 200
    listed = browser.get(f"{url}/sessions")
    assert listed.headers["X-Settled"] == "no"
    assert listed.content.count(b"<tr data-row") == 1


@pytest.mark.parametrize("body", [b"no json", {}, {"name": "a", "size": "1", "modified": 1}, {"name": "a", "size": -1, "modified": 1}])
def test_what_tells_no_file_is_refused(browser: Client, body: Any) -> None:
    assert call(browser, "POST", f"{begin(browser)}/files", body).status_code == 400


def test_an_upload_needs_a_project_and_the_right_to_add_to_it(browser: Client) -> None:
    an_archive().with_project("HIDDEN")
    headers = {"X-CSRF-Token": token(browser), "Accept": "application/json"}
    assert browser.post("/uploads", {"project": ""}, headers=headers).status_code == 400
    assert browser.post("/uploads", {"project": "HIDDEN"}, headers=headers).status_code == 404
    reader = person("eve", collaborator="P")
    refused = reader.post("/uploads", {"project": "P"}, headers={"X-CSRF-Token": token(reader), "Accept": "application/json"})
    assert (refused.status_code, "error" in refused.json()) == (403, True)
    url = begin(browser)
    assert call(reader, "POST", f"{url}/batch", packed(("1", instance())).read()).status_code == 404


def test_a_session_that_waits_says_why_and_is_archived_by_a_button(browser: Client) -> None:
    session = built(browser, instance(PatientID="Pat1"), then="wait")
    address = f"/prearchive/P/{session.timestamp}/{session.folder}"
    page = browser.get(address)
    assert page.context["may"]["archive"]
    assert [file.name for file in page.context["rejected"]] == ["a/notes.txt"]
    assert page.context["rejected"][0].why
    assert address in browser.get("/prearchive").content.decode()
    assert post(browser, address, do="archive").status_code == 303
    session.refresh_from_db()
    assert session.state == SessionState.ARCHIVING
    finish_archive(session.key)
    done = browser.get(address)
    assert done.context["session"]["archived_url"] == f"/projects/P/sessions/{session.label}"
    assert browser.get(done.context["session"]["archived_url"]).status_code == 200


def test_a_conflict_is_told_and_can_be_overwritten(browser: Client) -> None:
    uid = "1.2.3.99"
    first = built(browser, instance(uid=uid), then="wait", session="E1")
    post(browser, f"/prearchive/P/{first.timestamp}/{first.folder}", do="archive")
    finish_archive(first.key)
    second = built(browser, instance(uid=uid, rows=16), then="wait", session="E1")
    address = f"/prearchive/P/{second.timestamp}/{second.folder}"
    post(browser, address, do="archive")
    with pytest.raises(ArchiveConflict):
        finish_archive(second.key)
    page = browser.get(address)
    assert page.context["session"]["state"] == SessionState.CONFLICT
    assert page.context["session"]["reason"]
    assert browser.get("/").context["totals"]["attention"] == 1
    assert len(browser.get("/prearchive?state=attention").context["sessions"]) == 1
    assert post(browser, address, do="overwrite").status_code == 303
    second.refresh_from_db()
    assert second.state == SessionState.ARCHIVED


def test_a_session_is_moved_and_deleted(browser: Client) -> None:
    session = built(browser, instance(), then="wait")
    address = f"/prearchive/P/{session.timestamp}/{session.folder}"
    assert [target["id"] for target in browser.get(address).context["targets"]] == ["Q"]
    moved = post(browser, address, do="move", into="Q").headers["Location"]
    assert moved == address.replace("/P/", "/Q/")
    assert post(browser, moved, do="nothing known").status_code == 400
    assert post(browser, moved, do="delete").headers["Location"] == "/prearchive"
    session.refresh_from_db()
    assert session.state == SessionState.DELETED


def test_what_waits_is_hidden_from_those_who_may_not_add(browser: Client) -> None:
    session = built(browser, instance(), then="wait")
    stranger = person("eve")
    assert stranger.get(f"/prearchive/P/{session.timestamp}/{session.folder}").status_code == 404
    assert stranger.get("/prearchive").context["sessions"] == []
