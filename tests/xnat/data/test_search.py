"""Searches on the wire: statuses, forms of the answer, pages. What is found is told in tests/search and by the wire suite."""
from __future__ import annotations

import pytest
from tests.builders import an_archive

from scanhouse.search.models import KeptResult

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(wire):
    an_archive().with_project("P").with_subject("S").with_session("A").with_session("B").with_user("ann", owner="P").with_user("bob")
    return wire("ann")


def listing(caller, element="xnat:mrSessionData"):
    return caller.text(f"/data/projects/P/searches/@{element}")


def run(caller, document, **parameters):
    return caller.send_xml("POST", "/data/search", document, **{"format": "json", **parameters})


def test_the_listing_of_a_project_can_be_run_as_it_was_answered(ann):
    result = run(ann, listing(ann)).json()["ResultSet"]
    assert (result["totalRecords"], result["rootElementName"]) == ("2", "xnat:mrSessionData")
    assert [row["mr_project_identifier_p"] for row in result["Result"]] == ["A", "B"]


def test_columns_that_links_need_are_told_last_and_to_programs_alone(ann):
    document = ann.text("/data/search/saved/@xnat:mrSessionData")
    columns = run(ann, document).json()["ResultSet"]["Columns"]
    hidden = [one["key"] for one in columns if one.get("visible") == "false"]
    assert {"session_id", "insert_date", "insert_user"} <= set(hidden)
    assert [one["key"] for one in columns][-len(hidden):] == hidden
    assert b"session_id" not in run(ann, document, format="csv").content.split(b"\n")[0]


def test_a_kept_search_answers_where_its_pages_are(ann):
    kept = run(ann, listing(ann), cache="true").json()["ResultSet"]
    assert kept["Result"] == []
    assert [row["mr_project_identifier_p"] for row in ann.rows(f"/data/search/{kept['ID']}", offset="1", limit="1")] == ["B"]
    assert ann.rows(f"/data/search/{kept['ID']}/scanner") == [{"values": "", "count": "2"}]


def test_a_kept_search_is_gone_for_others_and_after_its_time(ann, wire):
    kept = run(ann, listing(ann), cache="true").json()["ResultSet"]["ID"]
    assert wire("bob").get(f"/data/search/{kept}").status_code == 410
    KeptResult.objects.all().delete()
    assert ann.get(f"/data/search/{kept}").status_code == 410


@pytest.mark.parametrize("document", ["", "no xml", "<a/>", "<!DOCTYPE a><bundle/>"])
def test_what_is_no_search_is_unprocessable(ann, document):
    assert run(ann, document).status_code == 422


def test_a_search_is_saved_read_and_deleted(ann, wire):
    document = ann.text("/data/search/saved/@xnat:mrSessionData").replace('ID="@xnat:mrSessionData"', 'ID="other" secure="1"')
    assert ann.send_xml("PUT", "/data/search/saved/mine", document, inbody="true").content == b"mine"
    assert 'ID="mine"' in ann.text("/data/search/saved/mine")
    assert [(row["id"], row["users"]) for row in ann.rows("/data/search/saved")] == [("mine", "{ann}")]
    assert len(ann.rows("/data/search/saved/mine/results")) == 2
    assert wire("bob").get("/data/search/saved/mine").status_code == 403
    assert ann.delete("/data/search/saved/mine").status_code == 200
    assert ann.get("/data/search/saved/mine").status_code == 404


def test_the_searches_of_a_project_are_hidden_with_it(ann, wire):
    assert wire("bob").get("/data/projects/P/searches/@xnat:subjectData").status_code == 404
    assert ann.get("/data/search/saved/@xnat:nothingData").status_code == 400
