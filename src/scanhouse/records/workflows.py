"""Workflow records: pieces of work on an item that clients and pipelines report (`wrk:workflowData`)."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.errors import Invalid, NotFound
from scanhouse.schema import document

from . import history, naming
from .models import Experiment, ManifestKind, Project, Subject, Workflow
from .types import REGISTRY

ELEMENT = "wrk:workflowData"
_IDENTITY = ("id", "ID", "data_type", "pipeline_name", "launch_time", "status", "ExternalID")
_ROOTS: dict[ManifestKind, type[Experiment | Subject | Project]] = {
    ManifestKind.EXPERIMENT: Experiment, ManifestKind.SUBJECT: Subject, ManifestKind.PROJECT: Project,
}


@transaction.atomic
def put(
    item: str, *, pipeline_name: str, launch_time: str | datetime, status: str = "", data_type: str = "", external_id: str = "",
    values: Mapping[str, Any] | None = None, by: Actor, reason: str | history.Why = "",
) -> tuple[Workflow, bool]:
    """Report a piece of work, or what has become of it; says whether it is new. Item, pipeline and launch time tell which one.

    For those who may edit the item. Raises NotFound for an item that cannot be seen, Invalid where something is missing.
    """
    thing = item_of(by, item)
    policy.require(by, Action.EDIT, thing)
    kind, moment = history.manifest_kind(thing), _moment(launch_time)
    if not pipeline_name or len(pipeline_name) > 255 or len(status) > 255:
        raise Invalid("A workflow has a pipeline_name, and it and its status have at most 255 characters.")
    naming.lock(f"workflow:{kind}:{item}:{pipeline_name}:{moment.isoformat()}")
    work = Workflow.objects.filter(item=item, kind=kind, pipeline_name=pipeline_name, launch_time=moment).first()
    created = work is None
    if work is None:
        if not data_type or not status:
            raise Invalid("A new workflow needs data_type and status.")
        work = Workflow(item=item, kind=kind, pipeline_name=pipeline_name, launch_time=moment, created_by=by.login)
    work.data_type, work.status = data_type or work.data_type, status or work.status
    work.external_id = external_id or work.external_id
    rest = {path: value for path, value in (values or {}).items() if path not in _IDENTITY}
    element = REGISTRY.get(ELEMENT)
    work.doc = {**work.doc, **(document.validate(element, rest) if element else rest)}
    work.save()
    return work, created


def find(actor: Actor, key: int) -> Workflow:
    """One record by its number. Raises NotFound also when its item cannot be seen."""
    work = Workflow.objects.filter(pk=key).first()
    if work is None:
        raise NotFound("There is no such workflow.")
    if policy.visible(actor, _ROOTS[ManifestKind(work.kind)].objects.filter(id=work.item)).first() is None:
        raise policy.missing(Experiment)
    return work


def of(actor: Actor, item: str, **facts: str) -> QuerySet[Workflow]:
    """Records of an item, the newest first. `facts`: pipeline_name, status, data_type, external_id."""
    thing = item_of(actor, item)
    if "launch_time" in facts:
        facts["launch_time"] = _moment(facts["launch_time"])  # type: ignore[assignment]
    return Workflow.objects.filter(item=item, kind=history.manifest_kind(thing), **facts).order_by("-launch_time", "-id")


def latest(actor: Actor, item: str, pipeline_name: str) -> Workflow:
    """The newest record of a pipeline on an item. Raises NotFound."""
    work = of(actor, item, pipeline_name=pipeline_name).first()
    if work is None:
        raise NotFound(f"There is no workflow of {pipeline_name[:100]!r} on this item.")
    return work


def item_of(actor: Actor, item: str) -> Project | Subject | Experiment:
    """The project, subject or experiment of an ID, for an actor who sees it. Raises NotFound."""
    thing = (
        policy.visible(actor, Experiment.objects.filter(id=item)).first()
        or policy.visible(actor, Subject.objects.filter(id=item)).first()
        or policy.visible(actor, Project.objects.filter(id=item)).first()
    )
    if thing is None:
        raise policy.missing(Experiment)
    return thing


def _moment(text: str | datetime) -> datetime:
    """The time in UTC, which is what is meant where no zone is told. Raises Invalid for one that has no place there."""
    if not text:
        raise Invalid("A workflow needs its launch_time.")
    try:
        moment = text if isinstance(text, datetime) else datetime.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(f"launch_time {str(text)[:50]!r} is no time: write it as 2024-01-31 13:51:25.089.") from None
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise Invalid(f"launch_time {str(text)[:50]!r} lies beyond the years 1 to 9999 of UTC.") from None
