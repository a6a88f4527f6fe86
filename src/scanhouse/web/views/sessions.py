"""An archived session: its facts, its scans with their pictures, its files, and all of it as a zip."""
from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from scanhouse.access import policy
from scanhouse.errors import NotFound
from scanhouse.records import assessors, downloads, experiments, files, resources, subjects, values
from scanhouse.records.models import Experiment, Project
from scanhouse.web import page, sending, viewer, words
from scanhouse.web.door import door
from scanhouse.web.listings import scans
from scanhouse.web.views import places
from scanhouse.web.views.projects import confirm
from scanhouse.web.views.resources import rows as resource_rows

FACTS = (
    ("scanner/manufacturer", "Manufacturer"), ("scanner/model", "Scanner"), ("fieldStrength", "Field strength"), ("scanner", "Station"),
    ("acquisition_site", "Site"), ("age", "Age"), ("session_type", "Study"), ("study_id", "Study ID"), ("operator", "Operator"),
    ("note", "Note"),
)  # fmt: skip


def load(request: HttpRequest, project: str, session: str) -> tuple[Project, Experiment, str]:
    """The project of the address, the session in it, and what it is called there."""
    within = places.project(request, project)
    found = experiments.find(page.actor(request), session, project=within)
    return within, found, experiments.label_in(found, within)


@door("GET")
def session_page(request: HttpRequest, project: str, session: str) -> HttpResponseBase:
    within, found, label = load(request, project, session)
    actor = page.actor(request)
    listed = scans.of_session(actor, found, within.id, label)
    there = policy.visible(actor, resources.of(found))
    held = resource_rows(there)
    subject, subject_url = _subject(request, found, within)
    opens = viewer.address([found.study_uid], project=within.id, back=request.path) if any(scan.viewer_url for scan in listed) else ""
    return page.render(
        request, "session", section="projects", project={"id": within.id}, subject={"label": subject, "url": subject_url},
        session={"id": found.id, "label": label, "date": found.date, "kind": words.kind(found.element),
                 "modality": words.modality(found.element, str(found.doc.get("modality", "")))},
        facts=[*_facts(found), ("Accession ID", found.id)], scans=listed, viewer_url=opens, zip_url=reverse("session_zip", args=[within.id, label]),
        totals={"scans": len(listed), "images": sum(scan.images for scan in listed),
                "bytes": sum(scan.bytes for scan in listed) + sum(row["bytes"] for row in held)},
        assessors=[{"label": one.label, "kind": words.kind(one.element), "date": one.date} for one in policy.visible(actor, assessors.of(found))],
        resources=held, history=places.told(actor, found), may=places.may_to(actor, found, within),
        delete_url=reverse("session_delete", args=[within.id, label]), shared_from=found.project_id if found.project_id != within.id else "",
        trail=places.trail(within, *([(subject, subject_url)] if subject else []), (label, "")),
    )  # fmt: skip


@door("GET")
def session_zip(request: HttpRequest, project: str, session: str) -> HttpResponseBase:
    """All files of a session and its scans that the actor may read, in XNAT's layout."""
    _, found, label = load(request, project, session)
    there = policy.visible(page.actor(request), resources.beneath(found))
    return sending.send(request, downloads.archive(downloads.entries(files.listing(there)), downloads.Form.ZIP), f"{label}.zip")


@door("POST")
def delete(request: HttpRequest, project: str, session: str) -> HttpResponseBase:
    within, found, label = load(request, project, session)
    confirm(request, label)
    experiments.delete(found, within=within, by=page.actor(request))
    return page.go(reverse("project", args=[within.id]), f"Session {label} is deleted.")


def _subject(request: HttpRequest, session: Experiment, within: Project) -> tuple[str, str]:
    """Label and address of the subject as the project has it; empty where it is not to be seen."""
    if session.subject is None or not policy.allowed(page.actor(request), policy.Action.READ, session.subject):
        return "", ""
    label = subjects.label_in(session.subject, within)
    try:
        subjects.find(page.actor(request), label, project=within)
    except NotFound:  # the session is shared here without its subject
        return label, ""
    return label, reverse("subject", args=[within.id, label])


def _facts(session: Experiment) -> list[tuple[str, str]]:
    known = values.of(session)
    return [(name, _said(path, known[path])) for path, name in FACTS if known.get(path) not in (None, "")]


def _said(path: str, value: object) -> str:
    text = str(value)
    if path == "fieldStrength" and text.replace(".", "", 1).isdigit():
        return f"{float(text):g} T"
    if path == "age" and text.replace(".", "", 1).isdigit():
        return f"{float(text):g} years"
    return text
