"""Two who want the same thing at once: whoever comes second, to what has just been deleted, is told that it is not there."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scanhouse.access.actors import SYSTEM
from scanhouse.errors import Busy, NotFound
from scanhouse.records import assessors, custom_fields, experiments, files, held, projects, reconstructions, resources, scans, subjects
from scanhouse.records.models import File, Resource
from tests.at_once import meanwhile
from tests.builders import Archive, an_archive, keep

pytestmark = pytest.mark.django_db(transaction=True)
Deed = Callable[[], Any]
MR = "xnat:mrSessionData"


def fresh() -> Archive:
    """A project of its own each time."""
    made = an_archive().with_project().with_subject("S").with_session("E", scans=1)
    reconstructions.create(made.session(), "R", by=SYSTEM)
    return made.with_file("a", on=made.scan())


def told(deed: Deed) -> Any:
    """What a deed answers or raises."""
    try:
        return deed()
    except Exception as error:  # the test looks at it
        return error


def deeds(archive: Archive) -> dict[str, dict[str, Deed]]:
    """What can be done to each thing."""
    project, subject, session, scan = archive.project(), archive.subject(), archive.session(), archive.scan()
    made, resource, by = session.reconstructions.get(), archive.resource(archive.scan()), {"by": SYSTEM}
    new = keep(b"new", "new")
    return {
        "project": {
            "delete": lambda: projects.delete(project, **by),
            "change": lambda: projects.change(project, {"name": "N"}, **by),
            "settings": lambda: projects.change_settings(project, {"scan_type_mapping": False}, **by),
            "code": lambda: projects.set_prearchive_code(project, 4, **by),
            "fields": lambda: custom_fields.put(project, {"a": 1}, **by),
            "add a subject": lambda: subjects.create(project, "S2", **by),
            "put a subject": lambda: subjects.put(project, "S2", **by),
            "add a resource": lambda: resources.create(project, "X", **by),
            "add a session": lambda: experiments.create(project, subject, "E2", MR, **by),
            "put a file": lambda: files.put(resource, new, **by),
        },
        "subject": {
            "delete": lambda: subjects.delete(subject, **by),
            "change": lambda: subjects.change(subject, {"group": "g"}, **by),
            "rename": lambda: subjects.rename(subject, "S3", **by),
            "fields": lambda: custom_fields.put(subject, {"a": 1}, **by),
            "add a session": lambda: experiments.create(project, subject, "E2", MR, **by),
            "add a resource": lambda: resources.create(subject, "X", **by),
            "put a file": lambda: files.put(resource, new, **by),
        },
        "session": {
            "delete": lambda: experiments.delete(session, **by),
            "change": lambda: experiments.change(session, {"note": "n", "scans/scan": [{"ID": "7"}]}, **by),
            "rename": lambda: experiments.rename(session, "E3", **by),
            "fields": lambda: custom_fields.put(session, {"a": 1}, **by),
            "add a scan": lambda: scans.create(session, "9", **by),
            "add a reconstruction": lambda: reconstructions.create(session, "R2", **by),
            "add an assessor": lambda: assessors.create(session, "A2", "xnat:qcManualAssessorData", **by),
            "add a resource": lambda: resources.create(session, "X", **by),
            "put a file": lambda: files.put(resource, new, **by),
        },
        "scan": {
            "delete": lambda: scans.delete(scan, **by),
            "change": lambda: scans.change(scan, {"type": "T"}, **by),
            "rename": lambda: scans.rename(scan, "8", **by),
            "add a resource": lambda: resources.create(scan, "X", **by),
            "put a file": lambda: files.put(resource, new, **by),
        },
        "reconstruction": {
            "delete": lambda: reconstructions.delete(made, **by),
            "change": lambda: reconstructions.change(made, {"type": "T"}, **by),
            "add a resource": lambda: resources.create(made, "X", **by),
        },
        "resource": {
            "delete": lambda: resources.delete(resource, **by),
            "change": lambda: resources.change(resource, note="n", **by),
            "rename": lambda: resources.change(resource, label="Y", **by),
            "put a file": lambda: files.put(resource, new, **by),
            "rename a file": lambda: files.rename(File.objects.get(resource=resource), "b", **by),
            "change a file": lambda: files.change(File.objects.get(resource=resource), content="c", **by),
        },
    }  # fmt: skip


@pytest.mark.parametrize("thing", ["project", "subject", "session", "scan", "reconstruction", "resource"])
def test_to_what_is_being_deleted_nothing_can_be_done(thing: str) -> None:
    for name in deeds(fresh())[thing]:
        mine = deeds(fresh())[thing]
        error = meanwhile(mine["delete"], mine[name])
        assert isinstance(error, NotFound), (name, error)


@pytest.mark.parametrize("thing", ["project", "subject", "session", "scan", "reconstruction", "resource"])
def test_what_is_being_added_to_is_deleted_with_what_was_added(thing: str) -> None:
    for name in deeds(fresh())[thing].keys() - {"delete"}:
        mine = deeds(fresh())[thing]
        assert meanwhile(mine[name], mine["delete"]) is None, name
        assert isinstance(told(mine["delete"]), NotFound), name


def test_what_hangs_on_nothing_any_more_is_told_of_and_nothing_is_removed() -> None:
    archive = fresh()
    resource = archive.resource(archive.scan())
    with pytest.raises(Busy, match="once more"), held.removing("Resource DICOM"):
        Resource.objects.filter(pk=resource.pk)._raw_delete("default")
    assert Resource.objects.filter(pk=resource.pk).exists()
