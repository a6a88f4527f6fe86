"""Experiments: image sessions and other assessments of subjects. Image assessors, which hang on a session, are in `assessors`."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action, Place
from scanhouse.errors import Invalid

from . import bytes as stored
from . import held, history, naming, projects, removal, scans, sharing, states
from . import values as typed
from .errors import IdTaken, LabelTaken, TypeDiffers, WrongType
from .identifiers import check_label, next_experiment_id
from .models import Experiment, Project, Scan, Subject
from .naming import label_in
from .types import REGISTRY

__all__ = ["change", "create", "delete", "find", "fix_scan_types", "label_in", "move_to_subject", "put", "rename"]

SUBJECT_ASSESSOR = "xnat:subjectAssessorData"


def find(actor: Actor, ref: str, *, project: Project | None = None, subject: Subject | None = None) -> Experiment:
    """The experiment or assessor of that accession ID; within a project also of that label there. Missing and hidden: NotFound."""
    things = Experiment.objects.select_related("project", "subject", "session")
    if subject is not None:
        things = things.filter(Q(subject=subject) | Q(session__subject=subject))
    return naming.find(actor, things, ref, project=project)


@transaction.atomic
def create(
    project: Project, subject: Subject, label: str, element: str, *, values: Mapping[str, Any] | None = None, id: str | None = None,
    by: Actor, reason: str | history.Why = "",
) -> Experiment:
    """A new experiment of a subject that is in the project, with its scans where `values` has any (`scans/scan`).

    Raises LabelTaken, IdTaken, WrongType, and what its values raise.
    """
    kind = REGISTRY.element(element)
    if kind.abstract or not kind.is_a(SUBJECT_ASSESSOR):
        raise WrongType(kind.name, "the type of a session or of another assessment of a subject")
    if project.id not in naming.projects_of(subject):
        raise Invalid(f"Subject {subject.id} is not in project {project.id}. Share it first.")
    policy.require(by, Action.READ, subject)
    experiment = Experiment(element=kind.name, project=project, subject=subject, label=label, created_by=by.login)
    return insert(experiment, values or {}, id=id, by=by, reason=reason)


def insert(experiment: Experiment, values: Mapping[str, Any], *, id: str | None, by: Actor, reason: str | history.Why) -> Experiment:
    """What making any experiment has in common, within the caller's transaction: rights, label, ID, values, children, history."""
    policy.require(by, Action.CREATE, Place(experiment.project_id, experiment.element))
    check_label(experiment.label)
    naming.claim(experiment.label, projects=[experiment.project_id], of=Experiment)
    held.stays(experiment.project)
    held.stays(experiment.subject or experiment.session or experiment.project)
    if id and Experiment.objects.filter(id=check_label(id, "experiment ID")).exists():
        raise IdTaken("experiment", id)
    experiment.id = id or next_experiment_id()
    changed, rows = typed.apply(experiment, values)
    experiment.save(force_insert=True)
    scans.put_documents(experiment, rows, by=by)
    history.note(by, action="created", thing=experiment, reason=reason, changes=changed)
    return experiment


def put(
    project: Project, subject: Subject, label: str, element: str | None, *, values: Mapping[str, Any] | None = None, replace: bool = False,
    by: Actor, reason: str | history.Why = "",
) -> tuple[Experiment, bool]:
    """Change the experiment that answers to `label` in the project, or create it; says whether it was created."""
    existing = present(project, label)
    if existing is None:
        if element is None:
            raise Invalid(f"There is no experiment {label[:100]!r} yet: say of which type it is to be.")
        try:
            return create(project, subject, label, element, values=values, by=by, reason=reason), True
        except LabelTaken:
            existing = present(project, label)
            if existing is None:
                raise
    return change(existing, values or {}, element=element, replace=replace, within=project, by=by, reason=reason), False


@transaction.atomic
def change(
    experiment: Experiment, values: Mapping[str, Any], *, element: str | None = None, replace: bool = False, within: Project | None = None,
    by: Actor, reason: str | history.Why = "",
) -> Experiment:
    """Change what `values` names; scans among them are changed or made, never removed. Raises TypeDiffers for another `element`.

    `within`: the project in whose address it was named.
    """
    states.require(by, Action.EDIT, experiment, within=within.id if within else None)
    if element is not None and REGISTRY.element(element).name != experiment.element:
        raise TypeDiffers(experiment.element, element)
    experiment = held.row(experiment, "project", "subject", "session")
    changed, rows = typed.apply(experiment, values, replace=replace)
    if changed:
        experiment.save(update_fields=["doc", "date", "study_uid"])
    changed_scans = scans.put_documents(experiment, rows, by=by)
    if changed or changed_scans:
        history.note(by, action="changed", thing=experiment, reason=reason, changes=changed)
    return experiment


@transaction.atomic
def rename(experiment: Experiment, to: str, *, by: Actor, reason: str | history.Why = "") -> Experiment:
    """Another label in its own project. Bytes are not touched. Raises LabelTaken."""
    states.require(by, Action.EDIT, experiment)
    check_label(to)
    before = experiment.label
    if to != before:
        naming.claim(to, projects=naming.projects_with_own_label(experiment), of=experiment)
        held.row(experiment)
        experiment.label = to
        experiment.save(update_fields=["label"])
        history.note(by, action="renamed", thing=experiment, reason=reason, changes={"label": [before, to]})
    return experiment


@transaction.atomic
def move_to_subject(experiment: Experiment, subject: Subject, *, by: Actor, reason: str | history.Why = "") -> Experiment:
    """Give an experiment to another subject of its project."""
    states.require(by, Action.EDIT, experiment)
    policy.require(by, Action.READ, subject)
    if experiment.subject is None:
        raise Invalid(f"{experiment.label} hangs on a session, not on a subject. Move the session.")
    if experiment.project_id not in naming.projects_of(subject):
        raise Invalid(f"Subject {subject.id} is not in project {experiment.project_id}. Share it first.")
    before = experiment.subject.id
    if before != subject.id:
        held.stays(subject)
        held.row(experiment)
        experiment.subject = subject
        experiment.save(update_fields=["subject"])
        history.note(by, action="moved to another subject", thing=experiment, reason=reason, changes={"subject_ID": [before, subject.id]})
    return experiment


@transaction.atomic
def delete(experiment: Experiment, *, within: Project | None = None, by: Actor, reason: str | history.Why = "") -> None:
    """Remove an experiment with its scans and assessors; in a project that only shares it, take it out of that project.

    Raises StillNeeded when another project has assessors on it that `by` may not delete.
    """
    if within is not None and within.id != experiment.project_id:
        sharing.unshare(experiment, out_of=within, by=by, reason=reason)
        return
    states.require(by, Action.DELETE, experiment)
    experiment = held.row(experiment, "project", "subject", "session")
    projects.require_no_strangers(experiment.assessors.all(), what=f"Session {experiment.label}", by=by)
    history.note(by, action="deleted", thing=experiment, reason=reason, changes={"label": [experiment.label, None]})
    with held.removing(experiment.label):
        stored.discard_later(removal.remove_experiments([experiment.pk]))
    if experiment.session is not None:
        history.note(by, action="changed", thing=experiment.session, reason=reason, changes={f"assessors/{experiment.id}": [experiment.label, None]})


@transaction.atomic
def fix_scan_types(session: Experiment, *, by: Actor, reason: str | history.Why = "") -> int:
    """Give scans without a type the one that scans of the same description have in this project; says how many got one."""
    states.require(by, Action.EDIT, session)
    if not projects.settings(session.project)["scan_type_mapping"]:
        return 0
    fixed = 0
    for scan in session.scans.filter(type="").exclude(series_description=""):
        found = _usual_type(session.project_id, scan)
        if found:
            scans.change(scan, {"type": found}, by=by, reason=reason)
            fixed += 1
    return fixed


def _usual_type(project: str, scan: Scan) -> str | None:
    same = Scan.objects.filter(session__project=project, series_description=scan.series_description).exclude(type="")
    usual = same.values("type").annotate(times=Count("key")).order_by("-times", "type").first()
    return usual["type"] if usual else None


def present(project: Project, label: str) -> Experiment | None:
    """The experiment that has a label in a project, whoever may see it."""
    keys = naming.named(Experiment, project.id, label)
    return Experiment.objects.select_related("project", "subject", "session").filter(pk=keys[0]).first() if keys else None
