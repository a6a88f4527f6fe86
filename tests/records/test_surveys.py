"""Surveys of DICOM resources and their mitigation: who may, what is found, what is done, and that no byte is lost."""
from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from scanhouse.access import groups
from scanhouse.access.actors import SYSTEM
from scanhouse.dicom.facts import facts
from scanhouse.dicom.identity import file_name
from scanhouse.errors import Forbidden, Invalid, NotFound
from scanhouse.records import bytes as stored
from scanhouse.records import files, mending, preferences, projects, resources, states, surveys
from scanhouse.records.models import File, Resource, SetAside, Survey, SurveyState
from tests.builders import Archive, an_archive, put_file
from tests.ingest.objects import instance

pytestmark = pytest.mark.django_db


@pytest.fixture
def archive() -> Archive:
    return an_archive().with_project("P").with_session("E", scans=1).with_user("ann", owner="P").with_user("bob", member="P").with_user("eve")


@pytest.fixture
def resource(archive: Archive) -> Resource:
    return archive.resource(archive.scan())


def right_name(data: bytes) -> str:
    return file_name(facts(data, size=len(data)).text)


def surveyed(archive: Archive, login: str = "ann") -> Survey:
    (key,) = surveys.request(archive.project(), by=archive.actor(login))
    surveys.look(key=key)
    return Survey.objects.get(key=key)


def mended(survey: Survey, archive: Archive, login: str = "ann") -> Survey:
    mending.request(survey, by=archive.actor(login))
    mending.mend(key=survey.key)
    return Survey.objects.get(key=survey.key)


def paths(resource: Resource) -> set[str]:
    return set(File.objects.filter(resource=resource).values_list("path", flat=True))


def test_a_wrongly_named_file_is_found_and_renamed_and_keeps_its_bytes(archive: Archive, resource: Resource) -> None:
    data = instance()
    file = put_file(resource, "0.dcm", data)
    survey = surveyed(archive)
    assert (survey.state, survey.found["mismatched"]) == (SurveyState.DIVERGENT, {"0.dcm": right_name(data)})
    survey = mended(survey, archive)
    assert (survey.state, survey.done["moved"]) == (SurveyState.CONFORMING, {"0.dcm": right_name(data)})
    file.refresh_from_db()
    assert (file.path, stored.store().read(file.object)) == (right_name(data), data)
    assert surveyed(archive).state == SurveyState.CONFORMING


def test_the_template_of_the_site_says_which_names_are_right(archive: Archive, resource: Resource) -> None:
    preferences.change({"dicomFileNameTemplate": "${PatientID}-${EchoTime}-${InstanceNumber}"}, by=SYSTEM)
    put_file(resource, "S1-5-1.dcm", instance(EchoTime="5"))
    assert surveyed(archive).state == SurveyState.CONFORMING


def test_the_bytes_of_a_removed_duplicate_are_kept_with_the_survey(archive: Archive, resource: Resource) -> None:
    old, new = instance(uid="1.9"), instance(uid="1.9", SeriesDescription="other")
    put_file(resource, "0.dcm", old)
    put_file(resource, right_name(new), new)
    survey = mended(surveyed(archive), archive)
    assert (survey.done["removed"], survey.done["retained"], paths(resource)) == (["0.dcm"], [right_name(new)], {right_name(new)})
    aside = SetAside.objects.get(survey=survey)
    assert (aside.path, stored.store().read(aside.object)) == ("0.dcm", old)
    assert stored.needed([aside.object]) == {aside.object}


def test_what_was_set_aside_goes_with_its_project(archive: Archive, resource: Resource) -> None:
    put_file(resource, "0.dcm", instance(uid="1.9"))
    put_file(resource, "1.dcm", instance(uid="1.9"))
    put_file(resource, "2.dcm", instance(uid="1.9", SeriesDescription="other"))
    mended(surveyed(archive), archive)
    objects = set(SetAside.objects.values_list("object", flat=True))
    projects.delete(archive.project(), by=SYSTEM)
    assert not Survey.objects.exists()
    assert objects <= {key for job in ProcrastinateJob.objects.filter(task_name=stored.discard.name) for key in job.args["keys"]}


def test_a_file_that_is_no_dicom_is_told_and_left(archive: Archive, resource: Resource) -> None:
    put_file(resource, "cat.jpg", b"\xff\xd8 a cat")
    survey = surveyed(archive)
    assert (survey.state, survey.found["bad"]) == (SurveyState.DIVERGENT, ["cat.jpg"])
    assert mended(survey, archive).state == SurveyState.CONFORMING
    assert paths(resource) == {"cat.jpg"}


def test_instances_that_only_a_person_can_sort_out_are_noncompliant(archive: Archive, resource: Resource) -> None:
    for number in (1, 2):
        data = instance(uid="1.9", number=number)
        put_file(resource, right_name(data), data)
    survey = surveyed(archive)
    assert survey.state == SurveyState.NONCOMPLIANT
    with pytest.raises(mending.NotDivergent):
        mending.request(survey, by=archive.actor("ann"))


def test_a_file_that_changed_after_the_survey_is_left_and_told(archive: Archive, resource: Resource) -> None:
    put_file(resource, "0.dcm", instance())
    survey = surveyed(archive)
    put_file(resource, "0.dcm", instance(number=2))
    survey = mended(survey, archive)
    assert (survey.state, paths(resource)) == (SurveyState.ERROR, {"0.dcm"})
    assert "changed" in survey.done["errors"]["0.dcm"][1]


def test_resources_of_scans_that_hold_dicom_are_surveyed_and_no_others(archive: Archive, resource: Resource) -> None:
    resources.create(archive.scan(), "secondary", format="DICOM", by=SYSTEM)
    resources.create(archive.scan(), "NIFTI", format="NIFTI", by=SYSTEM)
    resources.create(archive.session(), "DICOM", by=SYSTEM)
    keys = surveys.request(archive.project(), by=SYSTEM)
    assert {survey.about["label"] for survey in Survey.objects.filter(key__in=keys)} == {"DICOM", "secondary"}
    with pytest.raises(Invalid):
        surveys.request_one(archive.resource(archive.session()), by=SYSTEM)


def test_what_did_not_change_since_a_moment_is_left_out(archive: Archive, resource: Resource) -> None:
    put_file(resource, "0.dcm", instance())
    Resource.objects.update(modified_at=timezone.now() - timedelta(days=9))
    File.objects.update(modified_at=timezone.now() - timedelta(days=2))
    assert surveys.request(archive.project(), since=timezone.now() - timedelta(days=1), by=SYSTEM) == []
    assert len(surveys.request(archive.project(), since=timezone.now() - timedelta(days=3), by=SYSTEM)) == 1


def test_an_open_survey_is_not_repeated_until_it_is_cancelled(archive: Archive, resource: Resource) -> None:
    put_file(resource, "0.dcm", instance())
    survey = surveyed(archive)
    assert surveys.request(archive.project(), by=SYSTEM) == []
    with pytest.raises(surveys.SurveyOpen):
        surveys.request_one(resource, by=SYSTEM)
    assert surveys.cancel([Survey.objects.get(key=survey.key)], by=SYSTEM) == [survey.key]
    assert surveys.cancel([Survey.objects.get(key=survey.key)], by=SYSTEM) == []
    assert surveyed(archive).key != survey.key


def test_a_survey_that_is_cancelled_before_its_job_runs_stays_so(archive: Archive, resource: Resource) -> None:
    put_file(resource, "0.dcm", instance())
    (key,) = surveys.request(archive.project(), by=SYSTEM)
    surveys.cancel([Survey.objects.get(key=key)], by=SYSTEM)
    surveys.look(key=key)
    assert Survey.objects.get(key=key).state == SurveyState.CANCELED


def test_jobs_that_run_twice_change_nothing_the_second_time(archive: Archive, resource: Resource) -> None:
    put_file(resource, "0.dcm", instance())
    survey = mended(surveyed(archive), archive)
    surveys.look(key=survey.key)
    mending.mend(key=survey.key)
    again = Survey.objects.get(key=survey.key)
    assert (again.state, again.done, again.closed_at) == (survey.state, survey.done, survey.closed_at)


def test_a_survey_that_a_killed_worker_began_is_finished_by_the_next(archive: Archive, resource: Resource) -> None:
    put_file(resource, "0.dcm", instance())
    (key,) = surveys.request(archive.project(), by=SYSTEM)
    Survey.objects.update(state=SurveyState.SURVEYING)
    surveys.look(key=key)
    assert Survey.objects.get(key=key).state == SurveyState.DIVERGENT


def test_the_survey_of_a_deleted_resource_says_so(archive: Archive, resource: Resource) -> None:
    put_file(resource, "0.dcm", instance())
    survey = surveyed(archive)
    resources.delete(resource, by=SYSTEM)
    assert mended(Survey.objects.get(key=survey.key), archive).state == SurveyState.RESOURCE_DELETED


def test_bytes_that_are_gone_end_a_survey_with_an_error(archive: Archive, resource: Resource) -> None:
    file = put_file(resource, "0.dcm", instance())
    stored.store().delete(file.object)
    survey = surveyed(archive)
    assert survey.state == SurveyState.ERROR
    assert survey.message


def test_a_cleaned_report_keeps_its_totals_and_closes_an_open_survey(archive: Archive, resource: Resource) -> None:
    put_file(resource, "0.dcm", instance())
    survey = surveyed(archive)
    surveys.clean(survey, by=archive.actor("ann"))
    survey.refresh_from_db()
    assert (survey.state, survey.found, survey.found_totals["mismatched"]) == (SurveyState.CANCELED, None, 1)


def test_a_survey_that_has_ended_keeps_its_state_when_it_is_cleaned(archive: Archive, resource: Resource) -> None:
    put_file(resource, "0.dcm", instance())
    survey = mended(surveyed(archive), archive)
    surveys.clean(survey, by=SYSTEM)
    survey.refresh_from_db()
    assert (survey.state, survey.found, survey.done, survey.done_totals["moved"]) == (SurveyState.CONFORMING, None, None, 1)


def test_surveys_are_for_owners_and_administrators(archive: Archive, resource: Resource) -> None:
    put_file(resource, "0.dcm", instance())
    survey = surveyed(archive)
    bob = archive.actor("bob")
    for deed in (lambda: surveys.request(archive.project(), by=bob), lambda: surveys.of_project(archive.project(), by=bob),
                 lambda: mending.request(survey, by=bob), lambda: surveys.cancel([survey], by=bob),
                 lambda: surveys.clean(survey, by=bob), lambda: surveys.find(survey.key, by=bob)):  # fmt: skip
        with pytest.raises(Forbidden):
            deed()
    with pytest.raises(NotFound):
        surveys.find(survey.key, by=archive.actor("eve"))


def test_who_is_no_owner_any_more_when_the_job_runs_changes_nothing(archive: Archive, resource: Resource) -> None:
    put_file(resource, "0.dcm", instance())
    survey = surveyed(archive)
    mending.request(survey, by=archive.actor("ann"))
    groups.remove("P", "owners", "ann", by=SYSTEM)
    mending.mend(key=survey.key)
    survey.refresh_from_db()
    assert (survey.state, paths(resource)) == (SurveyState.ERROR, {"0.dcm"})


def test_files_of_a_locked_session_are_not_renamed(archive: Archive, resource: Resource) -> None:
    put_file(resource, "0.dcm", instance())
    survey = surveyed(archive)
    states.set_status(archive.session(), states.LOCKED, by=SYSTEM)
    survey = mended(survey, archive)
    assert (survey.state, paths(resource)) == (SurveyState.ERROR, {"0.dcm"})
    assert "locked" in survey.message.lower()
    assert files.find(resource, "0.dcm")
