"""Surveys of DICOM resources: `/xapi/resources/survey`. For owners of the project and administrators."""
from __future__ import annotations

import csv
import io
from datetime import date, datetime, time
from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone

from scanhouse.errors import Invalid, NotFound
from scanhouse.records import surveys
from scanhouse.records.models import OPEN_SURVEYS, Project, Survey, SurveyState

from .. import envelopes, levels, surveyed
from ..dialect import Call
from ..routes import Routes
from ..survey_names import newest_of, numbered, numbers, project, resource

routes = Routes()


# Surveys of a project


@routes.post("resources/survey/project/{project}", exact=True)
def request(call: Call) -> HttpResponseBase:
    """Survey all DICOM resources, or those that changed `since` a day."""
    return envelopes.json(surveys.request(project(call), since=_since(call), by=call.actor))


@routes.get("resources/survey/project/{project}", exact=True)
def open_ones(call: Call) -> HttpResponseBase:
    return _listed(surveys.of_project(project(call), by=call.actor, states=OPEN_SURVEYS))


@routes.delete("resources/survey/project/{project}", exact=True)
def cancel_project(call: Call) -> HttpResponseBase:
    found = surveys.of_project(project(call), by=call.actor, states=OPEN_SURVEYS).select_related("project")
    return envelopes.json(surveys.cancel(found, by=call.actor))


@routes.get("resources/survey/project/{project}/{status}", exact=True)
def with_status(call: Call) -> HttpResponseBase:
    """Those in one state, or `all`."""
    status = call.name("status").upper()
    if status == "ALL":
        return _listed(surveys.of_project(project(call), by=call.actor))
    if status not in SurveyState.values:
        raise Invalid(f"{status[:50]!r} is no status of a survey. It is one of all, {', '.join(SurveyState.values)}.")
    return _listed(surveys.of_project(project(call), by=call.actor, states=[status]))


@routes.get("resources/survey/project/{project}/status", exact=True)
def states_of_project(call: Call) -> HttpResponseBase:
    """The state of the newest survey of each resource."""
    return envelopes.json({survey.about["resource"]: survey.state for survey in surveys.of_project(project(call), by=call.actor)})


@routes.get("resources/survey/project/{project}/report", exact=True)
def reports_of_project(call: Call) -> HttpResponseBase:
    found = surveys.of_project(project(call), by=call.actor, states=OPEN_SURVEYS).filter(found_totals__isnull=False)
    return envelopes.json({survey.about["resource"]: surveyed.survey_report(survey) for survey in found})


@routes.get("resources/survey/project/{project}/report/summary", exact=True)
def summary_of_project(call: Call) -> HttpResponseBase:
    return envelopes.json(surveyed.summaries(_all(call, project(call)))[0])


@routes.get("resources/survey/report/summary", exact=True)
def summaries(call: Call) -> HttpResponseBase:
    """Totals of the project `projectId`, or of all."""
    return envelopes.json(surveyed.summaries(_all(call, _named(call))))


@routes.get("resources/survey/report/download", exact=True)
def download(call: Call) -> HttpResponseBase:
    """The surveys of the project `projectId`, or of all, as a table."""
    lines = [surveyed.line(survey) for survey in _all(call, _named(call))]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: envelopes.csv_cell(cell) for name, cell in one.items()} for one in lines)
    response = envelopes.text(out.getvalue(), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = 'attachment; filename="surveys.csv"'
    return response


# Surveys of a resource


@routes.post("resources/survey/resource/{resource}", exact=True)
def request_one(call: Call) -> HttpResponseBase:
    return envelopes.json(surveys.request_one(resource(call, call.name("resource")), by=call.actor))


@routes.get("resources/survey/resource/{resource}", exact=True)
def newest(call: Call) -> HttpResponseBase:
    return envelopes.json(surveyed.model(newest_of(call, call.name("resource"))))


@routes.delete("resources/survey/resource/{resource}", exact=True)
def cancel_one(call: Call) -> HttpResponseBase:
    survey = newest_of(call, call.name("resource"))
    surveys.cancel([survey], by=call.actor)
    return envelopes.json(survey.key)


@routes.delete("resources/survey/resource", exact=True)
def cancel_several(call: Call) -> HttpResponseBase:
    """The surveys of the resources whose numbers are sent; none where one of them has none."""
    found = [newest_of(call, ref) for ref in numbers(call)]
    surveys.cancel(found, by=call.actor)
    return envelopes.json({survey.about["resource"]: survey.key for survey in found})


@routes.get("resources/survey/resource/{resource}/status", exact=True)
def state_of_resource(call: Call) -> HttpResponseBase:
    return envelopes.json(newest_of(call, call.name("resource")).state)


@routes.post("resources/survey/resource", "resources/survey/resource/status", exact=True)
def states_of_resources(call: Call) -> HttpResponseBase:
    """The state of the newest survey of each resource whose number is sent; those that have none are left out."""
    found = [surveys.of_resource(resource(call, ref), by=call.actor).first() for ref in numbers(call)]
    return envelopes.json({survey.about["resource"]: survey.state for survey in found if survey is not None})


@routes.get("resources/survey/resource/{resource}/report", exact=True)
def report_of_resource(call: Call) -> HttpResponseBase:
    return _report(newest_of(call, call.name("resource")))


@routes.delete("resources/survey/resource/{resource}/report", exact=True)
def clean_resource(call: Call) -> HttpResponseBase:
    for survey in surveys.of_resource(resource(call, call.name("resource")), by=call.actor):
        surveys.clean(survey, by=call.actor, reason=call.get("reason"))
    return envelopes.nothing()


# Surveys by their own numbers


@routes.get("resources/survey/request/{request}", exact=True)
def show(call: Call) -> HttpResponseBase:
    return envelopes.json(surveyed.model(numbered(call, call.name("request"))))


@routes.delete("resources/survey/request/{request}", exact=True)
def cancel(call: Call) -> HttpResponseBase:
    survey = numbered(call, call.name("request"))
    surveys.cancel([survey], by=call.actor)
    return envelopes.json(survey.key)


@routes.delete("resources/survey/request", exact=True)
def cancel_those(call: Call) -> HttpResponseBase:
    """Those whose numbers are sent; none where one of them is not there."""
    return envelopes.json(surveys.cancel([numbered(call, ref) for ref in numbers(call)], by=call.actor))


@routes.get("resources/survey/request/{request}/status", exact=True)
def state(call: Call) -> HttpResponseBase:
    return envelopes.json(numbered(call, call.name("request")).state)


@routes.get("resources/survey/request/{request}/report", exact=True)
def report(call: Call) -> HttpResponseBase:
    return _report(numbered(call, call.name("request")))


@routes.delete("resources/survey/request/{request}/report", exact=True)
def clean(call: Call) -> HttpResponseBase:
    surveys.clean(numbered(call, call.name("request")), by=call.actor, reason=call.get("reason"))
    return envelopes.nothing()


def _since(call: Call) -> datetime | None:
    if not (text := call.get("since").strip()):
        return None
    try:
        return timezone.make_aware(datetime.combine(date.fromisoformat(text), time.min))
    except ValueError:
        raise Invalid("since is a day: YYYY-MM-DD.") from None


def _named(call: Call) -> Project | None:
    ref = call.get("projectId")
    return project(call, ref) if ref else None


def _all(call: Call, one: Project | None) -> list[Survey]:
    """All surveys of a project, or of the site."""
    if one is None:
        levels.administrators(call)
    found = list(Survey.objects.order_by("project", "key") if one is None else surveys.of_project(one, by=call.actor))
    if not found:
        raise NotFound("Nothing has been surveyed here.")
    return found


def _listed(found: Any) -> HttpResponseBase:
    return envelopes.json([surveyed.model(survey) for survey in found])


def _report(survey: Survey) -> HttpResponseBase:
    found = surveyed.survey_report(survey)
    if found is None:
        raise NotFound(f"Survey {survey.key} has no report yet: it is {survey.state}.")
    return envelopes.json(found)
