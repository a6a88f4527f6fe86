"""F11: a part is restarted in the middle of an association or an upload: it finishes or refuses, and nothing partial is published."""
from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator

import psutil
import pytest
import requests
from tests.house import House
from tests.journeys import ledger
from tests.journeys.dicom_samples import a_study, as_file, zipped
from tests.journeys.senders import NO_ANSWER, SUCCESS, DicomSender, make_project, upload
from tests.waiting import until

pytestmark = pytest.mark.journey

RECOVERY = 30


def test_a_receiver_that_is_restarted_answers_what_it_has_begun_and_leaves_nothing_half_written(rough_house: House) -> None:
    house = rough_house
    make_project(house, "F11A")
    left_by_others = set(ledger.staged(house))  # whom other tests killed
    sender = DicomSender(house, "F11A", 1).start()
    time.sleep(1)
    house.await_successor("dicom", house.kill("dicom", signal.SIGTERM))
    before, end = len(sender.acknowledged), time.monotonic() + RECOVERY
    while len(sender.acknowledged) < before + 5 and time.monotonic() < end:
        time.sleep(0.1)
    sender.end()
    assert len(sender.acknowledged) >= before + 5, "the sender did not get through again"
    assert set(sender.answers) <= {SUCCESS, NO_ANSWER}
    ledger.is_there_once(house, sender.acknowledged)
    assert not set(ledger.staged(house)) - left_by_others
    house.await_health(RECOVERY)
    ledger.adds_up(house)


def test_an_upload_that_is_cut_off_while_it_comes_publishes_nothing(rough_house: House) -> None:
    house = rough_house
    make_project(house, "F11B", code=4)
    objects = a_study(images=40, PatientID="CUT", StudyDescription="F11B")
    body = zipped(objects)
    half_sent, go_on = threading.Event(), threading.Event()

    def slowly() -> Iterator[bytes]:
        yield body[: len(body) // 2]
        half_sent.set()
        go_on.wait(60)
        yield body[len(body) // 2 :]

    answers: list[int] = []

    def send() -> None:
        try:
            answer = requests.post(
                f"{house.url}/data/services/import", params={"import-handler": "DICOM-zip", "project": "F11B", "inbody": "true"},
                data=slowly(), headers={"Content-Type": "application/zip"}, auth=("admin", house.admin_password), timeout=60)
            answers.append(answer.status_code)
        except requests.RequestException:
            answers.append(NO_ANSWER)

    thread = threading.Thread(target=send)
    thread.start()
    assert half_sent.wait(60)
    time.sleep(0.3)
    old = house.kill("web", signal.SIGTERM)
    time.sleep(1)
    go_on.set()
    thread.join(60)
    found = house.query("SELECT count(*) FROM ingest_received r JOIN ingest_prearchivesession s ON s.key = r.session_id WHERE s.project = 'F11B'")
    assert found[0][0] == (40 if answers == [200] else 0), answers
    house.await_successor("web", old)
    house.await_health(RECOVERY)
    assert upload(house, "F11B", body) == 200
    ledger.is_there_once(house, {ds.SOPInstanceUID: as_file(ds) for ds in objects})


HAS_BEGUN = "EXISTS (SELECT FROM ingest_received r JOIN ingest_prearchivesession s ON s.key = r.session_id WHERE s.project = 'F11C')"


def test_an_upload_that_breaks_off_while_it_is_taken_in_is_not_archived_by_itself_until_it_is_whole(rough_house: House) -> None:
    house = rough_house
    make_project(house, "F11C", code=4)
    objects = a_study(series=3, images=500, PatientID="BROKEN-OFF", StudyDescription="F11C")
    body = zipped(objects)
    count = "SELECT count(*) FROM ingest_received r JOIN ingest_prearchivesession s ON s.key = r.session_id WHERE s.project = 'F11C'"
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(upload(house, "F11C", body, timeout=90)))
    with ledger.held_up(house, HAS_BEGUN):
        thread.start()
        until(lambda: house.query(count)[0][0])
        for one in psutil.Process(house.pid("web")).children():
            one.kill()
        thread.join(100)
        taken = house.query(count)[0][0]
    assert answers == [NO_ANSWER]
    assert 0 < taken < len(objects)

    house.query("UPDATE ingest_prearchivesession SET deadline = now() WHERE project = 'F11C' RETURNING key")
    state, end = "", time.monotonic() + RECOVERY
    while state != "READY" and time.monotonic() < end:
        ((state, reason),) = house.query("SELECT state, reason FROM ingest_prearchivesession WHERE project = 'F11C'")
        time.sleep(0.2)
    assert (state, "broke off" in reason) == ("READY", True), (state, reason)
    house.await_health(RECOVERY)

    assert upload(house, "F11C", body, timeout=120) == 200
    ledger.all_archived(house, "F11C", 60)
    ledger.is_there_once(house, {ds.SOPInstanceUID: as_file(ds) for ds in objects})
    ledger.adds_up(house)
