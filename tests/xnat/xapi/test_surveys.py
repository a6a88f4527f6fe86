"""Surveys and mitigation on the wire."""
from __future__ import annotations

import json

import pytest
from tests.builders import an_archive, put_file
from tests.ingest.objects import instance

from scanhouse.dicom.facts import facts
from scanhouse.dicom.identity import file_name
from scanhouse.records import mending, resources, surveys
from scanhouse.records.models import File, Survey

pytestmark = pytest.mark.django_db
FOLDER = "/data/xnat/archive/P/arc001/E/SCANS/1/DICOM/"
DATA = instance(uid="1.9")
NAME = file_name(facts(DATA, size=len(DATA)).text)
MR = "1.2.840.10008.5.1.4.1.1.4"


@pytest.fixture
def archive():
    made = an_archive().with_project("P").with_subject("S").with_session("E", scans=1).with_user("ann", owner="P").with_user("bob", member="P")
    put_file(made.resource(made.scan()), "0.dcm", DATA)
    return made.with_user("eve").with_user("root", admin=True)


@pytest.fixture
def ann(archive, wire):
    return wire("ann")


def launched(caller) -> int:
    """A survey of the project, done."""
    (key,) = caller.call("POST", "/xapi/resources/survey/project/P").json()
    surveys.look(key=key)
    return key


def worked() -> None:
    for survey in Survey.objects.filter(state="QUEUED_FOR_MITIGATION"):
        mending.mend(key=survey.key)


def sent(caller, method, path, content):
    return caller.call(method, path, body=json.dumps(content), content_type="application/json")


def test_a_survey_is_reported_with_paths_of_the_archive_and_totals(ann, archive):
    key = launched(ann)
    (told,) = ann.get("/xapi/resources/survey/project/P").json()
    assert told == ann.get(f"/xapi/resources/survey/request/{key}").json()
    assert {name: told[name] for name in ("id", "rsnStatus", "projectId", "subjectLabel", "experimentLabel", "scanLabel", "requester")} == {
        "id": key, "rsnStatus": "DIVERGENT", "projectId": "P", "subjectLabel": "S", "experimentLabel": "E", "scanLabel": "1", "requester": "ann"}
    assert told["resourceUri"] == f"{FOLDER}scan_1_catalog.xml"
    report = told["surveyReport"]
    assert (report["uids"], report["mismatchedFiles"]) == ({MR: ["1.9"]}, {f"{FOLDER}0.dcm": NAME})
    assert (report["totalEntries"], report["totalUids"], report["totalMismatchedFiles"], told["mitigationReport"]) == (1, 1, 1, None)
    assert ann.get(f"/xapi/resources/survey/request/{key}/report").json() == report


def test_mitigation_says_what_was_moved_and_removed(ann, archive):
    put_file(archive.resource(archive.scan()), "1.dcm", instance(uid="1.9", SeriesDescription="other"))
    key = launched(ann)
    assert ann.call("POST", "/xapi/resources/mitigate/project/P", reason="tidy").json() == [key]
    worked()
    told = ann.get(f"/xapi/resources/survey/request/{key}").json()
    report, cache = told["mitigationReport"], f"/data/xnat/cache/P/{told['experimentId']}/{told['requestTime']}/{told['scanId']}/"
    assert told["rsnStatus"] == "CONFORMING"
    assert report["movedFiles"] == {f"{FOLDER}1.dcm": FOLDER + NAME}
    assert report["removedFiles"] == {f"{FOLDER}{n}.dcm": f"{cache}{n}.dcm" for n in (0, 1)}
    assert (report["totalMovedFiles"], report["totalRemovedFiles"], report["totalFileErrors"]) == (1, 2, 0)
    assert list(File.objects.values_list("path", flat=True)) == [NAME]
    assert ann.get(f"/xapi/resources/mitigate/request/{key}/report").json() == report
    assert ann.get("/xapi/resources/mitigate/project/P/report").json() == [report]


def test_surveys_are_asked_for_shown_and_cancelled_by_resource(ann, archive):
    number = archive.resource(archive.scan()).key
    base = f"/xapi/resources/survey/resource/{number}"
    assert ann.get(base).status_code == 404
    key = ann.call("POST", base).json()
    assert ann.call("POST", base).status_code == 409
    assert ann.get(f"{base}/report").status_code == 404
    surveys.look(key=key)
    assert ann.get(f"{base}/status").json() == "DIVERGENT"
    assert sent(ann, "POST", "/xapi/resources/survey/resource/status", [number]).json() == {str(number): "DIVERGENT"}
    assert ann.get("/xapi/resources/survey/project/P/status").json() == {str(number): "DIVERGENT"}
    assert ann.get("/xapi/resources/survey/project/P/report").json()[str(number)]["totalMismatchedFiles"] == 1
    assert ann.delete(base).json() == key
    assert ann.get(base).json()["rsnStatus"] == "CANCELED"


def test_surveys_are_cancelled_by_their_numbers_all_or_none(ann):
    key = launched(ann)
    assert sent(ann, "DELETE", "/xapi/resources/survey/request", [key, key + 1000]).status_code in (403, 404)
    assert ann.get(f"/xapi/resources/survey/request/{key}/status").json() == "DIVERGENT"
    assert sent(ann, "DELETE", "/xapi/resources/survey/request", [key]).json() == [key]
    assert ann.get("/xapi/resources/survey/project/P").json() == []
    assert [told["id"] for told in ann.get("/xapi/resources/survey/project/P/canceled").json()] == [key]
    assert ann.get("/xapi/resources/survey/project/P/lost").status_code == 400


def test_a_cleaned_report_has_totals_only(ann):
    key = launched(ann)
    assert ann.delete(f"/xapi/resources/survey/request/{key}/report").status_code == 200
    report = ann.get(f"/xapi/resources/survey/request/{key}").json()["surveyReport"]
    assert {name for name in report if not name.startswith("total")} == {"resourceSurveyRequestId"}
    assert report["totalMismatchedFiles"] == 1


def test_totals_of_projects_and_a_table_of_surveys(ann, wire):
    assert ann.get("/xapi/resources/survey/report/summary", projectId="P").status_code == 404
    launched(ann)
    (told,) = wire("root").get("/xapi/resources/survey/report/summary").json()
    assert (told["projectId"], told["totalMismatchedFiles"], told["overallStatus"]) == ("P", 1, "IN_PROGRESS")
    assert ann.get("/xapi/resources/survey/project/P/report/summary").json() == told
    assert ann.get("/xapi/resources/survey/report/summary").status_code == 403
    head, line = ann.text("/xapi/resources/survey/report/download", projectId="P").splitlines()
    assert dict(zip(head.split(","), line.split(","), strict=True))["rsnStatus"] == "DIVERGENT"


def test_resources_of_a_table_are_mended(ann, archive):
    resource = archive.resource(archive.scan())
    other = resources.create(archive.scan(), "other", by=archive.actor("ann"))
    key = launched(ann)
    table = f"label,resourceId\r\nDICOM,{resource.key}\r\nother,{other.key}\r\n"
    body = f'--x\r\nContent-Disposition: form-data; name="uploadFile"; filename="a.csv"\r\n\r\n{table}\r\n--x--\r\n'
    answer = ann.call("POST", "/xapi/resources/mitigate/resources/csv", body=body, content_type="multipart/form-data; boundary=x")
    assert answer.json() == {"queued": [key], "invalid": [other.key]}
    assert sent(ann, "POST", "/xapi/resources/mitigate/resources", [resource.key]).json() == {"invalid": [resource.key]}


@pytest.mark.parametrize("table", ["", "resourceId\r\n", "\xff\xfe"])
def test_a_table_without_resources_is_refused(ann, table):
    body = f'--x\r\nContent-Disposition: form-data; name="uploadFile"; filename="a.csv"\r\n\r\n{table}\r\n--x--\r\n'.encode("latin-1")
    answer = ann.call("POST", "/xapi/resources/mitigate/resources/csv", body=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400


@pytest.mark.parametrize(("method", "path"), [
    ("POST", "survey/project/P"), ("GET", "survey/project/P"), ("GET", "survey/project/P/all"), ("DELETE", "survey/project/P"),
    ("POST", "mitigate/project/P"), ("GET", "survey/request/{key}"), ("DELETE", "survey/request/{key}"), ("POST", "mitigate/request/{key}"),
    ("DELETE", "survey/request/{key}/report"), ("GET", "survey/resource/{resource}"), ("POST", "survey/resource/{resource}"),
    ("POST", "mitigate/resource/{resource}"),
])  # fmt: skip
@pytest.mark.parametrize("login", ["bob", "eve"])
def test_surveys_are_for_owners_and_administrators(ann, archive, wire, login, method, path):
    key, resource = launched(ann), archive.resource(archive.scan()).key
    answer = wire(login).call(method, "/xapi/resources/" + path.format(key=key, resource=resource))
    assert answer.status_code == 403
    assert wire(None).call(method, "/xapi/resources/" + path.format(key=key, resource=resource)).status_code == 401
    assert Survey.objects.get().state == "DIVERGENT"


@pytest.mark.parametrize("since", ["yesterday", "2026-13-01"])
def test_a_day_that_is_none_is_refused(ann, since):
    assert ann.call("POST", "/xapi/resources/survey/project/P", since=since).status_code == 400
