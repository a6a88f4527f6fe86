"""Subjects: create, change, rename, delete, find."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action, Place

from . import bytes as stored
from . import held, history, naming, projects, removal, sharing, states
from . import values as typed
from .errors import IdTaken, LabelTaken, NotShared, StillNeeded
from .identifiers import check_label, next_subject_id
from .models import Experiment, Project, Subject
from .naming import label_in

__all__ = ["change", "create", "delete", "find", "label_in", "put", "rename"]

ELEMENT = "xnat:subjectData"


def find(actor: Actor, ref: str, *, project: Project | None = None) -> Subject:
    """The subject of that accession ID; within a project also of that label there. Raises NotFound for missing and hidden alike."""
    return naming.find(actor, Subject.objects.select_related("project"), ref, project=project)


@transaction.atomic
def create(
    project: Project, label: str, *, values: Mapping[str, Any] | None = None, id: str | None = None, by: Actor,
    reason: str | history.Why = "",
) -> Subject:
    """A new subject. `id` only for records that come from elsewhere with an accession ID. Raises LabelTaken, IdTaken."""
    policy.require(by, Action.CREATE, Place(project.id, ELEMENT))
    check_label(label)
    naming.claim(label, projects=[project.id], of=Subject)
    held.stays(project)
    if id and Subject.objects.filter(id=check_label(id, "subject ID")).exists():
        raise IdTaken("subject", id)
    subject = Subject(id=id or next_subject_id(), project=project, label=label, created_by=by.login)
    changed, _ = typed.apply(subject, values or {})
    subject.save(force_insert=True)
    history.note(by, action="created", thing=subject, reason=reason, changes=changed)
    return subject


def put(
    project: Project, label: str, *, values: Mapping[str, Any] | None = None, replace: bool = False, by: Actor, reason: str | history.Why = "",
) -> tuple[Subject, bool]:
    """Change the subject that answers to `label` in the project, or create it; says whether it was created.

    Of two that put the same label at once, one creates and the other changes.
    """
    existing = _present(project, label)
    if existing is None:
        try:
            return create(project, label, values=values, by=by, reason=reason), True
        except LabelTaken:
            existing = _present(project, label)
            if existing is None:
                raise
    return change(existing, values or {}, replace=replace, by=by, within=project, reason=reason), False


@transaction.atomic
def change(
    subject: Subject, values: Mapping[str, Any], *, replace: bool = False, within: Project | None = None, by: Actor,
    reason: str | history.Why = "",
) -> Subject:
    """Change what `values` names. `within`: the project in whose address it was named."""
    states.require(by, Action.EDIT, subject, within=within.id if within else None)
    subject = held.row(subject, "project")
    changed, _ = typed.apply(subject, values, replace=replace)
    if changed:
        subject.save(update_fields=["doc"])
        history.note(by, action="changed", thing=subject, reason=reason, changes=changed)
    return subject


@transaction.atomic
def rename(subject: Subject, to: str, *, by: Actor, reason: str | history.Why = "") -> Subject:
    """Another label in its own project. Bytes are not touched. Raises LabelTaken."""
    states.require(by, Action.EDIT, subject)
    check_label(to)
    before = subject.label
    if to != before:
        naming.claim(to, projects=naming.projects_with_own_label(subject), of=subject)
        held.row(subject)
        subject.label = to
        subject.save(update_fields=["label"])
        history.note(by, action="renamed", thing=subject, reason=reason, changes={"label": [before, to]})
    return subject


@transaction.atomic
def delete(subject: Subject, *, within: Project | None = None, by: Actor, reason: str | history.Why = "") -> None:
    """Remove a subject with all its experiments. In a project that only shares it, it and its experiments there are unshared.

    Raises StillNeeded when another project has experiments on it that `by` may not delete.
    """
    if within is not None and within.id != subject.project_id:
        _take_out(subject, within, by, reason)
        return
    states.require(by, Action.DELETE, subject)
    subject = held.row(subject, "project")
    below = Experiment.objects.filter(Q(subject=subject) | Q(session__subject=subject))
    for one in below.filter(project=subject.project_id):
        states.require(by, Action.DELETE, one)
    projects.require_no_strangers(below.exclude(project=subject.project_id), what=f"Subject {subject.label}", by=by)
    history.note(by, action="deleted", thing=subject, reason=reason, changes={"label": [subject.label, None]})
    with held.removing(f"Subject {subject.label}"):
        stored.discard_later(removal.remove_subjects([subject.pk]))


def _take_out(subject: Subject, project: Project, by: Actor, reason: str | history.Why) -> None:
    policy.require(by, Action.DELETE, subject, within=project.id)
    if not subject.shares.filter(project=project).exists():
        raise NotShared(project.id)
    if subject.experiments.filter(project=project).exists():
        raise StillNeeded(f"Subject {label_in(subject, project)}", [project.id])
    for experiment in subject.experiments.filter(shares__project=project):
        sharing.unshare(experiment, out_of=project, by=by, reason=reason)
    sharing.unshare(subject, out_of=project, by=by, reason=reason)


def _present(project: Project, label: str) -> Subject | None:
    keys = naming.named(Subject, project.id, label)
    return Subject.objects.select_related("project").filter(pk=keys[0]).first() if keys else None
