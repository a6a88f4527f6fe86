"""Image assessors of a session (xnat-data-api 2.7)."""
from __future__ import annotations

from django.http.response import HttpResponseBase

from scanhouse.access.policy import Action
from scanhouse.errors import Conflict, Invalid
from scanhouse.records import assessors, experiments, naming
from scanhouse.records.models import Experiment, Project
from scanhouse.search.listing import Where

from .. import addresses, bodies, columns, contents, documents, envelopes, faults, owners, statuses
from ..dialect import Call
from ..routes import Routes

routes = Routes()
ELEMENT = assessors.ELEMENT
VIEW = columns.View(
    "xnat:derivedData", "Matching experiments", ("ID", "project", "label", "date", "xsiType", "insert_date", "session_ID", "session_label")
)


@routes.get("<experiment>/assessors")
def listing(call: Call) -> HttpResponseBase:
    return columns.answer(call, VIEW, Where(session=owners.experiment(call).pk), with_assessors=True)


@routes.get("<assessor>")
def show(call: Call) -> HttpResponseBase:
    """One assessor; of several that the address names, the first."""
    found = owners.assessors_named(call)
    if not found:
        raise faults.Teapot(404, "There is no such assessor on this session.")
    return documents.item(call, found[0].element, contents.of_experiment(call.actor, found[0]), changed=found[0].modified_at)


@routes.post("<experiment>/assessors")
def add(call: Call) -> HttpResponseBase:
    """A new assessor of a document or form; its address is the answer."""
    session, project = owners.experiment(call), owners.context(call, Action.ENTER)
    sent = bodies.read(call, ELEMENT)
    if sent.element is None:
        raise faults.NothingUsable("Say of which type the assessor is to be: xsiType=xnat:qcAssessmentData, or send a document.")
    made = assessors.create(session, sent.text("label") or None, sent.element.name, project=_home(session, project), values=sent.values,
                            by=call.actor, reason=call.why)
    location = f"{call.site}{addresses.within(made.project, made)}"
    return envelopes.text(location, location=location)


@routes.put("<assessor>")
def put(call: Call) -> HttpResponseBase:
    """Create (201) or change (200); the answer is the accession ID."""
    session, project = owners.experiment(call), owners.context(call, Action.ENTER)
    existing = owners.present(lambda: owners.assessor(call))
    sent = bodies.read(call, ELEMENT, stored=existing.element if existing else None)
    if existing is not None and sent.text("ID") not in ("", existing.id):
        raise Invalid(f"The ID of an assessor cannot be changed: this is {existing.id}.")
    if existing is not None and sent.text("project") not in ("", existing.project_id):
        raise Conflict("Project must be modified through separate URI.")
    if existing is None and sent.element is None:
        raise faults.NothingUsable("Say of which type the assessor is to be: xsiType=xnat:qcAssessmentData, or send a document.")
    made, created = assessors.put(session, call.name("assessor"), sent.name, project=_home(session, project), values=sent.values,
                                  replace=sent.whole, by=call.actor, reason=call.why)
    label = sent.text("label")
    if not created and label not in ("", made.label, call.name("assessor")):
        experiments.rename(made, label, by=call.actor, reason=call.why)
    statuses.apply(call, made)
    return envelopes.text(made.id, status=201 if created else 200)


@routes.delete("<assessor>")
def delete(call: Call) -> HttpResponseBase:
    """Delete it; in a project that only shares it, take it out of there."""
    assessor, project = owners.assessor(call), owners.context(call)
    within = project if project is not None and project.id in naming.projects_of(assessor) else None
    experiments.delete(assessor, within=within, by=call.actor, reason=call.why)
    return envelopes.nothing()


def _home(session: Experiment, project: Project | None) -> Project | None:
    """A new assessor belongs to the project in whose address its session was named."""
    return project if project is not None and project.id in naming.projects_of(session) else None
