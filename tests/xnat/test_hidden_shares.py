"""Whoever sees a thing is not told that it is also in a project that is hidden from him, nor its label there."""
from __future__ import annotations

import pytest
from tests.builders import Archive, an_archive
from tests.xnat.conftest import Wire

from scanhouse.access import actors, groups
from scanhouse.access.actors import SYSTEM
from scanhouse.records import sharing

pytestmark = pytest.mark.django_db(transaction=True)

SECRETS = ("HIDDEN", "SECRET_S", "SECRET_E")
MR, SUBJECT, SCAN = "xnat:mrSessionData", "xnat:subjectData", "xnat:mrScanData"


@pytest.fixture
def archive() -> Archive:
    """S and E of P are also in OPEN, which bob sees, and in HIDDEN, which he does not."""
    made = an_archive().with_project("HIDDEN").with_project("OPEN", accessibility="public").with_project("P").with_subject("S")
    made.with_session("E", scans=1).shared("S", into="HIDDEN", as_="SECRET_S").shared("E", into="HIDDEN", as_="SECRET_E")
    return made.shared("S", into="OPEN", as_="OPEN_S").shared("E", into="OPEN", as_="OPEN_E").with_user("bob", collaborator="P")


def search(root: str, *fields: str, where: str = "") -> str:
    shown = "".join(
        f"<xdat:search_field><xdat:element_name>{root}</xdat:element_name><xdat:field_ID>{field}</xdat:field_ID><xdat:sequence>{number}"
        "</xdat:sequence><xdat:type>string</xdat:type></xdat:search_field>"
        for number, field in enumerate(fields)
    )  # fmt: skip
    return (
        f'<xdat:search xmlns:xdat="http://nrg.wustl.edu/security"><xdat:root_element_name>{root}</xdat:root_element_name>{shown}{where}'
        "</xdat:search>"
    )


def criterion(path: str, value: str) -> str:
    return (
        '<xdat:search_where method="AND"><xdat:criteria override_value_formatting="0">'
        f"<xdat:schema_field>{path}</xdat:schema_field><xdat:comparison_type>=</xdat:comparison_type><xdat:value>{value}</xdat:value>"
        "</xdat:criteria></xdat:search_where>"
    )


@pytest.mark.parametrize("format", ["xml", "json"])
def test_documents_tell_of_no_hidden_share(archive: Archive, format: str) -> None:
    for path in (f"/data/experiments/{archive.session().id}", f"/data/subjects/{archive.subject().id}"):
        text = Wire("bob").text(path, format=format)
        assert "OPEN_" in text and not [secret for secret in SECRETS if secret in text]


def test_who_sees_all_projects_is_told_of_all_shares(archive: Archive) -> None:
    archive.with_user("root", admin=True)
    for path in (f"/data/experiments/{archive.session().id}", f"/data/subjects/{archive.subject().id}"):
        assert "HIDDEN" in Wire("root").text(path, format="xml")


def test_history_tells_of_no_hidden_share(archive: Archive) -> None:
    sharing.unshare(archive.session(), out_of=archive.project("HIDDEN"), by=SYSTEM)
    for path in (f"/data/projects/P/experiments/{archive.session().id}/history", f"/data/services/audit/{MR}/{archive.session().id}",
                 f"/data/subjects/{archive.subject().id}/history"):  # fmt: skip
        text = Wire("bob").text(path)
        assert "sharing/OPEN" in text and "created" in text and not [secret for secret in SECRETS if secret in text]
    groups.add("HIDDEN", "members", "bob", by=SYSTEM)
    assert "sharing/HIDDEN" in Wire("bob").text(f"/data/subjects/{archive.subject().id}/history")


def test_history_of_what_came_from_a_hidden_project_does_not_name_it(archive: Archive) -> None:
    archive.with_project("FROM").with_subject("S9").with_project("TO")
    sharing.move(archive.subject("S9"), to=archive.project("TO"), by=SYSTEM)
    groups.add("TO", "collaborators", "bob", by=SYSTEM)
    text = Wire("bob").text(f"/data/subjects/{archive.subject('S9').id}/history")
    assert "moved" in text and '"TO"' in text and "FROM" not in text


@pytest.mark.parametrize(("root", "fields"), [
    (MR, ("PROJECTS",)), (SUBJECT, ("PROJECTS",)), (MR, ("MR_PROJECT_IDENTIFIER=HIDDEN",)), (SUBJECT, ("SUB_PROJECT_IDENTIFIER=HIDDEN",)),
])
def test_searches_tell_of_no_hidden_share(archive: Archive, root: str, fields: tuple[str, ...]) -> None:
    answer = Wire("bob").send_xml("POST", "/data/search", search(root, *fields), format="json")
    assert answer.status_code == 200, answer.content
    rows = answer.json()["ResultSet"]["Result"]
    assert rows and not [secret for secret in SECRETS for row in rows for value in row.values() if secret in value]


@pytest.mark.parametrize(("root", "column"), [(MR, "xnat_mrsessiondata/sharing/share/project"), (SUBJECT, "")])
def test_lists_tell_of_no_hidden_share(archive: Archive, root: str, column: str) -> None:
    kind = "experiments" if root == MR else "subjects"
    columns = f"ID,{root}/sharing/share/project,{root}/sharing/share/label"
    text = Wire("bob").text(f"/data/projects/P/{kind}", columns=columns, format="json")
    assert "OPEN_" in text and not [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize("root", [MR, SUBJECT, SCAN])
@pytest.mark.parametrize(("project", "found"), [("HIDDEN", 0), ("OPEN", 1)])
def test_nobody_finds_out_by_asking_what_is_shared_into_a_project(archive: Archive, root: str, project: str, found: int) -> None:
    where = criterion(f"{root}/sharing/share/project", project)
    field = {MR: "LABEL", SUBJECT: "SUBJECT_LABEL", SCAN: "TYPE"}[root]
    answer = Wire("bob").send_xml("POST", "/data/search", search(root, field, where=where), format="json")
    assert answer.status_code == 200, answer.content
    assert len(answer.json()["ResultSet"]["Result"]) == found


def test_what_is_shared_away_is_listed_for_those_who_see_the_other_project_too(archive: Archive) -> None:
    groups.add("HIDDEN", "collaborators", "bob", by=SYSTEM)
    assert [one.project.id for one in sharing.holdings(actors.load("bob"), archive.session())] == ["P", "HIDDEN", "OPEN"]
    assert "SECRET_E" in Wire("bob").text(f"/data/experiments/{archive.session().id}", format="xml")
