"""What may an actor do? Four questions, one rule (`rule.py`).

`allowed` asks about one thing, `visible` about all rows of a query, `require` insists, `explain` tells why. A test holds them
equal. Ask `visible` for lists: `allowed` in a loop costs up to two queries for each thing.

`within` is the project in whose address a thing was named. A shared thing is read there by whoever may read such things there,
edited by whoever may edit them there *and* in its own project; and deleting it there only takes it out of that project, which
is for those who may delete there.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from scanhouse.errors import Forbidden, NotFound

from . import conditions, wording
from .actions import ON_OWNER, Action
from .actors import Actor
from .models import Accessibility, GroupKind, ProjectAccess
from .rule import Claim, Matter, claims, matter_of
from .scope import Place, Question, Scope, question

__all__ = [
    "Action", "Explanation", "NotAllowed", "Place", "Scope", "allowed", "explain", "find", "first_allowed", "missing", "require", "sql_visible",
    "visible", "visible_parts",
]

M = TypeVar("M", bound=Model)


class NotAllowed(Forbidden):
    """The actor sees the thing but may not do this to it."""

    def __init__(self, message: str, *, action: Action, noun: str) -> None:
        super().__init__(message)
        self.action = action
        self.noun = noun


@dataclass(frozen=True)
class Explanation:
    """Whether, and why. `claim` is what decided; None when nothing gives the right."""

    allowed: bool
    reason: str
    claim: Claim | None = None


def allowed(actor: Actor, action: Action, thing: Model | Place, *, within: str | None = None) -> bool:
    """Whether `actor` may do this to `thing`. At most one query for shares and one for accessibility, often none."""
    return _decide(actor, question(thing, action), within) is not None


def require(actor: Actor, action: Action, thing: Model | Place, *, within: str | None = None) -> None:
    """Raises `NotFound` when the actor may not know of the thing, and `NotAllowed` when it may see it but not do this."""
    if allowed(actor, action, thing, within=within):
        return
    if action is not Action.READ and allowed(actor, Action.READ, thing, within=within):
        raise NotAllowed(wording.refusal(action, thing), action=action, noun=wording.noun(thing))
    raise missing(thing)


def missing(thing: Model | type[Model] | Place) -> NotFound:
    """The error for a thing that is not there, and for one that must look as if it were not: the same words."""
    return NotFound(wording.missing(thing))


def find(actor: Actor, queryset: QuerySet[M], action: Action = Action.READ, *, within: str | None = None) -> M:
    """The one row of `queryset` that the actor may read and do `action` to; else the errors of `require`."""
    thing = visible(actor, queryset, within=within).first()
    if thing is None:
        raise missing(queryset.model)
    if action is not Action.READ:
        require(actor, action, thing, within=within)
    return thing


def first_allowed(
    actor: Actor, things: QuerySet[M] | Sequence[M], *, model: type[M] | None = None, within: str | None = None
) -> M:
    """The first of a few things that the actor may read; else the error of `missing`. For lookups by name: quicker than `find`.

    `model` says what was looked for where `things` is no queryset.
    """
    for thing in things:
        if allowed(actor, Action.READ, thing, within=within):
            return thing
    raise missing(model or things.model)  # type: ignore[union-attr]  # a queryset has its model


def visible(
    actor: Actor, queryset: QuerySet[M], action: Action = Action.READ, *, within: str | None = None, element: str | None = None
) -> QuerySet[M]:
    """The rows that the actor may do `action` to.

    `element`, for a queryset of projects, asks instead where the actor may do it to data of that type.
    """
    reached = conditions.NOTHING
    for branch in conditions.branches(queryset.model, action):
        given = conditions.merge(claims(actor, branch.action, matter_of(element) if element else branch.matter))
        if given.everywhere and within is None:
            return queryset
        reached |= conditions.in_primary(branch, given, element=element, only=within)
        if branch.action is Action.READ or within is not None:
            shared = conditions.in_share(branch, given, only=within)
            if branch.action not in (Action.READ, Action.DELETE):
                shared &= conditions.in_primary(branch, given)
            reached |= shared
    return queryset.filter(reached)


def visible_parts(actor: Actor, parts: QuerySet[M]) -> QuerySet[M]:
    """The rows that the actor may read, of parts of things that it reads, such as scans of a session that was found.

    Only a custom group can close a part of an open thing; for all others this asks nothing.
    """
    has_custom = any(group.kind is GroupKind.CUSTOM for group in actor.groups)
    return visible(actor, parts) if has_custom else parts


def sql_visible(
    actor: Actor, action: Action = Action.READ, *, element_sql: str, project_sql: str, shares_sql: str | None = None,
    part_sql: str | None = None, matter: Matter = Matter.DATA, key_sql: str | None = None,
) -> tuple[str, list[Any]]:
    """The condition of `visible` as SQL text and its parameters (`%s`), for hot reads.

    `element_sql` and `project_sql` are expressions for type and project ID of the owner of the rights; `shares_sql` a SELECT of
    the IDs of the projects it is shared into, such as `SELECT project_id FROM records_experimentshare WHERE experiment_id =
    e.key`; `part_sql` the type of a part with a type of its own, such as `scan.element`: then `action` is one on the part. All are
    text of ours, never input.

    That form is quick where the rest of the query leaves few rows (one thing, one project). For lists over the whole site give
    `key_sql` (`e.key`) and in `shares_sql` all shares by key: `SELECT experiment_id, project_id FROM records_experimentshare`.
    """
    if part_sql is not None:
        action = ON_OWNER[action]
    given = conditions.merge(claims(actor, action, matter))
    shares = shares_sql if action is Action.READ else None
    if key_sql is not None:
        return conditions.as_wide_sql(given, element=element_sql, project=project_sql, key=key_sql, shares=shares, part=part_sql)
    return conditions.as_sql(given, element=element_sql, project=project_sql, shares=shares, part=part_sql)


def explain(actor: Actor, action: Action, thing: Model | Place, *, within: str | None = None) -> Explanation:
    """Why the actor may do this, or why not, in a sentence. For those who manage the thing; never show it to the actor itself."""
    asked = question(thing, action)
    claim = _decide(actor, asked, within)
    if claim is not None:
        return Explanation(True, wording.reason(claim, actor, action, thing), claim)
    return Explanation(False, wording.no_reason(actor, action, thing, asked.homes), None)


def _decide(actor: Actor, asked: Question, within: str | None) -> Claim | None:
    """The claim that gives the action, or None."""
    if within is None or within == asked.project:
        primary = [] if asked.project is None else [asked.project]
        found = _claim(actor, asked, primary)
        if found is None and asked.action is Action.READ and within is None:
            found = _claim(actor, asked, asked.homes[len(primary):])
        return found
    if within not in asked.homes:
        return None
    there = _claim(actor, asked, [within])
    if there is None or asked.action in (Action.READ, Action.DELETE):
        return there
    return _claim(actor, asked, [asked.project] if asked.project else []) and there


def _claim(actor: Actor, asked: Question, homes: list[str]) -> Claim | None:
    """The first claim that covers the thing in one of these homes; accessibility is looked up only when nothing else does."""
    found = list(claims(actor, asked.action, asked.matter, homes=homes))
    levels: dict[str, Accessibility] = {}
    for claim in found:
        if claim.everywhere:
            return claim
        if claim.level is not None and homes and not levels:
            levels = _levels(homes)
        for home in homes:
            if claim.covers(home=home, level=levels.get(home, Accessibility.PRIVATE), element=asked.element, parts=asked.parts):
                return claim
    return None


def _levels(projects: list[str]) -> dict[str, Accessibility]:
    stored = dict(ProjectAccess.objects.filter(project__in=projects).values_list("project", "accessibility"))
    return {project: Accessibility(stored.get(project, Accessibility.PRIVATE)) for project in projects}
