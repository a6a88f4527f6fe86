"""A large file from the page has come as a whole, and what reads it is killed: it is read all the same, and nothing is sent twice."""
from __future__ import annotations

import re

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


READS = "EXISTS (SELECT FROM ingest_upload u WHERE u.state = 'reading' AND u.terms->>'project' = 'F12')"


def test_a_large_file_whose_reader_is_killed_is_read_without_being_sent_again(rough_house: House) -> None:
    house = rough_house
    make_project(house, "F12", code=4)
    objects = a_study(images=60, PatientID="KILLED-READER", StudyDescription="F12")
    body, page = zipped(objects), Page(house)
    upload = page.call("POST", "/uploads", data={"project": "F12", "subject": "", "session": "", "then": ""})["url"]
    part = page.call("POST", f"{upload}/files", json={"name": "study.zip", "size": len(body), "modified": 1})["url"]
    with ledger.held_up(house, READS):
        assert page.call("PATCH", part, data=body, headers={"Upload-Offset": "0"})["offset"] == len(body)
        until(lambda: ledger.somebody_is_held_up(house))
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
