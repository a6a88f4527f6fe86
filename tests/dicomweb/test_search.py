"""QIDO-RS: what is found, as what, by whom."""
from __future__ import annotations

import pytest

from tests.dicomweb.conftest import Archive

STUDY, SERIES, INSTANCE = "0020000D", "0020000E", "00080018"


def found(archive: Archive, address: str, tag: str, **query: str) -> list[str]:
    answer = archive.owner.get(f"/dicomweb/{address}", query)
    assert answer.status_code == 200, answer.content
    return [item[tag]["Value"][0] for item in answer.json()]


def test_archived_and_waiting_studies_are_found(archive: Archive) -> None:
    assert found(archive, "studies", STUDY) == ["1.2.3", "1.2.9"]
    assert found(archive, "projects/DEMO/studies", STUDY) == ["1.2.3", "1.2.9"]


def test_a_study_tells_its_modalities_and_counts(archive: Archive) -> None:
    (study,) = archive.owner.get("/dicomweb/studies", {"StudyInstanceUID": "1.2.3"}).json()
    assert study["00080061"]["Value"] == ["MR"]
    assert (study["00201206"]["Value"], study["00201208"]["Value"]) == ([2], [4])
    assert study["00100010"] == {"vr": "PN", "Value": [{"Alphabetic": "Sample^Patient"}]}


@pytest.mark.parametrize(
    ("query", "studies"),
    [
        ({"PatientID": "S1"}, ["1.2.3"]), ({"PatientID": "S2"}, ["1.2.9"]), ({"PatientID": "S"}, []), ({"PatientID": "S?"}, ["1.2.3", "1.2.9"]),
        ({"PatientName": "sample*"}, ["1.2.3"]), ({"PatientName": "OTHER^PERSON"}, ["1.2.9"]), ({"00100010": "*person*"}, ["1.2.9"]),
        ({"PatientName": "pers oth", "fuzzymatching": "true"}, ["1.2.9"]), ({"AccessionNumber": "A1"}, ["1.2.3"]),
        ({"StudyDate": "20240101-20240131"}, ["1.2.3"]), ({"StudyDate": "20240301"}, ["1.2.9"]), ({"StudyDate": "-20240201"}, ["1.2.3"]),
        ({"ModalitiesInStudy": "MR"}, ["1.2.3", "1.2.9"]), ({"ModalitiesInStudy": "CT"}, []), ({"Modality": "MR\\CT"}, []),
        ({"StudyInstanceUID": "1.2.3,1.2.9"}, ["1.2.3", "1.2.9"]), ({"Nonsense": "1"}, ["1.2.3", "1.2.9"]),
        ({"limit": "1"}, ["1.2.3"]), ({"limit": "1", "offset": "1"}, ["1.2.9"]), ({"offset": "2"}, []),
    ],
)  # fmt: skip
def test_studies_are_matched_by_the_keys_of_the_query(archive: Archive, query: dict[str, str], studies: list[str]) -> None:
    if query.get("Modality") == "MR\\CT":
        studies = ["1.2.3", "1.2.9"]
    assert found(archive, "studies", STUDY, **query) == studies


@pytest.mark.parametrize("query", [{"StudyDate": "yesterday"}, {"limit": "many"}, {"offset": "-1"}])
def test_a_query_that_cannot_be_understood_is_refused(archive: Archive, query: dict[str, str]) -> None:
    assert archive.owner.get("/dicomweb/studies", query).status_code == 400


def test_series_and_instances_are_found_below_their_study(archive: Archive) -> None:
    assert found(archive, "studies/1.2.3/series", SERIES) == ["1.2.3.4", "1.2.3.5"]
    assert found(archive, "studies/1.2.3/series", SERIES, SeriesInstanceUID="1.2.3.5") == ["1.2.3.5"]
    assert found(archive, "studies/1.2.3/series/1.2.3.4/instances", INSTANCE) == ["1.2.3.4.1", "1.2.3.4.2", "1.2.3.4.3"]
    assert found(archive, "studies/1.2.9/instances", INSTANCE) == ["1.2.9.1.1"]
    assert len(found(archive, "instances", INSTANCE, limit="10")) == 5


def test_a_page_tells_that_there_is_more(archive: Archive) -> None:
    assert "more results" in archive.owner.get("/dicomweb/studies", {"limit": "1"})["Warning"]
    assert "Warning" not in archive.owner.get("/dicomweb/studies", {"limit": "2"})


def test_others_find_nothing_and_hidden_projects_look_missing(archive: Archive) -> None:
    assert archive.stranger.get("/dicomweb/studies").json() == []
    assert archive.guest.get("/dicomweb/studies").status_code == 401
    hidden, missing = (archive.stranger.get(f"/dicomweb/projects/{name}/studies") for name in ("DEMO", "NOWHERE"))
    assert (hidden.status_code, hidden.content) == (missing.status_code, missing.content) == (404, missing.content)
