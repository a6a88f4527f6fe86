"""Workflow records: what clients say of work on an item."""
from __future__ import annotations

import pytest

from scanhouse.access.actors import SYSTEM
from scanhouse.errors import Forbidden, Invalid, NotFound
from scanhouse.records import workflows
from tests.builders import Archive, an_archive

pytestmark = pytest.mark.django_db

FACTS = {"pipeline_name": "xnat_tools/AutoRun.xml", "launch_time": "2013-05-20 13:51:25.089"}


@pytest.fixture
def archive() -> Archive:
    return an_archive().with_project("P").with_session("E").with_user("bob", member="P").with_user("cleo", collaborator="P").with_user("eve")


def test_a_record_is_changed_by_naming_item_pipeline_and_time_again(archive: Archive) -> None:
    item = archive.session().id
    first, created = workflows.put(item, **FACTS, data_type="xnat:mrSessionData", status="Queued", by=archive.actor("bob"))
    again, created_again = workflows.put(item, **FACTS, status="Complete", by=archive.actor("bob"))
    assert (created, created_again, first.pk, again.status) == (True, False, again.pk, "Complete")
    assert workflows.latest(SYSTEM, item, FACTS["pipeline_name"]) == again
    assert workflows.find(SYSTEM, again.pk).data_type == "xnat:mrSessionData"


@pytest.mark.parametrize("missing", ["pipeline_name", "launch_time", "status", "data_type"])
def test_a_new_record_needs_all_of_its_facts(archive: Archive, missing: str) -> None:
    facts = {**FACTS, "status": "Queued", "data_type": "xnat:mrSessionData", missing: ""}
    with pytest.raises(Invalid):
        workflows.put(archive.session().id, **facts, by=SYSTEM)


def test_only_those_who_may_edit_the_item_report_on_it(archive: Archive) -> None:
    facts = {**FACTS, "status": "Queued", "data_type": "xnat:mrSessionData"}
    with pytest.raises(Forbidden):
        workflows.put(archive.session().id, **facts, by=archive.actor("cleo"))
    with pytest.raises(NotFound):
        workflows.put(archive.session().id, **facts, by=archive.actor("eve"))


def test_there_may_be_none(archive: Archive) -> None:
    with pytest.raises(NotFound):
        workflows.latest(SYSTEM, archive.session().id, "Transferred")
