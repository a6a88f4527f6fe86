"""Surveys of DICOM resources and their mitigation: find files whose names differ from the site's template, files that are no DICOM, and
several files of one instance; show it to a data manager; then rename and remove.

Surveying reads and changes nothing; `mending` does. Both are for owners of the project and administrators.
"""
from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from pydicom.datadict import tag_for_keyword

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.dicom.facts import read_facts
from scanhouse.dicom.identity import file_name, template_keywords
from scanhouse.errors import Conflict, Invalid, ScanhouseError
from scanhouse.jobs.queue import task
from scanhouse.storage.store import ObjectStore

from . import bytes as stored
from . import findings, history, naming, preferences, resources
from . import survey_steps as steps
from .layouts import archive_folder
from .models import OPEN_SURVEYS, File, Project, Resource, Scan, Survey, SurveyState

BATCH = 1000
"""Surveys that one statement makes."""


class SurveyOpen(Conflict):
    """The resource has a survey that has not ended."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        super().__init__(f"Survey {survey.key} of this resource is open ({survey.state}). Mitigate it or cancel it first.")


def of_project(project: Project, *, by: Actor, states: Iterable[str] | None = None) -> QuerySet[Survey]:
    """The surveys of a project, the oldest first; `states` limits them."""
    policy.require(by, Action.MANAGE, project)
    found = Survey.objects.filter(project=project).order_by("key")
    return found if states is None else found.filter(state__in=list(states))


def find(key: int, *, by: Actor) -> Survey:
    """A survey by its number. Raises NotFound for missing and hidden alike, Forbidden to who may see the project only."""
    found = policy.find(by, Survey.objects.select_related("project").filter(key=key))
    policy.require(by, Action.MANAGE, found.project)
    return found


def of_resource(resource: Resource, *, by: Actor) -> QuerySet[Survey]:
    """The surveys of a resource, the newest first."""
    policy.require(by, Action.MANAGE, _project(resource))
    return Survey.objects.select_related("project").filter(resource=resource).order_by("-key")


@transaction.atomic
def request(project: Project, *, since: datetime | None = None, by: Actor) -> list[int]:
    """Have the DICOM resources of all scans of a project surveyed, those that changed since a moment; answers the new surveys.

    A resource whose survey is open is left out.
    """
    policy.require(by, Action.MANAGE, project)
    naming.lock(f"surveys:{project.id}")
    opened = Survey.objects.filter(resource=OuterRef("pk"), state__in=OPEN_SURVEYS)
    found = Resource.objects.filter(~Exists(opened), Q(format__iexact="DICOM") | Q(label="DICOM"), scan__session__project=project)
    if since is not None:
        newer = File.objects.filter(resource=OuterRef("pk"), modified_at__gte=since)
        found = found.filter(Q(modified_at__gte=since) | Exists(newer))
    return _request(project, found.select_related(*resources.WITH_OWNERS).order_by("key"), by)


@transaction.atomic
def request_one(resource: Resource, *, by: Actor) -> int:
    """Have one resource of a scan surveyed. Raises SurveyOpen."""
    project = _project(resource)
    policy.require(by, Action.MANAGE, project)
    naming.lock(f"surveys:{project.id}")
    if (found := Survey.objects.filter(resource=resource, state__in=OPEN_SURVEYS).first()) is not None:
        raise SurveyOpen(found)
    return _request(project, [resource], by)[0]


def _request(project: Project, wanted: Iterable[Resource], by: Actor) -> list[int]:
    now = timezone.now()
    rows = [Survey(project=project, resource=one, about=_about(one), requester=by.login, requested_at=now) for one in wanted]
    keys = [survey.key for survey in Survey.objects.bulk_create(rows, batch_size=BATCH)]
    look.defer_many([{"key": key} for key in keys])
    return keys


def _about(resource: Resource) -> dict[str, Any]:
    scan = resource.scan
    assert scan is not None  # `_project` has seen to it
    session, subject = scan.session, scan.session.subject
    return {
        "resource": resource.key, "label": resource.label, "folder": archive_folder(resource), "scan": scan.key, "scan_id": scan.id,
        "description": scan.series_description, "experiment": session.id, "experiment_label": session.label, "element": session.element,
        "subject": subject.id if subject else "", "subject_label": subject.label if subject else "",
    }  # fmt: skip


def _project(resource: Resource) -> Project:
    owner = resources.owner_of(resource)
    if not isinstance(owner, Scan):
        raise Invalid("Only resources of scans are surveyed.")
    return owner.session.project


@task(queue="index")
def look(key: int) -> None:
    """Survey a resource: read the header of each of its files. What is cancelled meanwhile stays so."""
    survey = steps.begin(key, SurveyState.QUEUED_FOR_SURVEY, SurveyState.SURVEYING)
    if survey is None or survey.resource is None:
        return
    try:
        found = findings.survey(_entries(survey.resource))
    except ScanhouseError as error:
        steps.end(key, SurveyState.SURVEYING, SurveyState.ERROR, message=str(error))
        return
    numbers = findings.totals(found)
    # A file that is no DICOM cannot be mended, yet XNAT asks a person to look at it before it closes the survey.
    if numbers["bad"] or numbers["mismatched"] or numbers["duplicates"]:
        state = SurveyState.DIVERGENT
    else:
        state = SurveyState.NONCOMPLIANT if numbers["non_actionable"] else SurveyState.CONFORMING
    steps.end(key, SurveyState.SURVEYING, state, found=found, found_totals=numbers)


def _entries(resource: Resource) -> Iterable[findings.Entry]:
    template, store = preferences.get("dicomFileNameTemplate"), stored.store()
    extra = tuple(sorted(tag for keyword in template_keywords(template) if (tag := tag_for_keyword(keyword)) is not None))
    for path, key in File.objects.filter(resource=resource).order_by("path").values_list("path", "object").iterator(BATCH):
        yield _entry(path, key, store, template, extra)


def _entry(path: str, key: str, store: ObjectStore, template: str, extra: tuple[int, ...]) -> findings.Entry:
    try:
        facts = read_facts(store.path(key), extra=extra)
    except Invalid:
        return findings.Entry(path, key)
    values = {**facts.text, "SOPClassUID": facts.sop_class_uid}
    return findings.Entry(path, key, facts.sop_class_uid, facts.sop_instance_uid, file_name(values, template))


@transaction.atomic
def cancel(wanted: Iterable[Survey], *, by: Actor) -> list[int]:
    """Close surveys that are open; answers those that were."""
    keys = []
    for one in wanted:
        policy.require(by, Action.MANAGE, one.project)
        survey = steps.locked(one.key)
        if survey is not None and survey.state in OPEN_SURVEYS:
            steps.close(survey, SurveyState.CANCELED)
            keys.append(survey.key)
    return keys


@transaction.atomic
def clean(survey: Survey, *, by: Actor, reason: str = "") -> None:
    """Remove names and UIDs from the reports of a survey, which may tell of patients; totals stay. An open survey is cancelled: without
    its report nothing can be mended. What was set aside is kept."""
    policy.require(by, Action.MANAGE, survey.project)
    found = steps.locked(survey.key)
    if found is None:
        return
    found.found = found.done = None
    if found.state in OPEN_SURVEYS:
        steps.close(found, SurveyState.CANCELED)
    found.save()
    history.note(by, action="cleaned survey report", thing=found, reason=reason, project=found.project_id)
