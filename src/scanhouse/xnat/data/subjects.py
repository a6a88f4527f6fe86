"""Subjects (xnat-data-api 2.3)."""
from __future__ import annotations

from django.http.response import HttpResponseBase

from scanhouse.access.policy import Action
from scanhouse.errors import Conflict, Invalid
from scanhouse.records import identifiers, subjects
from scanhouse.records.models import Project, Subject
from scanhouse.search.listing import Where

from .. import addresses, bodies, columns, contents, documents, envelopes, owners, statuses
from ..bodies import Sent
from ..dialect import Call
from ..routes import Routes

routes = Routes()
ELEMENT = subjects.ELEMENT
VIEW = columns.View(ELEMENT, "Matching subjects", ("ID", "project", "label", "insert_date", "insert_user"))


@routes.get("<subjects>")
def listing(call: Call) -> HttpResponseBase:
    project = owners.context(call, Action.ENTER)
    return columns.answer(call, VIEW, Where(project=project.id if project else None))


@routes.get("<subject>")
def show(call: Call) -> HttpResponseBase:
    subject = owners.subject(call)
    return documents.item(call, ELEMENT, contents.of_subject(call.actor, subject), changed=subject.modified_at)


@routes.get("<subject>/status")
def status(call: Call) -> HttpResponseBase:
    return statuses.show(call, owners.subject(call))


@routes.post("<subjects>")
def add(call: Call) -> HttpResponseBase:
    """A new subject of a document or form; its address is the answer. Without a label it goes by its ID."""
    sent = bodies.read(call, ELEMENT, default=ELEMENT)
    project = owners.receiver(call, sent)
    id = "" if sent.text("label") else identifiers.next_subject_id()
    made = subjects.create(project, sent.text("label") or id, values=sent.values, id=id or None, by=call.actor, reason=call.why)
    location = f"{call.site}{addresses.within(project, made)}"
    return envelopes.text(location, location=location)


@routes.put("<subject>")
def put(call: Call) -> HttpResponseBase:
    """Create (201) or change (200); the answer is the accession ID."""
    sent = bodies.read(call, ELEMENT, default=ELEMENT)
    project = owners.context(call, Action.ENTER)
    existing = owners.present(lambda: owners.subject(call)) if project else owners.subject(call)
    if existing is not None:
        return envelopes.text(_change(call, existing, sent, project).id)
    assert project is not None  # without one, what is missing was NotFound
    _refuse_other_project(sent, project)
    subject, created = subjects.put(project, call.name("subject"), values=sent.values, by=call.actor, reason=call.why)
    statuses.apply(call, subject)
    return envelopes.text(subject.id, status=201 if created else 200)


@routes.delete("<subject>")
def delete(call: Call) -> HttpResponseBase:
    subjects.delete(owners.subject(call), within=owners.context(call), by=call.actor, reason=call.why)
    return envelopes.nothing()


def _change(call: Call, subject: Subject, sent: Sent, project: Project | None) -> Subject:
    """Values, then the label, where another one was sent than it goes by here (Q-060)."""
    if sent.text("ID") not in ("", subject.id):
        raise Invalid(f"The ID of a subject cannot be changed: this is {subject.id}.")
    if sent.text("project") not in ("", subject.project_id) and not subject.shares.filter(project=sent.text("project")).exists():
        raise Conflict("Project must be modified through separate URI.")
    statuses.unlock_first(call, subject)
    subjects.change(subject, sent.values, replace=sent.whole, within=project, by=call.actor, reason=call.why)
    label = sent.text("label")
    if label not in ("", subject.label, call.name("subject")):
        subjects.rename(subject, label, by=call.actor, reason=call.why)
    statuses.apply(call, subject)
    return subject


def _refuse_other_project(sent: Sent, project: Project) -> None:
    if sent.text("project") not in ("", project.id):
        raise Conflict("Project must be modified through separate URI.")
