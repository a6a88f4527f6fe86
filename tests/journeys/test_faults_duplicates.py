"""F7 and F8: the same object a hundred times at once is one object; another object under the same UID is kept beside it and shown."""
from __future__ import annotations

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from tests.house import House
from tests.journeys import ledger
from tests.journeys.dicom_samples import a_study
from tests.journeys.senders import SUCCESS, associate, encoded, make_project, store, upload

pytestmark = pytest.mark.journey


def rows(house: House, uid: str) -> list[tuple]:
    return house.query("SELECT session_id, object, state FROM ingest_received WHERE sop_instance_uid = %s ORDER BY key", uid)


def test_the_same_file_a_hundred_times_at_once_is_one_object_and_all_get_success(rough_house: House) -> None:
    house = rough_house
    make_project(house, "F7")
    (ds,) = a_study(PatientID="TWIN", StudyDescription="F7")
    first = associate(house)
    assert store(first, ds) == SUCCESS
    ((_, key, _),) = rows(house, ds.SOPInstanceUID)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("one.dcm", ledger.stored(house, key))

    def by_dicom(_: int) -> set[int]:
        association = associate(house)
        statuses = {store(association, ds) for _ in range(5)}
        association.release()
        return statuses

    with ThreadPoolExecutor(16) as pool:
        over_http = [pool.submit(upload, house, "F7", buffer.getvalue()) for _ in range(50)]
        over_dicom = [pool.submit(by_dicom, n) for n in range(10)]
        assert {future.result() for future in over_http} == {200}
        assert set().union(*(future.result() for future in over_dicom)) == {SUCCESS}
    first.release()
    found = rows(house, ds.SOPInstanceUID)
    assert {object for _, object, _ in found} == {key}
    assert len(found) == len({session for session, _, _ in found}) == 1
    ledger.is_there_once(house, {ds.SOPInstanceUID: encoded(ds)})
    ledger.adds_up(house)


def test_another_object_under_the_same_uid_is_kept_beside_the_first_and_shown(rough_house: House) -> None:
    house = rough_house
    make_project(house, "F8")
    (ds,) = a_study(PatientID="CHANGED", StudyDescription="F8")
    association = associate(house)
    contents = []
    for description in ("first", "second"):
        ds.SeriesDescription = description
        contents.append(encoded(ds))
        assert store(association, ds) == SUCCESS
    association.release()
    found = rows(house, ds.SOPInstanceUID)
    assert [ledger.stored(house, key).endswith(content) for (_, key, _), content in zip(found, contents, strict=True)] == [True, True]

    session = house.query("SELECT timestamp, folder FROM ingest_prearchivesession WHERE key = %s", found[0][0])[0]
    source = "/prearchive/projects/F8/{}/{}".format(*session)
    signed_in = {"auth": ("admin", house.admin_password), "timeout": 60}
    assert requests.post(f"{house.url}/data/services/prearchive/rebuild", params={"src": source}, **signed_in).ok
    assert [state for _, _, state in rows(house, ds.SOPInstanceUID)] == ["superseded", "waiting"]
    assert "other content" in house.query("SELECT reason FROM ingest_prearchivesession WHERE key = %s", found[0][0])[0][0]

    assert requests.post(f"{house.url}/data/services/archive", params={"src": source}, **signed_in).ok
    ds.SeriesDescription = "third"
    association = associate(house)
    assert store(association, ds) == SUCCESS
    association.release()
    again = rows(house, ds.SOPInstanceUID)[-1][0]
    session = house.query("SELECT timestamp, folder FROM ingest_prearchivesession WHERE key = %s", again)[0]
    refused = requests.post(
        f"{house.url}/data/services/archive", params={"src": "/prearchive/projects/F8/{}/{}".format(*session)}, **signed_in)
    assert refused.status_code == 409
    ((state, reason),) = house.query("SELECT state, reason FROM ingest_prearchivesession WHERE key = %s", again)
    assert state == "CONFLICT"
    assert "same SOP Instance UID" in reason
    assert len({ledger.stored(house, key) for _, key, _ in rows(house, ds.SOPInstanceUID)}) == 3
    ledger.adds_up(house)
