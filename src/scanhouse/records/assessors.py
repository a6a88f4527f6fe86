"""Image assessors: experiments that hang on an image session, such as a quality check. Change, rename and delete: `experiments`."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.errors import Invalid

from . import experiments, history, naming, preferences
from .errors import LabelTaken, WrongType
from .identifiers import next_experiment_id
from .models import Experiment, Project
from .scans import ALL
from .types import REGISTRY

ELEMENT = "xnat:imageAssessorData"


def find(actor: Actor, session: Experiment, ref: str) -> Experiment:
    """The assessor of that label or accession ID on a session. Raises NotFound for missing and hidden alike."""
    return policy.find(actor, of(session).filter(Q(label=ref) | Q(id=ref) | Q(shares__label=ref)).distinct())


def named(actor: Actor, session: Experiment, refs: str) -> list[Experiment]:
    """Assessors by what addresses say: labels or IDs with commas between, `ALL` or `*`, or a type. Raises NotFound."""
    if refs in ALL:
        return list(policy.visible(actor, of(session)).order_by("key"))
    kind = REGISTRY.get(refs)
    if kind is not None:
        return [one for one in policy.visible(actor, of(session)).order_by("key") if REGISTRY.is_a(one.element, kind.name)]
    return [find(actor, session, ref) for ref in refs.split(",")]


def of(session: Experiment) -> QuerySet[Experiment]:
    """All assessors of a session, whoever may see them."""
    return Experiment.objects.select_related("project", "session__subject").filter(session=session)


@transaction.atomic
def create(
    session: Experiment, label: str | None, element: str, *, project: Project | None = None, values: Mapping[str, Any] | None = None,
    id: str | None = None, by: Actor, reason: str | history.Why = "",
) -> Experiment:
    """A new assessor. It belongs to `project`, in whose address the session was named: by default the session's own.

    Without a label it goes by its ID, unless the site demands labels. Raises LabelTaken, WrongType.
    """
    kind = REGISTRY.element(element)
    if kind.abstract or not kind.is_a(ELEMENT):
        raise WrongType(kind.name, "the type of an assessor")
    policy.require(by, Action.READ, session)
    home = project or session.project
    if home.id not in naming.projects_of(session):
        raise Invalid(f"Session {session.id} is not in project {home.id}. Share it first.")
    if not label:
        if preferences.get("requireImageAssessorLabels"):
            raise Invalid("This site demands a label for each assessor. Give one.")
        id = id or next_experiment_id()
    assessor = Experiment(element=kind.name, project=home, session=session, label=label or id or "", created_by=by.login)
    made = experiments.insert(assessor, values or {}, id=id, by=by, reason=reason)
    history.note(by, action="changed", thing=session, reason=reason, changes={f"assessors/{made.id}": [None, made.label]})
    return made


def put(
    session: Experiment, label: str, element: str | None, *, project: Project | None = None, values: Mapping[str, Any] | None = None,
    replace: bool = False, by: Actor, reason: str | history.Why = "",
) -> tuple[Experiment, bool]:
    """Change the assessor of that label or ID on the session, or create it; says whether it was created."""
    existing = of(session).filter(Q(label=label) | Q(id=label)).first()
    if existing is None:
        if element is None:
            raise Invalid(f"There is no assessor {label[:100]!r} yet: say of which type it is to be.")
        try:
            return create(session, label, element, project=project, values=values, by=by, reason=reason), True
        except LabelTaken:
            existing = of(session).filter(label=label).first()
            if existing is None:
                raise
    return experiments.change(existing, values or {}, element=element, replace=replace, by=by, reason=reason), False
