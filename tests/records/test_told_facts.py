"""Facts that callers tell: what could not be told again is refused."""
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest

from scanhouse.access.actors import SYSTEM
from scanhouse.errors import Invalid
from scanhouse.records import files, resources, workflows
from scanhouse.records.models import File, Resource
from scanhouse.xnat import catalogs
from tests.builders import Archive, an_archive, keep, put_file

pytestmark = pytest.mark.django_db
WORK: dict[str, Any] = {"pipeline_name": "p", "status": "Queued", "data_type": "xnat:mrSessionData"}


@pytest.fixture
def archive() -> Archive:
    return an_archive().with_project("P").with_session("E").with_file("a")


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
def test_a_time_beyond_the_calendar_of_utc_is_refused(archive: Archive, moment: str) -> None:
    item = archive.session().id
    for told in (moment, datetime.fromisoformat(moment)):
        with pytest.raises(Invalid, match="9999"):
            workflows.put(item, launch_time=told, **WORK, by=SYSTEM)
    with pytest.raises(Invalid):
        workflows.of(SYSTEM, item, launch_time=moment)


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+12:00", "0001-01-01 12:00:00-12:00"])
def test_a_time_at_its_ends_is_read_again(archive: Archive, moment: str) -> None:
    made, _ = workflows.put(archive.session().id, launch_time=moment, **WORK, by=SYSTEM)
    assert workflows.find(SYSTEM, made.pk).launch_time == datetime.fromisoformat(moment).astimezone(UTC)
    assert not workflows.put(archive.session().id, launch_time=datetime.fromisoformat(moment), **WORK, by=SYSTEM)[1]


@pytest.mark.parametrize("text", ["a\x01b", "\x00", "\ufffe", "\ud800"])
@pytest.mark.parametrize("name", ["content", "format", "description", "tags"])
def test_facts_of_files_and_resources_are_text_that_a_document_can_hold(archive: Archive, name: str, text: str) -> None:
    resource, facts = archive.resource(), {name: [text] if name == "tags" else text}
    with pytest.raises(Invalid, match=name):
        files.put(resource, keep(b"b", "b", **facts), by=SYSTEM)
    with pytest.raises(Invalid, match=name):
        files.put(resource, keep(b"b", "a", **facts), overwrite=True, by=SYSTEM)
    with pytest.raises(Invalid, match=name):
        files.change(files.find(resource, "a"), **facts, by=SYSTEM)
    with pytest.raises(Invalid, match=name):
        resources.change(resource, **facts, by=SYSTEM)
    with pytest.raises(Invalid, match=name):
        resources.create(archive.session(), "R", **facts, by=SYSTEM)


@pytest.mark.parametrize("text", ["two\nlines\tand \u00fc \U0001f600", "<&\"'>"])
def test_all_other_text_is_kept(archive: Archive, text: str) -> None:
    put_file(archive.resource(), "b", description=text, tags=[text])
    assert files.find(archive.resource(), "b").description == text
    assert resources.change(archive.resource(), description=text, note=text, by=SYSTEM).note == text
    ElementTree.fromstring(catalogs.document([archive.resource()]))


def test_a_catalog_of_files_that_were_stored_otherwise_is_xml_all_the_same(archive: Archive) -> None:
    File.objects.update(description="a\x01b", content="\x0c", tags=["c\x1fd"])
    Resource.objects.update(uid="1.2\x02")
    document = catalogs.document([archive.resource()])
    assert {"ab", "cd"} <= {word for one in ElementTree.fromstring(document).iter() for word in (one.get("description"), one.text)}
