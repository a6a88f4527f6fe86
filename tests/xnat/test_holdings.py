"""Lists of names in addresses: what one costs does not grow with how often a name is repeated, nor with the other list."""
from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.builders import an_archive, put_file

pytestmark = pytest.mark.django_db
HERE = "/data/projects/P/experiments/E"


@pytest.fixture
def ann(wire):
    made = an_archive().with_project("P").with_subject("S").with_session("E").with_user("ann", owner="P")
    for number in range(1, 7):
        made.with_scan(str(number), type="T1" if number < 4 else "T2")
        for label in ("A", "B"):
            put_file(made.resource(made.scan(str(number)), label), f"{number}{label}")
    made.with_assessor("Q1").with_assessor("Q2")
    for label in ("Q1", "Q2"):
        put_file(made.resource(made.assessor(label), "A"), f"{label}A")
    return wire("ann")


def names(ann, path: str) -> list[str]:
    return [row["Name"] for row in ann.rows(f"{HERE}/{path}/files")]


def statements(ann, path: str) -> int:
    ann.get(f"{HERE}/{path}/files", format="json")  # what is asked for once is known
    with CaptureQueriesContext(connection) as asked:
        assert ann.get(f"{HERE}/{path}/files", format="json").status_code == 200
    return len(asked)


def test_the_cost_is_that_of_what_is_there(ann) -> None:
    one = statements(ann, "scans/1/resources/A")
    assert statements(ann, f"scans/{','.join(['1'] * 100)}/resources/{','.join(['A'] * 100)}") <= one + 2
    assert statements(ann, "scans/1,2,3,4,5,6/resources/A,B") <= one + 2
    assert statements(ann, f"assessors/{','.join(['Q1'] * 100)}/resources/{','.join(['A'] * 100)}") <= statements(ann, "assessors/Q1/resources/A") + 2


def test_repeated_names_mean_the_same_once(ann) -> None:
    assert names(ann, "scans/1,2,1/resources/A,B,A") == ["1A", "1B", "2A", "2B"]
    assert names(ann, "scans/1,T2/resources/B") == ["1B", "4B", "5B", "6B"]
    assert names(ann, "scans/T1/resources/B") == ["1B", "2B", "3B"]
    assert names(ann, "scans/ALL/resources/A") == [f"{number}A" for number in range(1, 7)]
    assert names(ann, "assessors/Q1,Q2,Q1/resources/A") == ["Q1A", "Q2A"]


def test_a_resource_is_named_by_key_or_label_and_each_has_to_be_there(ann) -> None:
    keys = {row["xnat_abstractresource_id"] for row in ann.rows(f"{HERE}/scans/1,2/resources") if row["label"] == "A"}
    assert names(ann, f"scans/1,2/resources/{','.join(sorted(keys))},B") == ["1A", "1B", "2A", "2B"]
    assert ann.get(f"{HERE}/scans/1/resources/A,C/files").status_code == 404
    assert ann.get(f"{HERE}/scans/1,9/resources/A/files").status_code == 404
    (key,) = [row["xnat_abstractresource_id"] for row in ann.rows(f"{HERE}/assessors/Q1/resources")]
    assert names(ann, f"assessors/Q1/resources/{key},{key}") == ["Q1A"]


@pytest.mark.parametrize("path", ["scans/{}/resources/A", "scans/1/resources/{}", "assessors/{}/resources/A"])
def test_more_names_than_anything_has_are_refused(ann, path: str) -> None:
    answer = ann.get(f"{HERE}/{path.format(','.join(map(str, range(1, 1100))))}/files")
    assert answer.status_code == 400
    assert "at most" in answer.content.decode()
