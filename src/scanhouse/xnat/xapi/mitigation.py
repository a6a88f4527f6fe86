"""What surveys found is mended: `/xapi/resources/mitigate`. For owners of the project and administrators."""
from __future__ import annotations

import csv
import io

from django.http.response import HttpResponseBase

from scanhouse.errors import Conflict, Forbidden, Invalid, NotFound
from scanhouse.records import mending, surveys
from scanhouse.records.models import Survey

from .. import envelopes, surveyed
from ..dialect import MAX_BODY, Call
from ..routes import Routes
from ..survey_names import MOST, newest_of, numbered, numbers, project

routes = Routes()

RESOURCE = ("resourceid", "resource_id", "resource id")
"""How the column of resources may be called in a table; without one of them it is the first."""


@routes.post("resources/mitigate/project/{project}", exact=True)
def everything(call: Call) -> HttpResponseBase:
    """All that is divergent in a project."""
    return envelopes.json(mending.request_all(project(call), by=call.actor, reason=call.get("reason"), comment=call.get("comment")))


@routes.get("resources/mitigate/project/{project}/report", exact=True)
def reports(call: Call) -> HttpResponseBase:
    found = surveys.of_project(project(call), by=call.actor).filter(done_totals__isnull=False)
    return envelopes.json([surveyed.mitigation_report(survey) for survey in found])


@routes.post("resources/mitigate/request/{request}", exact=True)
def request(call: Call) -> HttpResponseBase:
    return envelopes.json(_queue(call, numbered(call, call.name("request"))))


@routes.get("resources/mitigate/request/{request}/report", exact=True)
def report(call: Call) -> HttpResponseBase:
    return _report(numbered(call, call.name("request")))


@routes.post("resources/mitigate/resource/{resource}", exact=True)
def resource(call: Call) -> HttpResponseBase:
    return envelopes.json(_queue(call, newest_of(call, call.name("resource"))))


@routes.get("resources/mitigate/resource/{resource}/report", exact=True)
def report_of_resource(call: Call) -> HttpResponseBase:
    return _report(newest_of(call, call.name("resource")))


@routes.post("resources/mitigate/resources", exact=True)
def several(call: Call) -> HttpResponseBase:
    """The resources whose numbers are sent."""
    return _each(call, numbers(call))


@routes.post("resources/mitigate/resources/csv", exact=True)
def listed(call: Call) -> HttpResponseBase:
    """The resources of a table that is sent as a file, such as the one of `survey/report/download`."""
    if not call.files:
        raise Invalid("Send a table (CSV) of resources as the file uploadFile.")
    data = call.files[0].read(MAX_BODY)
    try:
        rows = [row for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))) if any(cell.strip() for cell in row)]
    except (UnicodeDecodeError, csv.Error):
        raise Invalid("The table of resources is no CSV in UTF-8.") from None
    head = [cell.strip().lower() for cell in rows[0]] if rows else []
    at = next((at for at, name in enumerate(head) if name in RESOURCE), 0)
    body = rows if head and head[at].isdigit() else rows[1:]
    refs = list(dict.fromkeys(row[at].strip() for row in body if len(row) > at))
    if not refs or len(refs) > MOST:
        raise Invalid(f"The table names {len(refs)} resources; it may be 1 to {MOST}.")
    return _each(call, refs)


def _each(call: Call, refs: list[str]) -> HttpResponseBase:
    """Surveys that are queued now; resources without a divergent survey, and those that are not for the caller."""
    told: dict[str, list[int | str]] = {"queued": [], "invalid": [], "forbidden": []}
    for ref in refs:
        try:
            told["queued"].append(_queue(call, newest_of(call, ref)))
        except (NotFound, Conflict, Invalid):
            told["invalid"].append(int(ref) if ref.isascii() and ref.isdigit() else ref[:50])
        except Forbidden:
            told["forbidden"].append(int(ref))
    return envelopes.json({name: found for name, found in told.items() if found})


def _queue(call: Call, survey: Survey) -> int:
    return mending.request(survey, by=call.actor, reason=call.get("reason"), comment=call.get("comment")).key


def _report(survey: Survey) -> HttpResponseBase:
    found = surveyed.mitigation_report(survey)
    if found is None:
        raise NotFound(f"Survey {survey.key} has not been mitigated: it is {survey.state}.")
    return envelopes.json(found)
