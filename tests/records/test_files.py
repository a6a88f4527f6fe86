"""Resources and their files: paths, duplicates, folders, counts, digests, and what becomes of the bytes."""
from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from scanhouse.access.actors import SYSTEM
from scanhouse.errors import Forbidden, Invalid, NotFound
from scanhouse.records import assessors, bytes, experiments, files, preferences, projects, resources
from scanhouse.records.errors import BytesGone, IllegalName, PathBlocked
from scanhouse.records.models import File, Instance, Resource
from scanhouse.records.resources import ResourceTaken
from scanhouse.storage.names import UnsafeName
from tests.builders import an_archive, keep, put_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def resource() -> Resource:
    return an_archive().with_project("P").with_session("E", scans=1).with_user("bob", member="P").resource(label="TEST")


def paths(resource: Resource) -> list[str]:
    return [file.path for file in files.listing([resource])]


def discarded() -> set[str]:
    return {key for job in ProcrastinateJob.objects.filter(task_name=bytes.discard.name) for key in job.args["keys"]}


def test_a_file_has_its_size_and_digests_from_the_stored_object(resource: Resource) -> None:
    file = put_file(resource, "a.txt", b"hello", content="TEXT", tags=["x"])
    assert (file.size, file.md5, file.crc32) == (5, "5d41402abc4b2a76b9719d911017c592", 0x3610A686)
    assert bytes.store().read(file.object) == b"hello"
    assert (file.content, file.tags) == ("TEXT", ["x"])


def test_counts_and_sizes_are_those_of_the_files_there(resource: Resource) -> None:
    empty = resources.create(resources.owner_of(resource), "EMPTY", by=SYSTEM)
    put_file(resource, "a", b"12345")
    put_file(resource, "b/c", b"123")
    assert resources.stats([resource, empty]) == {resource.pk: resources.Stats(2, 8), empty.pk: resources.Stats(0, 0)}
    files.remove(resource, "b", by=SYSTEM)
    assert resources.stats([resource])[resource.pk] == resources.Stats(1, 5)


def test_a_taken_path_is_reported_and_left_alone(resource: Resource) -> None:
    put_file(resource, "a", b"old")
    outcome = files.put_many(resource, [keep(b"new", "a"), keep(b"other", "b")], by=SYSTEM)
    assert (list(outcome.stored), outcome.duplicates) == (["b"], ["a"])
    assert bytes.store().read(files.find(resource, "a").object) == b"old"


def test_a_taken_path_is_replaced_when_asked_and_the_old_bytes_go_later(resource: Resource) -> None:
    old = put_file(resource, "a", b"old", content="KEEP")
    outcome = files.put(resource, keep(b"new", "a"), overwrite=True, by=SYSTEM)
    new = files.find(resource, "a")
    assert (outcome.stored, list(outcome.duplicates)) == ({"a": old.key}, [])
    assert (bytes.store().read(new.object), new.content) == (b"new", "KEEP")
    assert discarded() == {old.object}
    assert bytes.store().exists(old.object)


def test_what_was_derived_from_replaced_bytes_goes_with_them(resource: Resource) -> None:
    file = put_file(resource, "a", b"old")
    scan = resources.owner_of(resource).scans.get()
    Instance.objects.create(file=file, scan=scan, sop_instance_uid="1.2", sop_class_uid="1", transfer_syntax_uid="1")
    files.put(resource, keep(b"old", "a"), overwrite=True, by=SYSTEM)  # the same bytes
    assert Instance.objects.exists()
    files.put(resource, keep(b"new", "a"), overwrite=True, by=SYSTEM)
    assert not Instance.objects.exists()


@pytest.mark.parametrize("path", ["", "/", "../x", "a/../../x", "/etc/passwd", "a\\..\\b", "a\x00b", "C:\\x", "a/\n", "x" * 300])
def test_a_path_stays_inside_its_resource(resource: Resource, path: str) -> None:
    with pytest.raises((IllegalName, UnsafeName)):
        files.put(resource, keep(b"x", path), by=SYSTEM)
    assert not File.objects.exists()


def test_a_name_is_a_file_or_a_folder_but_not_both(resource: Resource) -> None:
    put_file(resource, "a/b", b"1")
    put_file(resource, "a.txt", b"1")  # sorts between a and a/b and is neither
    for blocked in ("a", "a/b/c"):
        with pytest.raises(PathBlocked):
            files.put(resource, keep(b"x", blocked), by=SYSTEM)
    with pytest.raises(PathBlocked):
        files.put_many(resource, [keep(b"x", "n"), keep(b"x", "n/m")], by=SYSTEM)


def test_a_row_never_names_an_object_that_the_store_does_not_have(resource: Resource) -> None:
    with pytest.raises(BytesGone):
        files.put(resource, files.NewFile("a", "0" * 64, 1, 0), by=SYSTEM)


def test_two_thousand_files_ask_the_database_no_more_often_than_two(resource: Resource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preferences, "FRESH", float("inf"))  # whether settings are looked at again would depend on the time it takes
    def asked(content: bytes, numbers: range) -> int:
        one = keep(content)
        many = [files.NewFile(f"DICOM/{n:05}.dcm", one.object, one.size, one.crc32, one.md5) for n in numbers]
        with CaptureQueriesContext(connection) as queries:
            files.put_many(resource, many, overwrite=True, by=SYSTEM)
        return len(queries)

    few, lot = range(2), range(2, 2002)
    assert asked(b"first", few) >= asked(b"first", lot)
    assert asked(b"second", few) >= asked(b"second", lot)
    assert File.objects.filter(resource=resource, object=keep(b"second").object).count() == 2002


def test_a_folder_is_listed_deep_or_flat(resource: Resource) -> None:
    for path in ("1.dcm", "sub/2.dcm", "sub/folder/3.dcm", "subway/4.dcm", "sub.txt"):
        put_file(resource, path)
    assert [file.path for file in files.below(resource, "sub/")] == ["sub/2.dcm", "sub/folder/3.dcm"]
    assert [file.path for file in files.below(resource, "sub", deep=False)] == ["sub/2.dcm"]
    assert [file.path for file in files.below(resource, "", deep=False)] == ["1.dcm", "sub.txt"]
    assert [file.path for file in files.starting_with(resource, "sub")] == ["sub.txt", "sub/2.dcm", "sub/folder/3.dcm", "subway/4.dcm"]


def test_a_folder_is_removed_with_what_is_below_it_and_nothing_beside_it(resource: Resource) -> None:
    for path in ("1.dcm", "sub/2.dcm", "sub/folder/3.dcm", "subway/4.dcm", "sub.txt"):
        put_file(resource, path)
    assert files.remove(resource, "sub/", by=SYSTEM) == 2
    assert paths(resource) == ["1.dcm", "sub.txt", "subway/4.dcm"]
    assert files.remove(resource, "sub.txt", by=SYSTEM) == 1
    for missing in ("sub", "nothing", "/", ""):
        with pytest.raises(NotFound):
            files.remove(resource, missing, by=SYSTEM)


def test_files_are_filtered_by_content_and_format_their_own_or_their_resources(resource: Resource) -> None:
    for number, content in enumerate(("TEST1", "TEST1", "TEST2", ""), start=1):
        put_file(resource, f"{number}", content=content)
    assert [file.path for file in files.listing([resource], contents=["TEST1"])] == ["1", "2"]
    assert [file.path for file in files.listing([resource], contents=["TEST2", "NULL"])] == ["3", "4"]
    resources.change(resource, content="TEST2", by=SYSTEM)
    assert [file.path for file in files.listing([resource], contents=["TEST2"])] == ["3", "4"]


def test_members_put_files_but_do_not_remove_them(resource: Resource) -> None:
    from tests.builders import Archive

    bob = Archive().actor("bob")
    files.put(resource, keep(b"x", "a"), by=bob)
    with pytest.raises(Forbidden):
        files.remove(resource, "a", by=bob)
    with pytest.raises(Forbidden):
        resources.delete(resource, by=bob)


def test_a_renamed_file_keeps_its_bytes(resource: Resource) -> None:
    file, other = put_file(resource, "a", b"1"), put_file(resource, "b/c", b"2")
    files.rename(file, "b/a", by=SYSTEM)
    assert files.find(resource, "b/a").object == file.object
    for taken in ("b/c", "b", "b/c/d"):
        with pytest.raises(PathBlocked):
            files.rename(file, taken, by=SYSTEM)
    files.rename(other, "b/c/d", by=SYSTEM)  # its own former name may become a folder


# Resources


def test_a_resource_is_found_by_label_or_number_and_the_number_wins(resource: Resource) -> None:
    owner = resources.owner_of(resource)
    twin = resources.create(owner, str(resource.pk), by=SYSTEM)
    assert resources.find(SYSTEM, owner, "TEST") == resources.find(SYSTEM, owner, str(resource.pk)) == resource
    assert resources.by_key(SYSTEM, twin.pk) == twin
    with pytest.raises(NotFound):
        resources.find(SYSTEM, owner, "NONE")


def test_a_label_is_unique_on_its_owner(resource: Resource) -> None:
    owner = resources.owner_of(resource)
    with pytest.raises(ResourceTaken):
        resources.create(owner, "TEST", by=SYSTEM)
    assert resources.ensure(owner, "TEST", by=SYSTEM) == (resource, False)
    other = resources.create(owner, "OTHER", by=SYSTEM)
    with pytest.raises(ResourceTaken):
        resources.change(other, label="TEST", by=SYSTEM)
    resources.change(other, label="NEW", format="NIFTI", tags="a, b", by=SYSTEM)
    other.refresh_from_db()
    assert (other.label, other.format, other.tags) == ("NEW", "NIFTI", ["a", "b"])


@pytest.mark.parametrize("label", ["", "a/b", "..", "a,b", " a", "a*", "con"])
def test_a_label_of_a_resource_is_a_folder_name(resource: Resource, label: str) -> None:
    with pytest.raises(Invalid):
        resources.create(resources.owner_of(resource), label, by=SYSTEM)


def test_resources_of_assessors_are_in_or_out_and_out_unless_said() -> None:
    archive = an_archive().with_project("P").with_session("E").with_assessor("QC")
    made = resources.create(archive.assessor("QC"), "R", by=SYSTEM)
    given = resources.create(archive.assessor("QC"), "R", direction="in", by=SYSTEM)
    assert (made.direction, given.direction) == ("out", "in")
    with pytest.raises(Invalid):
        resources.create(archive.session(), "R", direction="in", by=SYSTEM)
    assert resources.find(SYSTEM, archive.assessor("QC"), "R", direction="in") == given


def test_everything_beneath_a_session_is_found_at_once() -> None:
    archive = an_archive().with_project("P").with_session("E", scans=1).with_assessor("QC")
    for owner in (archive.session(), archive.scan("1"), archive.assessor("QC"), archive.subject(), archive.project()):
        archive.resource(owner, "R")
    assert [resources.owner_of(one) for one in resources.beneath(archive.session())] == [archive.session(), archive.scan("1"), archive.assessor("QC")]


def test_a_file_is_found_without_naming_its_resource() -> None:
    archive = an_archive().with_project("P").with_session("E").with_file("a", b"1", resource="ONE").with_file("a", b"2", resource="TWO")
    assert files.find_anywhere(SYSTEM, archive.session(), "a").resource.label == "ONE"
    with pytest.raises(NotFound):
        files.find_anywhere(SYSTEM, archive.session(), "b")


@pytest.mark.parametrize("deletion", ["resource", "scan", "session", "subject", "project"])
def test_rows_go_first_and_bytes_are_left_to_a_job(deletion: str) -> None:
    from scanhouse.records import scans, subjects

    archive = an_archive().with_project("P").with_subject("S").with_session("E", scans=1)
    file = put_file(archive.resource(archive.scan("1")), "a", b"bytes of " + deletion.encode())
    deeds: dict[str, Any] = {
        "resource": lambda: resources.delete(file.resource, by=SYSTEM),
        "scan": lambda: scans.delete(archive.scan("1"), by=SYSTEM),
        "session": lambda: experiments.delete(archive.session(), by=SYSTEM),
        "subject": lambda: subjects.delete(archive.subject(), by=SYSTEM),
        "project": lambda: projects.delete(archive.project(), by=SYSTEM),
    }
    deeds[deletion]()
    assert not File.objects.exists()
    assert file.object in discarded()
    assert bytes.store().exists(file.object)


def test_a_project_can_keep_what_was_deleted_for_longer(resource: Resource) -> None:
    projects.change_settings(resources.owner_of(resource).project, {"keep_superseded": 24 * 365}, by=SYSTEM)
    resource = resources.by_key(SYSTEM, resource.pk)
    put_file(resource, "a")
    files.remove(resource, "a", by=SYSTEM)
    job = ProcrastinateJob.objects.filter(task_name=bytes.discard.name).latest("id")
    assert job.scheduled_at.timestamp() - time.time() > 360 * 86400


def test_assessor_lookups_do_not_reach_into_other_sessions() -> None:
    archive = an_archive().with_project("P").with_session("E").with_assessor("QC").with_session("F")
    with pytest.raises(NotFound):
        assessors.find(SYSTEM, archive.session("F"), "QC")
