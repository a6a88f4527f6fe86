"""A subject: its facts, its sessions, its files."""
from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from scanhouse.access import policy
from scanhouse.records import resources, subjects, values
from scanhouse.records.models import Subject
from scanhouse.web import page, words
from scanhouse.web.door import door
from scanhouse.web.listings import sessions
from scanhouse.web.views import places
from scanhouse.web.views.projects import confirm
from scanhouse.web.views.resources import rows as resource_rows

FACTS = (
    ("demographics/gender", "Sex"), ("demographics/yob", "Year of birth"), ("demographics/dob", "Date of birth"), ("demographics/age", "Age"),
    ("demographics/handedness", "Handedness"), ("group", "Group"), ("src", "Source"), ("initials", "Initials"),
)  # fmt: skip


@door("GET")
def subject_page(request: HttpRequest, project: str, subject: str) -> HttpResponseBase:
    within, actor = places.project(request, project), page.actor(request)
    found = subjects.find(actor, subject, project=within)
    label = subjects.label_in(found, within)
    there = policy.visible(actor, resources.of(found))
    return page.render(
        request, "subject", section="projects", project={"id": within.id}, subject={"id": found.id, "label": label}, facts=_facts(found),
        sessions=sessions.of_subject(actor, found, within), resources=resource_rows(there), history=places.told(actor, found),
        may=places.may_to(actor, found, within), delete_url=reverse("subject_delete", args=[within.id, label]),
        trail=places.trail(within, (label, "")), shared_from=found.project_id if found.project_id != within.id else "",
    )  # fmt: skip


@door("POST")
def delete(request: HttpRequest, project: str, subject: str) -> HttpResponseBase:
    within, by = places.project(request, project), page.actor(request)
    found = subjects.find(by, subject, project=within)
    label = subjects.label_in(found, within)
    confirm(request, label)
    subjects.delete(found, within=within, by=by)
    return page.go(reverse("project_subjects", args=[within.id]), f"Subject {label} is deleted.")


def _facts(subject: Subject) -> list[tuple[str, str]]:
    known = values.of(subject)
    facts = [(name, str(known[path])) for path, name in FACTS if known.get(path) not in (None, "")]
    return [(name, words.SEXES.get(value.lower(), value) if name == "Sex" else value) for name, value in facts]
