"""A large file from the page has come as a whole, and what reads it is killed: it is read all the same, and nothing is sent twice."""
from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import requests
from tests.house import House
from tests.journeys import ledger
from tests.journeys.dicom_samples import a_study, as_file, zipped
from tests.journeys.senders import make_project
from tests.waiting import until

pytestmark = pytest.mark.journey

RECOVERY = 120
"""Seconds: a worker counts as dead after 30, and an upload as left alone after 30, whichever is first."""


class Page:
    """The requests of the upload page, of somebody who has signed in there."""

    def __init__(self, house: House) -> None:
        self.house, self.session = house, requests.Session()
        self.session.headers["User-Agent"] = "Mozilla/5.0"
        signed_in = self.session.post(
            f"{house.url}/sign-in", {"login": "admin", "password": house.admin_password, "next": "/"}, headers={"Accept": "text/html"}, timeout=60
        )
        assert signed_in.ok, signed_in.text
        settings = self.session.get(f"{house.url}/settings", headers={"Accept": "text/html"}, timeout=60).text
        found = re.search(r'name="csrf" content="([^"]+)"', settings)
        assert found
        self.session.headers.update({"X-CSRF-Token": found[1], "Accept": "application/json"})

    def call(self, method: str, address: str, **more: object) -> dict:
        answer = self.session.request(method, self.house.url + address, timeout=60, **more)  # type: ignore[arg-type]
        assert answer.ok, (answer.status_code, answer.text)
        return answer.json()


@contextmanager
def nothing_is_taken_in(house: House, project: str) -> Iterator[None]:
    """For the time of the block whoever writes into the ledger for an upload of the project is held up, so that it cannot be through."""
    with psycopg.connect(house.database_url, autocommit=True) as holding:
        holding.execute(f"""
            SELECT pg_advisory_lock(2222);
            CREATE FUNCTION hold_up_pages() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF EXISTS (SELECT FROM ingest_upload u WHERE u.state = 'reading' AND u.terms->>'project' = '{project}') THEN
                    PERFORM pg_advisory_xact_lock(2222);
                END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER hold_up_pages BEFORE INSERT ON ingest_received EXECUTE FUNCTION hold_up_pages()""")
        try:
            yield
        finally:
            holding.execute("SELECT pg_advisory_unlock(2222)")
            holding.execute("DROP TRIGGER hold_up_pages ON ingest_received; DROP FUNCTION hold_up_pages")


def test_a_large_file_whose_reader_is_killed_is_read_without_being_sent_again(rough_house: House) -> None:
    house = rough_house
    make_project(house, "F12", code=4)
    objects = a_study(images=60, PatientID="KILLED-READER", StudyDescription="F12")
    body, page = zipped(objects), Page(house)
    upload = page.call("POST", "/uploads", data={"project": "F12", "subject": "", "session": "", "then": ""})["url"]
    part = page.call("POST", f"{upload}/files", json={"name": "study.zip", "size": len(body), "modified": 1})["url"]
    with nothing_is_taken_in(house, "F12"):
        assert page.call("PATCH", part, data=body, headers={"Upload-Offset": "0"})["offset"] == len(body)
        until(lambda: house.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 2222 AND NOT granted"))
        old = house.kill("worker")
        house.await_successor("worker", old)
    until(lambda: page.call("GET", part)["state"] not in ("receiving", "reading"), seconds=RECOVERY)
    seen = page.call("GET", part)
    assert (seen["state"], seen["why"]) == ("done", "")
    page.call("POST", f"{upload}/finish")
    ledger.all_archived(house, "F12", RECOVERY)
    ledger.is_there_once(house, {ds.SOPInstanceUID: as_file(ds) for ds in objects})
    ledger.adds_up(house)
    house.await_health(RECOVERY)
