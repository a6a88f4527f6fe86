"""Projects, subjects, experiments, scans and what hangs on them: made, read, changed, shared, deleted."""
from __future__ import annotations

import pytest
from tests.builders import an_archive

pytestmark = pytest.mark.django_db

SUBJECT = '<xnat:Subject xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ID="" label="{label}">' \
          '<xnat:demographics xsi:type="xnat:demographicData">{fields}</xnat:demographics></xnat:Subject>'


@pytest.fixture
def archive():
    return (an_archive().with_project("P").with_subject("S").with_session("E", date="2020-01-02").with_scan("1", type="T1")
            .with_user("ann", owner="P").with_user("mia", member="P").with_user("col", collaborator="P").with_user("bob"))


@pytest.fixture
def ann(archive, wire):
    return wire("ann")


def test_a_project_is_made_and_changed_with_200_and_an_empty_body(ann) -> None:
    for description in ("one", "two"):
        answer = ann.put("/data/projects/NEW", description=description, alias="OTHER")
        assert (answer.status_code, answer.content) == (200, b"")
    assert ann.item("/data/projects/other")["data_fields"]["description"] == "two"
    assert ann.text("/data/projects/NEW/accessibility", format="json") == "private"


def test_names_of_projects_are_unique_without_case(ann, archive) -> None:
    archive.with_user("eve")
    ann.put("/data/projects/NEW", name="Title", secondary_ID="Running", alias="Alias")
    for path, parameters in (("/data/projects/title", {}), ("/data/projects/NEW2", {"name": "RUNNING"}), ("/data/projects/NEW2", {"alias": "new"})):
        assert ann.put(path, **parameters).status_code == 409


def test_a_subject_is_created_with_201_and_changed_with_200(ann) -> None:
    made = ann.put("/data/projects/P/subjects/NEW", gender="female")
    again = ann.put("/data/projects/P/subjects/NEW", yob="1970")
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.content == again.content
    (demographics,) = [child for child in ann.item(f"/data/subjects/{made.content.decode()}")["children"] if child["field"] == "demographics"]
    assert demographics["items"][0]["data_fields"] == {"gender": "female", "yob": 1970}


def test_a_posted_document_becomes_a_subject_whose_address_is_the_answer(ann) -> None:
    document = SUBJECT.format(label="X", fields="<xnat:education>12</xnat:education>")
    answer = ann.send_xml("POST", "/data/projects/P/subjects", document)
    assert answer.status_code == 200
    assert answer["Location"] == answer.content.decode()
    id = answer.content.decode().rpartition("/")[2]
    assert ann.item(f"/data/subjects/{id}")["data_fields"]["label"] == "X"
    assert ann.send_xml("POST", "/data/projects/P/subjects", document).status_code == 409


def test_a_document_merges_unless_it_may_take_away(ann) -> None:
    path = "/data/projects/P/subjects/X"
    both, one = "<xnat:gender>male</xnat:gender><xnat:education>12</xnat:education>", "<xnat:gender>male</xnat:gender>"
    ann.send_xml("PUT", path, SUBJECT.format(label="X", fields=both))
    ann.send_xml("PUT", path, SUBJECT.format(label="X", fields=one))
    assert "education" in ann.text(path)
    ann.send_xml("PUT", path, SUBJECT.format(label="X", fields=one), allowDataDeletion="true")
    assert "education" not in ann.text(path)


@pytest.mark.parametrize(("document", "status"), [
    ("<xnat:Subject", 422), ('<xnat:Project xmlns:xnat="http://nrg.wustl.edu/xnat"/>', 422), ("<!DOCTYPE x []><x/>", 422),
    (SUBJECT.format(label="X", fields="<xnat:yob>long ago</xnat:yob>"), 400), (SUBJECT.format(label="a b", fields=""), 200),
])
def test_documents_that_cannot_be_kept_are_refused(ann, document: str, status: int) -> None:
    assert ann.send_xml("PUT", "/data/projects/P/subjects/S", document).status_code in ((status,) if status != 200 else (417,))


def test_a_subject_is_renamed_and_keeps_its_id(ann) -> None:
    before = ann.item("/data/projects/P/subjects/S")["data_fields"]["ID"]
    assert ann.put("/data/projects/P/subjects/S", label="T").status_code == 200
    assert ann.item("/data/projects/P/subjects/T")["data_fields"]["ID"] == before
    assert ann.get("/data/projects/P/subjects/S").status_code == 404


def test_an_experiment_makes_its_subject_when_it_is_put(ann) -> None:
    answer = ann.put("/data/projects/P/subjects/NEW/experiments/E2", xsiType="xnat:petSessionData", date="2021-01-01")
    assert answer.status_code == 201
    assert ann.rows("/data/projects/P/subjects/NEW/experiments")[0]["ID"] == answer.content.decode()


def test_an_experiment_without_a_type_is_417_and_with_another_one_409(ann) -> None:
    assert ann.put("/data/projects/P/subjects/S/experiments/NEW").status_code == 417
    refused = ann.put("/data/projects/P/subjects/S/experiments/E", xsiType="xnat:ctSessionData")
    assert (refused.status_code, b"Specified xsiType differs from existing xsiType" in refused.content) == (409, True)


@pytest.mark.parametrize("parameters", [{"date": "2020-13-01"}, {"note": "x" * 2501}, {"xnat:experimentData/delay": "soon"}])
def test_values_that_the_schema_forbids_are_400(ann, parameters: dict[str, str]) -> None:
    assert ann.put("/data/projects/P/subjects/S/experiments/E", **parameters).status_code == 400


def test_an_experiment_moves_to_another_subject(ann) -> None:
    ann.put("/data/projects/P/subjects/T")
    ann.put("/data/projects/P/subjects/S/experiments/E", **{"xnat:subjectAssessorData/subject_ID": "T"})
    assert ann.rows("/data/projects/P/subjects/S/experiments") == []
    assert ann.item("/data/projects/P/subjects/T/experiments/E")["data_fields"]["label"] == "E"


def test_a_session_reads_as_one_document_with_all_that_hangs_on_it(ann) -> None:
    ann.put("/data/projects/P/subjects/S/experiments/E/assessors/QC", xsiType="xnat:qcAssessmentData")
    ann.put("/data/projects/P/subjects/S/experiments/E/reconstructions/R", type="mean")
    item = ann.item("/data/projects/P/subjects/S/experiments/E")
    assert item["meta"]["xsi:type"] == "xnat:mrSessionData"
    assert item["data_fields"]["date"] == "2020-01-02"
    children = {child["field"]: [one["data_fields"].get("ID") for one in child["items"]] for child in item["children"]}
    assert children.keys() == {"scans/scan", "reconstructions/reconstructedImage", "assessors/assessor"}
    text = ann.text("/data/projects/P/subjects/S/experiments/E")
    assert '<xnat:scan ID="1" type="T1"' in text
    assert "hidden_fields[xnat_imageScanData_id=" in text
    assert "hidden_fields" not in ann.text("/data/projects/P/subjects/S/experiments/E", concealHiddenFields="true")


def test_a_scan_is_always_answered_with_200_and_keeps_its_type(ann) -> None:
    scans = "/data/projects/P/subjects/S/experiments/E/scans"
    assert ann.put(f"{scans}/2", xsiType="xnat:mrScanData", type="T2").status_code == 200
    assert ann.put(f"{scans}/2", note="kept", **{"xnat:ctScanData/note": "of another type"}).status_code == 200
    assert ann.put(f"{scans}/2", xsiType="xnat:ctScanData").status_code == 409
    assert ann.put(f"{scans}/3").status_code == 400
    assert [(row["ID"], row["type"], row["note"]) for row in ann.rows(scans)] == [("1", "T1", ""), ("2", "T2", "kept")]


def test_a_posted_scan_gets_the_next_number_and_the_type_of_its_session(ann) -> None:
    scans = "/data/projects/P/subjects/S/experiments/E/scans"
    answer = ann.call("POST", scans, content_type="application/x-www-form-urlencoded", body="quality=usable")
    assert answer.content.decode().endswith("/scans/2")
    assert ann.item("/data/projects/P/subjects/S/experiments/E/scans/2")["meta"]["xsi:type"] == "xnat:mrScanData"


def test_scans_are_named_by_number_type_or_all(ann) -> None:
    scans = "/data/projects/P/subjects/S/experiments/E/scans"
    ann.put(f"{scans}/2", xsiType="xnat:mrScanData", type="a/b")
    assert [ann.item(f"{scans}/{name}")["data_fields"]["ID"] for name in ("1", "2,1", "ALL", "T1", "a[SLASH]b")] == ["1", "1", "1", "1", "2"]


def test_a_reconstruction_needs_no_parameters(ann) -> None:
    path = "/data/projects/P/subjects/S/experiments/E/reconstructions/R"
    assert ann.put(path, xsiType="xnat:ReconstructedImage", format="xml", req_format="qs").status_code == 200
    assert ann.rows(path.removesuffix("/R"))[0]["ID"] == "R"
    assert ann.delete(path).status_code == 200


def test_a_shared_subject_is_read_and_taken_out_by_the_label_that_it_has_there(archive, ann, wire) -> None:
    archive.with_project("Q").with_user("zoe", owner="Q")
    archive.with_user("root", admin=True)
    share = wire("root").put("/data/projects/P/subjects/S/projects/Q", label="SHARED")
    assert (share.status_code, share.content) == (200, b"")
    assert [(row["ID"], row["label"]) for row in wire("root").rows("/data/projects/P/subjects/S/projects")] == [("P", "S"), ("Q", "SHARED")]
    zoe = wire("zoe")
    assert zoe.item("/data/projects/Q/subjects/SHARED")["data_fields"]["project"] == "P"
    assert zoe.get("/data/projects/P/subjects/S").status_code == 404
    assert zoe.delete("/data/projects/Q/subjects/SHARED").status_code == 200
    assert ann.get("/data/projects/P/subjects/S").status_code == 200
    assert wire("root").put("/data/projects/P/subjects/S/projects/P").status_code == 409


@pytest.mark.parametrize(("who", "status"), [("ann", 200), ("mia", 403), ("col", 403), ("bob", 404)])
def test_who_may_delete_a_subject(archive, wire, who: str, status: int) -> None:
    assert wire(who).delete("/data/projects/P/subjects/S").status_code == status


@pytest.mark.parametrize(("who", "status"), [("ann", 201), ("mia", 201), ("col", 403), ("bob", 404)])
def test_who_may_make_a_subject(archive, wire, who: str, status: int) -> None:
    assert wire(who).put("/data/projects/P/subjects/NEW").status_code == status


def test_a_protected_project_shows_itself_but_nothing_in_it(archive, ann, wire) -> None:
    ann.put("/data/projects/P/accessibility/protected")
    bob = wire("bob")
    assert bob.get("/data/projects/P").status_code == 200
    assert bob.text("/data/projects/P/accessibility") == "protected"
    assert [bob.get("/data/projects/P/subjects").status_code, bob.put("/data/projects/P/subjects/S").status_code] == [403, 403]
    assert bob.get("/data/projects/P/subjects/S").status_code == 404


def test_a_locked_subject_is_changed_by_nobody_until_it_is_unlocked(ann) -> None:
    path = "/data/projects/P/subjects/S"
    assert ann.put(path, _lock="true").status_code == 200
    assert ann.put(path, gender="male").status_code == 403
    assert ann.rows(f"{path}/status")[0]["status"] == "locked"
    assert ann.put(path, _unlock="true", gender="male").status_code == 200


def test_what_was_done_is_told_with_the_reason_that_was_given(ann) -> None:
    ann.put("/data/projects/P/subjects/S", gender="male", event_reason="because")
    events = ann.get("/data/projects/P/subjects/S/history").json()["events"]
    assert (events[0]["event_user"], events[0]["event_reason"], events[0]["event_action"]) == ("ann", "because", "changed")


def test_people_join_and_leave_a_project(archive, ann, wire) -> None:
    assert ann.put("/data/projects/P/users/Members/bob").status_code == 200
    assert wire("bob").get("/data/projects/P/subjects/S").status_code == 200
    assert next(row["GROUP_ID"] for row in ann.rows("/data/projects/P/users") if row["login"] == "bob") == "P_member"
    assert ann.delete("/data/projects/P/users/P_member/bob").status_code == 200
    assert wire("bob").get("/data/projects/P/subjects/S").status_code == 404
    assert wire("mia").put("/data/projects/P/users/Owners/bob").status_code == 403


def test_a_stranger_is_invited_by_address_and_joins_by_accepting(archive, ann, wire) -> None:
    assert ann.put("/data/projects/P/users/member/bob@example.org").status_code == 200  # has an account: joins at once
    assert ann.put("/data/projects/P/users/member/new@example.org").status_code == 200
    archive.with_user("new")
    (invitation,) = wire("new").rows("/data/pars")
    assert wire("mia").put(f"/data/pars/{invitation['par_id']}", accept="true").status_code == 403
    assert wire("new").put(f"/data/pars/{invitation['par_id']}", accept="true").status_code == 200
    assert wire("new").get("/data/projects/P/subjects/S").status_code == 200
    assert wire("new").put(f"/data/pars/{invitation['par_id']}", accept="true").status_code == 409


def test_configuration_is_kept_in_versions_for_site_and_project(archive, ann, wire) -> None:
    path = "/data/projects/P/config/tool/a/b"
    assert ann.call("PUT", path, body="one").status_code == 201
    assert ann.call("PUT", path, body="two").status_code == 200
    assert (ann.text(path, contents="true"), ann.rows(path, version="1")[0]["contents"]) == ("two", "one")
    assert ann.put(path, status="disabled").status_code == 200
    assert ann.rows(path)[0]["status"] == "disabled"
    assert ann.put(path, status="odd").status_code == 400
    assert [wire(who).call("PUT", path, body="x").status_code for who in ("mia", "bob")] == [403, 404]
    assert ann.get("/data/projects/P/config/tool/none").status_code == 404
    assert ann.get("/data/projects/P/config/tool/none", **{"accept-not-found": "true"}).status_code == 204


def test_custom_fields_keep_any_json_value(ann) -> None:
    path = "/xapi/custom-fields/projects/P/subjects/S/fields"
    assert ann.call("PUT", path, body='{"a": 1.0, "b": [null, "x"]}', content_type="application/json").json() == {"a": 1.0, "b": [None, "x"]}
    assert ann.get(path, fieldNames="b,unknown").json() == {"b": [None, "x"]}
    assert ann.delete(f"{path}/a").json() == {"b": [None, "x"]}
    assert ann.delete(f"{path}/a").status_code == 404
