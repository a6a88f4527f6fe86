"""The claims of an actor as conditions in the database: for querysets, and as SQL text for hot reads.

Only the actor's own projects are listed; whether a project is public is looked up per row, so the cost does not grow with the
number of projects stored. What is put into SQL text are columns and subqueries of our own; values are always parameters.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q

from .actions import ON_OWNER, Action
from .models import Accessibility, ProjectAccess
from .rule import Claim, Matter, matter_of
from .scope import Scope, part_of

NOTHING = Q(pk__in=[])


@dataclass(frozen=True)
class Merged:
    """Claims put together: what is the same for many projects is said once."""

    everywhere: bool = False
    projects: tuple[str, ...] = ()
    levels: tuple[Accessibility, ...] = ()
    granted: dict[tuple[frozenset[str], frozenset[str]], list[str]] = field(default_factory=dict)
    """Elements and barred elements of custom groups -> projects."""

    def by_type(self) -> Iterator[Merged]:
        """Parts of which each has one condition on types: none, or that of one kind of custom group (its projects in `projects`)."""
        if self.projects or self.levels:
            yield replace(self, granted={})
        for types, projects in self.granted.items():
            yield Merged(projects=tuple(projects), granted={types: []})


def merge(claims: Iterable[Claim]) -> Merged:
    projects: set[str] = set()
    levels: list[Accessibility] = []
    granted: dict[tuple[frozenset[str], frozenset[str]], list[str]] = {}
    for claim in claims:
        if claim.everywhere:
            return Merged(everywhere=True)
        if claim.level is not None:
            levels.append(claim.level)
        elif claim.project is not None and claim.elements is None:
            projects.add(claim.project)
        elif claim.project is not None and claim.elements is not None:
            granted.setdefault((claim.elements, claim.barred), []).append(claim.project)
    return Merged(projects=tuple(sorted(projects)), levels=tuple(levels), granted=granted)


@dataclass(frozen=True)
class Branch:
    """One way from a model to the owner of its rights: lookups with `prefix` in front speak of the owner."""

    model: type[Model]
    action: Action
    prefix: str = ""
    parts: tuple[str, ...] = ()

    @property
    def scope(self) -> Scope:
        return self.model.scope  # type: ignore[attr-defined, no-any-return]

    @property
    def matter(self) -> Matter:
        return matter_of(self.scope.element)

    @property
    def project(self) -> str:
        return self.prefix + self.scope.project


def branches(model: type[Model], action: Action, prefix: str = "", parts: tuple[str, ...] = ()) -> Iterator[Branch]:
    """All ways from a model to owners of its rights; `scope.question` walks the same ways on one instance."""
    scope: Scope = model.scope  # type: ignore[attr-defined]
    if not scope.through:
        yield Branch(model, part_of(matter_of(scope.element), action) if prefix else action, prefix, parts)
    for name in scope.through:
        owner = model._meta.get_field(name).related_model
        own = (prefix + scope.element,) if scope.element and not scope.constant else ()
        yield from branches(owner, ON_OWNER[action], f"{prefix}{name}__", parts + own)  # type: ignore[arg-type]


def in_primary(branch: Branch, claims: Merged, *, element: str | None = None, only: str | None = None) -> Q:
    """Rows whose own project is reached (and is `only`). `element` asks about that type instead of the row's own."""
    home = branch.project
    found = Q() if claims.everywhere else NOTHING
    if claims.projects:
        found |= Q(**{f"{home}__in": claims.projects})
    if claims.levels:
        found |= Q(Exists(_with_level(OuterRef(home), claims.levels)))
    for (elements, barred), projects in claims.granted.items():
        found |= Q(**{f"{home}__in": projects}) & _of_type(branch, elements, barred, element)
    return found if only is None else found & Q(**{home: only})


def in_share(branch: Branch, claims: Merged, *, only: str | None = None) -> Q:
    """Rows that are shared into a project that is reached (and is `only`)."""
    if branch.scope.shares is None:
        return NOTHING
    relation = branch.model._meta.get_field(branch.scope.shares)
    shares = relation.related_model._default_manager.filter(**{relation.field.name: OuterRef(f"{branch.prefix}pk")})  # type: ignore[union-attr]
    if only is not None:
        shares = shares.filter(project_id=only)
    found = Q(Exists(shares)) if claims.everywhere else NOTHING
    homes = NOTHING
    if claims.projects:
        homes |= Q(project_id__in=claims.projects)
    if claims.levels:
        homes |= Q(Exists(_with_level(OuterRef("project_id"), claims.levels)))
    if homes is not NOTHING:
        found |= Q(Exists(shares.filter(homes)))
    for (elements, barred), projects in claims.granted.items():
        found |= Q(Exists(shares.filter(project_id__in=projects))) & _of_type(branch, elements, barred, None)
    return found


def _with_level(project: OuterRef, levels: tuple[Accessibility, ...]) -> Any:
    return ProjectAccess.objects.filter(project=project, accessibility__in=levels)


def _of_type(branch: Branch, elements: frozenset[str], barred: frozenset[str], element: str | None) -> Q:
    known = element or branch.scope.constant
    if known is not None:
        of_type = Q() if known in elements else NOTHING
    else:
        of_type = Q(**{f"{branch.prefix}{branch.scope.element}__in": sorted(elements)})
    for part in branch.parts if barred else ():
        of_type &= ~Q(**{f"{part}__in": sorted(barred)})
    return of_type


def as_sql(claims: Merged, *, element: str, project: str, shares: str | None, part: str | None) -> tuple[str, list[Any]]:
    """The same as text. `element`, `project` and `part` are SQL expressions; `shares` is a SELECT of project IDs."""
    if claims.everywhere:
        return "TRUE", []
    text, params = _homes_sql(claims, _OPEN_HOME, element=element, project=project, part=part)
    if shares is None:
        return text, params
    inner, more = _homes_sql(claims, _OPEN_HOME, element=element, project="share_.home", part=part)
    return f"({text} OR EXISTS (SELECT 1 FROM ({shares}) AS share_(home) WHERE {inner}))", params + more  # noqa: S608


def as_wide_sql(
    claims: Merged, *, element: str, project: str, key: str, shares: str | None, part: str | None
) -> tuple[str, list[Any]]:
    """For queries over the whole site: open projects and shares are listed once, so that indexes find the few rows among many.

    `shares` is a SELECT of key and project ID of all shares; `key` the row's own.
    """
    if claims.everywhere:
        return "TRUE", []
    text, params = _homes_sql(claims, _OPEN_HOMES, element=element, project=project, part=part)
    terms = [text]
    for some in claims.by_type() if shares is not None else ():
        inner, more = _homes_sql(replace(some, granted={}), _OPEN_HOMES, element=element, project="share_.home", part=part)
        term = f"{key} = ANY(ARRAY(SELECT share_.item FROM ({shares}) AS share_(item, home) WHERE {inner}))"  # noqa: S608
        for elements, barred in some.granted:
            of_type, values = _type_sql(elements, barred, element, part)
            term, more = f"({term} AND {of_type})", more + values
        terms.append(term)
        params += more
    return f"({' OR '.join(terms)})", params


_OPEN_HOME = "EXISTS (SELECT 1 FROM access_projectaccess open_ WHERE open_.project = {project} AND open_.accessibility = ANY(%s))"
_OPEN_HOMES = "{project} = ANY(ARRAY(SELECT open_.project FROM access_projectaccess open_ WHERE open_.accessibility = ANY(%s)))"


def _homes_sql(claims: Merged, is_open: str, *, element: str, project: str, part: str | None) -> tuple[str, list[Any]]:
    terms: list[str] = []
    params: list[Any] = []
    if claims.projects:
        terms.append(f"{project} = ANY(%s)")
        params.append(list(claims.projects))
    if claims.levels:
        terms.append(is_open.format(project=project))
        params.append([str(level) for level in claims.levels])
    for (elements, barred), projects in claims.granted.items():
        of_type, values = _type_sql(elements, barred, element, part)
        terms.append(f"({project} = ANY(%s) AND {of_type})")
        params += [projects, *values]
    return f"({' OR '.join(terms)})" if terms else "FALSE", params


def _type_sql(elements: frozenset[str], barred: frozenset[str], element: str, part: str | None) -> tuple[str, list[Any]]:
    if barred and part is not None:
        return f"{element} = ANY(%s) AND {part} <> ALL(%s)", [sorted(elements), sorted(barred)]
    return f"{element} = ANY(%s)", [sorted(elements)]
