"""Assets of a project: experiments that are of no subject and hang on no session, such as a set of data. Change, rename, delete: `experiments`."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from scanhouse.access.actors import Actor
from scanhouse.errors import Invalid

from . import experiments, history
from .errors import LabelTaken, WrongType
from .models import Experiment, Project
from .types import REGISTRY

ELEMENT = "xnat:abstractProjectAsset"


@transaction.atomic
def create(
    project: Project, label: str, element: str, *, values: Mapping[str, Any] | None = None, id: str | None = None, by: Actor,
    reason: str | history.Why = "",
) -> Experiment:
    """A new asset. Raises LabelTaken, IdTaken, WrongType, and what its values raise."""
    kind = REGISTRY.element(element)
    if kind.abstract or not kind.is_a(ELEMENT):
        raise WrongType(kind.name, "the type of an asset of a project")
    asset = Experiment(element=kind.name, project=project, label=label, created_by=by.login)
    return experiments.insert(asset, values or {}, id=id, by=by, reason=reason)


def put(
    project: Project, label: str, element: str | None, *, values: Mapping[str, Any] | None = None, replace: bool = False, by: Actor,
    reason: str | history.Why = "",
) -> tuple[Experiment, bool]:
    """Change what answers to `label` in the project, or create it; says whether it was created."""
    existing = experiments.present(project, label)
    if existing is None:
        if element is None:
            raise Invalid(f"There is no asset {label[:100]!r} yet: say of which type it is to be.")
        try:
            return create(project, label, element, values=values, by=by, reason=reason), True
        except LabelTaken:
            existing = experiments.present(project, label)
            if existing is None:
                raise
    return experiments.change(existing, values or {}, element=element, replace=replace, within=project, by=by, reason=reason), False
