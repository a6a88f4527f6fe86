"""Experiments of subjects: image sessions and others (xnat-data-api 2.5)."""
from __future__ import annotations

from django.http.response import HttpResponseBase

from scanhouse.access.policy import Action
from scanhouse.errors import Conflict, Invalid, NotFound
from scanhouse.ingest import headers
from scanhouse.records import assets, experiments, identifiers, subjects
from scanhouse.records.models import Experiment, Project, Subject
from scanhouse.records.types import REGISTRY
from scanhouse.search.listing import Where

from .. import addresses, bodies, columns, contents, documents, envelopes, faults, owners, statuses
from ..bodies import Sent
from ..dialect import Call
from ..routes import Routes

routes = Routes()
ELEMENT, DERIVED = "xnat:experimentData", "xnat:derivedData"
VIEW = columns.View(ELEMENT, "Matching experiments", ("ID", "project", "date", "xsiType", "label", "insert_date"))
OF_SUBJECT = columns.narrowed(VIEW, "subject_ID", "subject_label")


@routes.get("experiments", "projects/{project}/experiments")
def listing(call: Call) -> HttpResponseBase:
    """The experiments of a project, or of all: then with assessors."""
    project = owners.context(call, Action.ENTER)
    return columns.answer(call, VIEW, Where(project=project.id if project else None), with_assessors=project is None)


@routes.get("<subject>/experiments")
def of_subject(call: Call) -> HttpResponseBase:
    subject, project = owners.subject(call), owners.context(call)
    return columns.answer(call, OF_SUBJECT, Where(project=project.id if project else None, subject=subject.pk))


@routes.get("<experiment>")
def show(call: Call) -> HttpResponseBase:
    experiment = owners.experiment(call)
    return documents.item(call, experiment.element, contents.of_experiment(call.actor, experiment), changed=experiment.modified_at)


@routes.get("<experiment>/status")
def status(call: Call) -> HttpResponseBase:
    return statuses.show(call, owners.experiment(call))


@routes.post("<experiments>")
def add(call: Call) -> HttpResponseBase:
    """A new experiment of a document or form; its address is the answer. Without a label it goes by its ID."""
    sent = bodies.read(call, "xnat:subjectAssessorData")
    if sent.element is None:
        raise faults.NothingUsable("Say of which type the experiment is to be: xsiType=xnat:mrSessionData, or send a document.")
    project = owners.receiver(call, sent)
    subject = _subject(call, sent, project)
    id = "" if sent.text("label") else identifiers.next_experiment_id()
    made = experiments.create(
        project, subject, sent.text("label") or id, sent.element.name, values=sent.values, id=id or None, by=call.actor, reason=call.why
    )
    _after(call, made)
    location = f"{call.site}{addresses.within(project, made)}"
    return envelopes.text(location, location=location)


@routes.put("<experiment>")
def put(call: Call) -> HttpResponseBase:
    """Create (201) or change (200); the answer is the accession ID. A subject that is not there is made (Q-061)."""
    project = owners.context(call, Action.ENTER)
    existing = owners.present(lambda: _existing(call, project)) if project else owners.experiment(call)
    sent = bodies.read(call, ELEMENT, stored=existing.element if existing else None)
    if existing is not None:
        return envelopes.text(_change(call, existing, sent, project).id)
    assert project is not None  # without one, what is missing was NotFound
    if sent.element is None:
        raise faults.NothingUsable("Say of which type the experiment is to be: xsiType=xnat:mrSessionData, or send a document.")
    _refuse_other_project(sent, project)
    if sent.element.is_a(assets.ELEMENT):
        asset, created = assets.put(project, call.name("experiment"), sent.element.name, values=sent.values, by=call.actor, reason=call.why)
        return envelopes.text(asset.id, status=201 if created else 200)
    subject = _subject(call, sent, project, make=True)
    made, created = experiments.put(project, subject, call.name("experiment"), sent.element.name, values=sent.values, by=call.actor, reason=call.why)
    _after(call, made)
    return envelopes.text(made.id, status=201 if created else 200)


@routes.delete("<experiment>")
def delete(call: Call) -> HttpResponseBase:
    experiments.delete(owners.experiment(call), within=owners.context(call), by=call.actor, reason=call.why)
    return envelopes.nothing()


def _existing(call: Call, project: Project | None) -> Experiment:
    """What has the label in the project, under whatever subject: the subject of the address may be the one it is to move to."""
    return experiments.find(call.actor, call.name("experiment"), project=project)


def _subject(call: Call, sent: Sent, project: Project, *, make: bool = False) -> Subject:
    """The subject that an experiment is of: that of the address, else the one that was sent."""
    ref = call.name("subject") or sent.text("subject_ID")
    if not ref:
        raise faults.Teapot(422, "Unable to identify the subject. Name it in the address or in the document.")
    try:
        return subjects.find(call.actor, ref, project=project)
    except NotFound:
        if not make:
            raise NotFound("Unable to find the specified subject.") from None
    made, _ = subjects.put(project, ref, by=call.actor, reason=call.why)
    return made


def _change(call: Call, experiment: Experiment, sent: Sent, project: Project | None) -> Experiment:
    """Values, then label and subject, where others were sent than it has here (Q-060)."""
    if sent.text("ID") not in ("", experiment.id):
        raise Invalid(f"The ID of an experiment cannot be changed: this is {experiment.id}.")
    if sent.text("project") not in ("", experiment.project_id) and not experiment.shares.filter(project=sent.text("project")).exists():
        raise Conflict("Project must be modified through separate URI.")
    statuses.unlock_first(call, experiment)
    experiment = experiments.change(experiment, sent.values, element=sent.name, replace=sent.whole, within=project, by=call.actor, reason=call.why)
    label = sent.text("label")
    if label not in ("", experiment.label, call.name("experiment")):
        experiments.rename(experiment, label, by=call.actor, reason=call.why)
    _move(call, experiment, sent)
    _after(call, experiment)
    return experiment


def _move(call: Call, experiment: Experiment, sent: Sent) -> None:
    ref = sent.text("subject_ID")
    if experiment.subject is None or ref in ("", experiment.subject.id, experiment.subject.label):
        return
    experiments.move_to_subject(experiment, subjects.find(call.actor, ref, project=experiment.project), by=call.actor, reason=call.why)


def _after(call: Call, experiment: Experiment) -> None:
    """What flags of a PUT ask for once the experiment is as it was sent."""
    statuses.apply(call, experiment)
    if not REGISTRY.is_a(experiment.element, columns.SESSION):
        return
    if call.flag("pullDataFromHeaders"):
        headers.read_session(experiment, by=call.actor, reason=call.why)
    if call.flag("fixScanTypes"):
        experiments.fix_scan_types(experiment, by=call.actor, reason=call.why)


def _refuse_other_project(sent: Sent, project: Project) -> None:
    if sent.text("project") not in ("", project.id):
        raise Conflict("Project must be modified through separate URI.")
