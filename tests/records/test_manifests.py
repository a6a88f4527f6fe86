"""After each change a manifest in the store holds the rows of what changed."""
from __future__ import annotations

import pytest

from scanhouse.access.actors import SYSTEM
from scanhouse.records import experiments, files, manifests, projects, resources
from scanhouse.records.bytes import store
from scanhouse.records.models import Experiment, Manifest, ManifestDue, ManifestKind
from scanhouse.storage import manifests as stored_manifests
from tests.builders import an_archive, put_file

pytestmark = pytest.mark.django_db


def newest(experiment: Experiment) -> stored_manifests.Manifest:
    manifests.sweep()
    experiment.refresh_from_db()
    return manifests.read(experiment.manifest)


def test_a_manifest_has_everything_of_a_session_but_what_its_files_tell_again() -> None:
    archive = an_archive().with_project("P").with_session("E", scans=2, date="2024-01-31").with_file("1.dcm", b"bytes")
    session = archive.session()
    told = newest(session).rows
    assert {table: len(rows) for table, rows in told.items()} == {
        "records_experiment": 1, "records_experimentshare": 0, "records_scan": 2, "records_scanshare": 0, "records_reconstruction": 0,
        "records_resource": 1, "records_file": 1}
    assert (told["records_experiment"][0]["id"], told["records_experiment"][0]["date"]) == (session.id, "2024-01-31")
    file = told["records_file"][0]
    assert (file["path"], store().read(file["object"])) == ("1.dcm", b"bytes")


def test_subjects_and_projects_with_their_people_have_manifests_too() -> None:
    archive = an_archive().with_project("P", values={"PI/firstname": "Ada", "PI/lastname": "L"}).with_subject("S").with_user("ann", owner="P")
    manifests.sweep()
    project, subject = (Manifest.objects.get(kind=kind) for kind in (ManifestKind.PROJECT, ManifestKind.SUBJECT))
    assert manifests.read(subject.object).rows["records_subject"][0]["label"] == "S"
    told = manifests.read(project.object)
    assert (told.session, len(told.rows["access_group"])) == ("project:P", 3)
    assert len(told.rows["records_project_pi"]) == len(told.rows["records_investigator"]) == 1
    assert archive.project().id == "P"


def test_each_manifest_names_the_one_before_it() -> None:
    session = an_archive().with_project("P").with_session("E").session()
    first, key = newest(session), session.manifest
    experiments.rename(session, "F", by=SYSTEM)
    second = newest(session)
    assert (first.predecessor, second.predecessor) == (None, key)
    assert [version.object for version in manifests.versions(session)] == [session.manifest, key]


def test_many_changes_cost_one_manifest_and_none_a_second_one() -> None:
    archive = an_archive().with_project("P").with_session("E")
    for number in range(20):
        put_file(archive.resource(), str(number))
    session = archive.session()
    assert len(newest(session).rows["records_file"]) == 20
    assert manifests.versions(session).count() == 1
    assert not ManifestDue.objects.exists()
    assert manifests.sweep() == 0


def test_a_change_that_comes_while_a_manifest_is_written_gets_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = an_archive().with_project("P").with_session("E")
    session, real = archive.session(), stored_manifests.write

    def slow(*arguments: object) -> str:
        monkeypatch.undo()
        experiments.change(session, {"note": "late"}, by=SYSTEM)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(stored_manifests, "write", slow)
    manifests.write(ManifestKind.EXPERIMENT, session.id)
    assert ManifestDue.objects.filter(thing=session.id).exists()
    assert newest(session).rows["records_experiment"][0]["doc"] == {"note": "late"}


def test_with_its_thing_a_manifest_is_given_up() -> None:
    archive = an_archive().with_project("P").with_session("E")
    newest(archive.session())
    projects.delete(archive.project(), by=SYSTEM)
    manifests.sweep()
    assert not Manifest.objects.exists() and not ManifestDue.objects.exists()


def test_the_files_of_an_assessor_are_in_its_own_manifest() -> None:
    archive = an_archive().with_project("P").with_session("E").with_assessor("QC")
    put_file(resources.create(archive.assessor("QC"), "R", by=SYSTEM), "a")
    assert newest(archive.session()).rows["records_file"] == []
    assert len(newest(archive.assessor("QC")).rows["records_file"]) == 1
    assert files.find(resources.find(SYSTEM, archive.assessor("QC"), "R"), "a").path == "a"
