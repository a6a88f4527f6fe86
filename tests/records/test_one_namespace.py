"""History and workflow records belong to one thing, whatever else has its ID."""
from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection

from scanhouse.access.actors import SYSTEM
from scanhouse.errors import NotFound
from scanhouse.records import experiments, history, projects, subjects, workflows
from scanhouse.records.errors import IdTaken, IllegalName
from scanhouse.records.models import History, Project, Workflow
from tests.builders import Archive, an_archive, put_file
from tests.xnat.conftest import Wire

pytestmark = pytest.mark.django_db(transaction=True)

FACTS = {"pipeline_name": "secret", "launch_time": "2024-01-01 00:00:00"}


@pytest.fixture
def archive() -> Archive:
    """A session of a project that eve does not see, with a workflow record, and a project of hers that has its ID: no such project can be
    made any more, but one may have been made before."""
    made = an_archive().with_project("P").with_user("ann", owner="P").with_user("eve").with_session("E", scans=1).with_file("a.txt")
    workflows.put(made.session().id, **FACTS, status="Running", data_type="xnat:mrSessionData", by=SYSTEM)
    return made


@pytest.fixture
def twin(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Project:
    session = archive.session().id
    project = projects.create("TWIN", by=archive.actor("eve"))
    projects.delete(project, by=SYSTEM)
    with monkeypatch.context() as patch:
        patch.setattr(projects, "check_project_id", lambda text: text)
        patch.setattr(projects, "Experiment", Project)
        twin = projects.create(session, by=archive.actor("eve"))
    put_file(archive.resource(twin, "docs"), "b.txt")
    return twin


def test_history_of_a_project_tells_nothing_of_a_session_with_its_id(archive: Archive, twin: Project) -> None:
    told = {(deed.kind, deed.action) for deed in history.of(twin)}
    assert ("xnat:projectData", "created") in told and ("xnat:mrSessionData", "created") not in told
    assert {deed.project for deed in history.of(twin)} == {twin.id}
    assert {deed.project for deed in history.of(archive.session())} == {"P"}
    seen = Wire("eve").text(f"/data/projects/{twin.id}/history")
    assert "created" in seen and "xnat:mrSessionData" not in seen and "a.txt" not in seen


def test_workflows_of_a_session_are_not_those_of_a_project_with_its_id(archive: Archive, twin: Project) -> None:
    eve, secret = archive.actor("eve"), Workflow.objects.get()
    assert not workflows.of(eve, twin.id).exists()
    with pytest.raises(NotFound):
        workflows.find(eve, secret.pk)
    hers, created = workflows.put(twin.id, **FACTS, status="Other", data_type="xnat:projectData", by=eve)
    assert created and hers.pk != secret.pk
    secret.refresh_from_db()
    assert secret.status == "Running"


def test_a_deleted_project_takes_no_workflows_of_a_session_with_its_id(archive: Archive, twin: Project) -> None:
    projects.delete(twin, by=archive.actor("eve"))
    assert workflows.latest(archive.actor("ann"), archive.session().id, "secret").status == "Running"


def test_a_search_for_workflows_asks_the_item_and_not_what_the_reporter_says(archive: Archive) -> None:
    """Whoever reports may write any external ID: it gives nobody the record to read."""
    mine = an_archive().with_project("M").with_user("max", owner="M")
    workflows.put(archive.subject().id, **FACTS, status="Running", data_type="xnat:subjectData", external_id="M", by=SYSTEM)
    document = (
        '<xdat:search xmlns:xdat="http://nrg.wustl.edu/security"><xdat:root_element_name>wrk:workflowData</xdat:root_element_name>'
        "<xdat:search_field><xdat:element_name>wrk:workflowData</xdat:element_name><xdat:field_ID>PIPELINE_NAME</xdat:field_ID>"
        "<xdat:sequence>0</xdat:sequence><xdat:type>string</xdat:type></xdat:search_field></xdat:search>"
    )
    assert mine.project().id == "M"
    for login, seen in (("max", False), ("ann", True)):
        answer = Wire(login).send_xml("POST", "/data/search", document, format="json")
        assert answer.status_code == 200 and (b"secret" in answer.content) is seen


def test_a_new_thing_does_not_tell_what_was_done_to_one_that_had_its_id(archive: Archive) -> None:
    first = subjects.create(archive.project(), "OLD", id="OTHER_S1", values={"group": "secret"}, by=SYSTEM)
    subjects.delete(first, by=SYSTEM)
    archive.with_project("Q")
    again = subjects.create(archive.project("Q"), "NEW", id="OTHER_S1", by=SYSTEM)
    assert [(deed.action, deed.project) for deed in history.of(again)] == [("created", "Q")]


@pytest.mark.parametrize("id", ["XNAT_E00001", "XNAT_S00099", "xnat_e7", "XNAT_S123456789"])
def test_no_new_project_has_an_id_of_the_form_of_accession_ids(archive: Archive, id: str) -> None:
    with pytest.raises(IllegalName, match="accession IDs"):
        projects.create(id, by=archive.actor("eve"))


@pytest.mark.parametrize("id", ["XNAT_E", "XNAT_EYES", "MY_E00001"])
def test_other_ids_of_projects_are_fine(archive: Archive, id: str) -> None:
    assert projects.create(id, by=archive.actor("eve")).id == id


def test_no_new_project_has_the_id_of_a_subject_or_an_experiment(archive: Archive) -> None:
    subjects.create(archive.project(), "S2", id="FAR_S00001", by=SYSTEM)
    experiments.create(archive.project(), archive.subject(), "E2", "xnat:mrSessionData", id="FAR_E00001", by=SYSTEM)
    for id in ("FAR_S00001", "FAR_E00001"):
        with pytest.raises(IdTaken):
            projects.create(id, by=archive.actor("eve"))
    assert Wire("eve").put(f"/data/projects/{archive.session().id}").status_code == 417


def test_what_was_written_before_is_told_apart_by_the_migration(archive: Archive, twin: Project) -> None:
    put_file(archive.resource(archive.subject(), "docs"), "c.txt")
    workflows.put(archive.subject().id, **FACTS, status="Running", data_type="xnat:subjectData", by=SYSTEM)
    history.note(SYSTEM, action="set", thing=None)
    deeds, works = set(History.objects.values_list("pk", "root")), set(Workflow.objects.values_list("pk", "kind"))
    assert {root for _, root in deeds} == {"", "project", "subject", "experiment"}
    History.objects.update(root="")
    Workflow.objects.update(kind="project")
    migration = import_module("scanhouse.records.migrations.0008_kinds_of_history_and_workflows")
    with connection.cursor() as cursor:
        cursor.execute(migration.HISTORY.replace("%", "%%"), [])
        cursor.execute(migration.WORKFLOWS)
    assert set(History.objects.values_list("pk", "root")) == deeds
    assert set(Workflow.objects.values_list("pk", "kind")) == works
