"""Values of the wire that cannot be kept or make no sense: 400 with a reason, never a failure of ours."""
from __future__ import annotations

import json
from typing import Any

import pytest
from tests.builders import an_archive

from scanhouse.records import history
from scanhouse.records.models import Project

pytestmark = pytest.mark.django_db
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@pytest.fixture
def root(wire: Any) -> Any:
    an_archive().with_project("P").with_subject("S").with_session("E").with_user("root", admin=True).with_project("Q")
    caller = wire("root")
    caller.client.raise_request_exception = False
    return caller


@pytest.mark.parametrize(("method", "path", "body", "kind"), [
    ("PUT", "/xapi/siteConfig", '{"siteId": "a\\u0000b"}', JSON),
    ("PUT", "/xapi/siteConfig", '{"a\\u0000b": "x"}', JSON),
    ("PUT", "/xapi/siteConfig", "siteId=a%00b", FORM),
    ("PUT", "/xapi/siteConfig/siteId", "a\0b", "text/plain"),
    ("PUT", "/xapi/siteConfig/siteId", '"a\\u0000b"', JSON),
    ("PUT", "/xapi/anonymize/site", "version \"6.3\"\n\0", "text/plain"),
    ("PUT", "/data/config/edit/image/dicom/script", "version \"6.3\"\n\0", "text/plain"),
    ("PUT", "/xapi/anonymize/projects/P", "\0", "text/plain"),
    ("PUT", "/data/projects/P/config/tool/path", "\0", "text/plain"),
    ("PUT", "/data/projects/P/resources/R", "description=a%00b", FORM),
    ("PUT", "/data/projects/P/resources/R", "tags=a%00b", FORM),
    ("PUT", "/data/projects/P/subjects/S2", "event_reason=a%00b", FORM),
    ("PUT", "/data/projects/P/subjects/S2?event_reason=a%00b", "", "text/plain"),
    ("PUT", "/xapi/custom-fields/projects/P/fields", '{"a": ["x", {"b": "\\u0000"}]}', JSON),
    ("POST", "/xapi/investigators", '{"firstname": "a\\u0000", "lastname": "b"}', JSON),
])  # fmt: skip
def test_a_nul_is_refused(root: Any, method: str, path: str, body: str, kind: str) -> None:
    assert root.call(method, path, body=body, content_type=kind).status_code == 400


def test_a_backslash_before_the_same_digits_is_no_nul(root: Any) -> None:
    answer = root.call("PUT", "/xapi/custom-fields/projects/P/fields", body='{"a": "\\\\u0000"}', content_type=JSON)
    assert answer.status_code in (200, 201)


@pytest.mark.parametrize("days", ["999999999", "1000000000"])
@pytest.mark.parametrize("path", ["/data/experiments", "/data/projects/P/subjects/S/experiments", "/data/subjects", "/data/prearchive/experiments"])
def test_recent_may_be_any_number(root: Any, path: str, days: str) -> None:
    assert root.get(path, recent=days).status_code == 200


def test_a_long_event_action_is_kept_as_far_as_it_fits(root: Any) -> None:
    assert root.put("/data/projects/P/subjects/S2", event_action="a" * 300).status_code == 201
    kept = history.of(Project.objects.get(id="P").subjects.get(label="S2")).first()
    assert kept is not None
    assert kept.action == "a" * 100


def test_subjects_have_no_assessors_to_move(root: Any) -> None:
    answer = root.call("PUT", "/data/projects/P/subjects/S/projects/Q?primary=true&moveAssessors=A")
    assert (answer.status_code, "assessors" in answer.content.decode()) == (400, True)
    assert root.call("PUT", "/data/projects/P/subjects/S/projects/Q?primary=true&moveAssessors=").status_code == 200


@pytest.mark.parametrize("filters", [[], "x", 3, {"project": []}, {"project": {"value": None}}, None])
def test_filters_that_are_none_filter_nothing(root: Any, filters: Any) -> None:
    assert root.call("POST", "/xapi/direct-archive", body=json.dumps({"filters": filters}), content_type=JSON).json() == []


@pytest.mark.parametrize("status", [1, [], {}, "on", True])
def test_a_status_of_a_configuration_is_one_of_two_words(root: Any, status: Any) -> None:
    body = json.dumps({"contents": "x", "status": status})
    assert root.call("PUT", "/data/projects/P/config/tool/path", body=body, content_type=JSON).status_code == 400


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["resources/R/files/a%2520%2500b", "files/a%252B%2500b"])
def test_a_nul_that_was_encoded_twice_is_none_either(root: Any, method: str, path: str) -> None:
    root.put("/data/projects/P/resources/R")
    answer = root.call(method, f"/data/projects/P/{path}?inbody=true", body="x" if method == "PUT" else "")
    assert answer.status_code == 400


def test_nor_is_it_in_what_a_parameter_names(root: Any) -> None:
    for dest in ("/archive/projects/%2500", "/prearchive/projects/P%2500"):
        assert root.call("POST", f"/data/services/import?dest={dest}", body="x", content_type="application/zip").status_code == 400
    facts = "&".join(f"wrk:workflowData/{name}" for name in ("id=P", "data_type=x", "launch_time=2024-01-01", "status=a%2500", "pipeline_name=p"))
    assert root.call("PUT", f"/data/workflows?{facts}").status_code == 400
