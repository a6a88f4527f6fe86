"""xnatpy as it comes from PyPI: connect, make things, walk, set and read fields, disconnect."""
from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import xnat
from tests.house import House

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def session(house: House) -> Iterator[Any]:
    """A connection of xnatpy: it reads all schemas and makes classes of them."""
    with xnat.connect(house.url, user="admin", password=house.admin_password) as connected:
        yield connected


@pytest.fixture
def project(session: Any) -> Iterator[Any]:
    name = f"XP_{uuid.uuid4().hex[:8]}"
    session.classes.ProjectData(parent=session, id_=name, name=name)
    session.clearcache()
    yield session.projects[name]
    session.delete(f"/data/projects/{name}")  # xnatpy's own delete() then asks for lists of what it has just deleted
    session.clearcache()


def test_every_kind_of_data_has_a_class(session: Any) -> None:
    assert {"MrSessionData", "CtSessionData", "MrScanData", "QcManualAssessorData", "SubjectData"} <= set(dir(session.classes))


def test_what_is_made_is_found_by_walking(session: Any, project: Any) -> None:
    subject = session.classes.SubjectData(parent=project, label="S1")
    experiment = session.classes.MrSessionData(parent=subject, label="E1")
    session.classes.MrScanData(parent=experiment, id="3", type="T1")
    session.clearcache()

    assert [one.label for one in session.projects[project.id].subjects.values()] == ["S1"]
    walked = session.projects[project.id].subjects["S1"].experiments["E1"]
    assert walked.id == experiment.id
    assert walked.xpath == "xnat:mrSessionData"
    assert [scan.type for scan in walked.scans.values()] == ["T1"]


def test_fields_are_set_and_read(session: Any, project: Any) -> None:
    subject = session.classes.SubjectData(parent=project, label="S1")
    subject.demographics.gender = "female"
    subject.demographics.yob = 1970
    subject.fields["iq"] = "101"
    experiment = session.classes.MrSessionData(parent=subject, label="E1")
    experiment.date = "2024-02-29"
    experiment.note = "für später & <mehr>"
    session.clearcache()

    again = session.projects[project.id].subjects["S1"]
    assert (again.demographics.gender, again.demographics.yob, again.fields["iq"]) == ("female", 1970, "101")
    assert str(again.experiments["E1"].date) == "2024-02-29"
    assert again.experiments["E1"].note == "für später & <mehr>"


def test_a_project_tells_and_changes_what_it_is(session: Any, project: Any) -> None:
    project.description = "Of a journey"
    session.clearcache()
    assert session.projects[project.id].description == "Of a journey"
    assert session.get(f"/data/projects/{project.id}/accessibility").text == "private"


def test_what_is_deleted_is_gone(session: Any, project: Any) -> None:
    subject = session.classes.SubjectData(parent=project, label="S1")
    session.delete(f"/data/subjects/{subject.id}", query={"removeFiles": "true"})
    session.clearcache()
    assert list(session.projects[project.id].subjects.values()) == []


def test_after_disconnecting_the_session_is_over(house: House) -> None:
    with xnat.connect(house.url, user="admin", password=house.admin_password) as connected:
        cookie = connected.interface.cookies["JSESSIONID"]
    assert requests.get(f"{house.url}/data/auth", cookies={"JSESSIONID": cookie}, timeout=10).status_code == 401
