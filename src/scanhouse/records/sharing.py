"""Subjects and experiments in further projects, and the move from one project to another."""
from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action, Place

from . import history, naming, states
from .errors import AlreadyShared, NotShared
from .identifiers import check_label
from .models import Experiment, ExperimentShare, Project, ScanShare, Subject, SubjectShare

Shared = Subject | Experiment


@dataclass(frozen=True)
class Holding:
    """A project that has a thing, and its label there."""

    project: Project
    label: str
    primary: bool


def holdings(actor: Actor, thing: Shared) -> list[Holding]:
    """The projects that a thing is in and that the actor may see, its own first."""
    seen = {project.id: project for project in policy.visible(actor, Project.objects.filter(id__in=naming.projects_of(thing)))}
    found = [Holding(seen[thing.project_id], thing.label, True)] if thing.project_id in seen else []
    for share in thing.shares.order_by("id"):
        if share.project_id in seen:
            found.append(Holding(seen[share.project_id], share.label or thing.label, False))
    return found


def shares(actor: Actor, thing: Shared) -> QuerySet[Any]:
    """The shares of a thing into projects that the actor may see, in the order in which they were made."""
    return thing.shares.filter(project__in=policy.visible(actor, Project.objects.all())).order_by("id")


@transaction.atomic
def share(thing: Shared, *, into: Project, label: str = "", by: Actor, reason: str | history.Why = "") -> None:
    """Show a thing in a further project; a session brings its scans. Without a label it goes by its own there.

    Repeated with another label it renames the share. Raises AlreadyShared, LabelTaken.
    """
    policy.require(by, Action.READ, thing)
    policy.require(by, Action.CREATE, Place(into.id, thing.element))
    if into.id == thing.project_id:
        raise AlreadyShared(into.id)
    naming.lock(f"share:{thing.id}:{into.id}")
    present = thing.shares.filter(project=into).first()
    if present is not None and (not label or label == (present.label or thing.label)):
        raise AlreadyShared(into.id)
    naming.claim(check_label(label) if label else thing.label, projects=[into.id], of=thing)
    before = present and (present.label or thing.label)
    if present is not None:
        type(present).objects.filter(pk=present.pk).update(label=label)
    elif isinstance(thing, Subject):
        SubjectShare.objects.create(subject=thing, project=into, label=label, created_by=by.login)
    else:
        ExperimentShare.objects.create(experiment=thing, project=into, label=label, created_by=by.login)
        ScanShare.objects.bulk_create([ScanShare(scan=scan, project=into) for scan in thing.scans.all()], ignore_conflicts=True)
    changed = {f"{history.SHARE}{into.id}": [before, label or thing.label]}
    history.note(by, action="shared", thing=thing, reason=reason, changes=changed, project=into.id)


@transaction.atomic
def unshare(thing: Shared, *, out_of: Project, by: Actor, reason: str | history.Why = "") -> None:
    """Take a thing out of a project that it is shared into. For those who may delete there, and those who may delete the thing."""
    if not policy.allowed(by, Action.DELETE, thing):
        policy.require(by, Action.DELETE, thing, within=out_of.id)
    share = thing.shares.filter(project=out_of).first()
    if share is None:
        raise NotShared(out_of.id)
    label = share.label or thing.label
    share.delete()
    if isinstance(thing, Experiment):
        ScanShare.objects.filter(scan__session=thing, project=out_of).delete()
    history.note(by, action="unshared", thing=thing, reason=reason, changes={f"{history.SHARE}{out_of.id}": [label, None]}, project=out_of.id)


@transaction.atomic
def move(
    thing: Shared, *, to: Project, label: str | None = None, assessors: Collection[Experiment] = (), by: Actor,
    reason: str | history.Why = "",
) -> None:
    """Make another project the owner. Needs the right to delete here and to create there. No bytes move.

    A share that was there becomes ownership and keeps its label. The old project keeps a share only where it would otherwise be
    left with sessions without a subject, or assessors without a session; a moved session's subject is shared into the new one.
    """
    states.require(by, Action.DELETE, thing)
    policy.require(by, Action.CREATE, Place(to.id, thing.element))
    old = thing.project
    if to.id == old.id:
        raise AlreadyShared(to.id)
    there = thing.shares.filter(project=to).first()
    new_label = check_label(label or (there and there.label) or thing.label)
    naming.claim(new_label, projects=[to.id, *naming.projects_with_own_label(thing)[1:]], of=thing)
    before = {"project": old.id, "label": thing.label}
    if there is not None:
        there.delete()
    left_label, thing.project, thing.label = thing.label, to, new_label
    thing.save(update_fields=["project", "label"])
    if isinstance(thing, Experiment):
        ScanShare.objects.filter(scan__session=thing, project=to).delete()
    history.note(by, action="moved", thing=thing, reason=reason, changes=history.changes(before, {"project": to.id, "label": new_label}))
    for assessor in assessors:
        move(assessor, to=to, by=by, reason=reason)
    _leave_whole(thing, old, left_label, to, by)


def _leave_whole(thing: Shared, old: Project, label: str, new: Project, by: Actor) -> None:
    """The shares without which something would hang in the air."""
    if isinstance(thing, Subject):
        if thing.experiments.filter(project=old).exists():
            SubjectShare.objects.get_or_create(subject=thing, project=old, defaults={"label": label, "created_by": by.login})
        return
    if thing.assessors.filter(project=old).exists():
        ExperimentShare.objects.get_or_create(experiment=thing, project=old, defaults={"label": label, "created_by": by.login})
        ScanShare.objects.bulk_create([ScanShare(scan=scan, project=old) for scan in thing.scans.all()], ignore_conflicts=True)
    subject = thing.subject
    if subject is not None and new.id not in naming.projects_of(subject):
        naming.claim(subject.label, projects=[new.id], of=subject)
        SubjectShare.objects.create(subject=subject, project=new, created_by=by.login)
