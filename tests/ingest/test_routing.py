"""Where an object goes: XNAT's classic routing, case by case."""
from __future__ import annotations

import pytest

from scanhouse.ingest.routing import BadExpression, Given, Route, Rules, expressions, route

PROJECTS = {"demo": "DEMO", "other": "OTHER"}


def named(name: str) -> str | None:
    return PROJECTS.get(name.lower())


@pytest.mark.parametrize(
    ("expression", "text", "value"),
    [
        (r"(0008,0050):^[0-9]{4}(.*):1 t:9 r:ABC", {"AccessionNumber": "12349x9"}, "ABCxABC"),
        (r"(0010,0010):Sample.*?([\w]+)", {"PatientName": "Sample Patient"}, "Patient"),
        (r"(0008,0020):(.*)", {"StudyDate": "20240102"}, "20240102"),
        (r"(0008,1030):\s*(\w+)", {"StudyDescription": "a b"}, ""),
        (r"(0008,1030):Project:(\w+)\s*Subject:(\w+)\s*Session:(\w+):2", {"StudyDescription": "Project:P Subject:S Session:X"}, "S"),
        (r"(0010,0020):(.*):1 t:$ r:_MR", {"PatientID": "S7"}, "S7_MR"),
        (r"(0010,0020):(.*)", {}, ""),
        (r"(F215,1050):(.*)", {"F2151050": "x" * 100}, "x" * 64),
    ],
)
def test_an_expression_takes_its_group_from_a_value_that_matches_as_a_whole(expression: str, text: dict[str, str], value: str) -> None:
    (parsed,) = expressions(expression)
    assert parsed.value(text) == value


def test_an_expression_that_would_take_for_ever_matches_nothing_and_is_named_without_the_value(caplog: pytest.LogCaptureFixture) -> None:
    (parsed,) = expressions(r"(0008,1030):((?:\w+\s?)+)_study:1")
    assert parsed.value({"StudyDescription": "a" * 60 + "!"}) == ""
    assert r"((?:\w+\s?)+)_study" in caplog.text and "aaa" not in caplog.text
    assert parsed.value({"StudyDescription": "one two_study"}) == "one two"


@pytest.mark.parametrize("line", ["no tag", "(0010,0010)", "(0010,0010):(", "(0010,0010):abc", "(0010,0010):(a):2", "(0010,zzzz):(a)"])
def test_an_expression_that_cannot_be_understood_is_shown_with_its_problem(line: str) -> None:
    with pytest.raises(BadExpression, match="Failed to parse routing expression"):
        expressions(line)


def test_without_rules_study_description_names_the_project_and_patient_name_and_id_the_labels() -> None:
    text = {"StudyDescription": "demo", "PatientName": "Sample^Patient", "PatientID": "Sample ID", "StudyInstanceUID": "1.2"}
    assert route(text, named) == Route("DEMO", "Sample_Patient", "Sample_ID", None)


def test_the_accession_number_names_the_project_when_the_description_names_none() -> None:
    assert route({"StudyDescription": "Brain", "AccessionNumber": "OTHER"}, named).project == "OTHER"


def test_an_object_that_names_no_project_is_unassigned_and_keeps_its_labels() -> None:
    assert route({"PatientID": "7", "StudyInstanceUID": "1.2"}, named) == Route(None, "", "7", None)


@pytest.mark.parametrize("keyword", ["PatientComments", "StudyComments", "AdditionalPatientHistory"])
def test_an_assignment_in_a_comment_comes_before_the_other_tags(keyword: str) -> None:
    text = {keyword: "project:OTHER; Subject:S1, session:X1 AA:true", "StudyDescription": "demo", "PatientID": "7"}
    assert route(text, named) == Route("OTHER", "S1", "X1", True)


def test_an_assignment_that_says_aa_false_asks_for_a_person() -> None:
    assert route({"PatientComments": "Project:demo AA:no"}, named).auto_archive is False


def test_receiver_rules_come_before_site_rules_and_fall_through_when_they_do_not_match() -> None:
    receiver = Rules(subject=expressions("(0010,0010):Nobody(.*)"), session=expressions("(0008,0020):(.*)"))
    site = Rules(project=expressions("(0014,0046):(.*)\n(0018,1030):(\\w+).*"), subject=expressions("(0010,0040):(.*)"))
    text = {"PatientName": "A", "PatientSex": "F", "StudyDate": "20240102", "ProtocolName": "other one", "PatientID": "7"}
    assert route(text, named, rules=[receiver, site]) == Route("OTHER", "F", "20240102", None)


def test_what_the_sender_asked_for_comes_before_everything_in_the_header() -> None:
    text = {"PatientComments": "Project:other Subject:S1 Session:X1 AA:true"}
    assert route(text, named, given=Given("DEMO", "S9", "X9", False)) == Route("DEMO", "S9", "X9", False)
    assert route(text, named, given=Given(unassigned=True)).project is None
