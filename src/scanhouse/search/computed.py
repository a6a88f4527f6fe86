"""Display values that are not at a path of the schema: counts, ages, labels in a project, what the actor is to a project.

Each function takes the rows in question and answers SQL; `displays.py` names them. What they look up is limited to rows that the
actor may read.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scanhouse.access.actors import Actor
from scanhouse.errors import Invalid
from scanhouse.records.types import REGISTRY
from scanhouse.schema import xpath
from scanhouse.schema.element import Element

from . import fragments, kinds
from .fragments import Expression, Parameters, Sort
from .joins import Joins, Node, known, visible
from .values import Values


class NoParameter(Invalid):
    """A field that needs a parameter was named without one."""


@dataclass(frozen=True)
class Asked:
    """What is asked for: the row, the argument that the display field gives, and the parameter of the search."""

    joins: Joins
    node: Node
    field_argument: str
    parameter: str

    @property
    def actor(self) -> Actor:
        return self.joins.actor

    @property
    def parameters(self) -> Parameters:
        return self.joins.parameters

    @property
    def alias(self) -> str:
        return self.node.alias

    def path(self, text: str) -> Expression:
        """The value at a path of the row."""
        return self.path_of(self.node, self.node.element, text)

    def path_of(self, node: Node, element: Element, text: str) -> Expression:
        return Values(self.joins).at(node, element, xpath.parse(text).steps)

    def known(self, project: str) -> str:
        """The condition that the actor may know of a project, which an expression names."""
        return known(self.actor, project, self.parameters)

    def argument(self) -> str:
        """The parameter, as a placeholder."""
        if not self.parameter:
            raise NoParameter("A field of this search needs a parameter: FIELD=...")
        return self.parameters.put(self.parameter)


def value(name: str, asked: Asked) -> Expression:
    """The value that a display field names as computed."""
    return _COMPUTED[name](asked)


def _label_in(asked: Asked) -> Expression:
    """The label in the project that the parameter names; none where it is not in there."""
    kind, alias, project = asked.node.kind, asked.alias, asked.argument()
    shared = (
        f"(SELECT coalesce(nullif(of_.label, ''), {alias}.label) FROM {kind.share_table} of_ "
        f"WHERE of_.{kind.share_key} = {alias}.key AND of_.project_id = {project} AND {asked.known('of_.project_id')})"
    )
    return fragments.column(f"CASE WHEN {alias}.project_id = {project} THEN {alias}.label ELSE {shared} END")


def _labels(asked: Asked) -> Expression:
    return fragments.column(f"{asked.alias}.label")


def _projects(asked: Asked) -> Expression:
    """All projects that it is in and the actor may see, as XNAT writes them: `<DEMO>,<OTHER>`. Clients look for theirs with LIKE."""
    kind, alias = asked.node.kind, asked.alias
    shares = (
        f"(SELECT string_agg(',<' || of_.project_id || '>', '') FROM {kind.share_table} of_ "
        f"WHERE of_.{kind.share_key} = {alias}.key AND {asked.known('of_.project_id')})"
    )
    return fragments.column(f"('<' || {alias}.project_id || '>' || coalesce({shares}, ''))")


def _initial(asked: Asked) -> Expression:
    """`M` for male, `R` for right."""
    return fragments.column(f"upper(left({asked.path(asked.field_argument).text}, 1))")


def _year_of_birth(asked: Asked) -> Expression:
    year = f"coalesce({asked.path('demographics/yob').typed}, date_part('year', {asked.path('demographics/dob').typed}))::integer"
    return fragments.column(year, Sort.NUMBER)


def _age(asked: Asked) -> Expression:
    """Years at the experiment: as it says itself, else from the subject's birth, to two digits from a day, whole ones from a year."""
    subject = asked.joins.subject_of(asked.node)
    kind = REGISTRY.element(kinds.SUBJECT.element)

    def of_subject(path: str) -> str:
        return asked.path_of(subject, kind, f"demographics/{path}").typed

    day = f"{asked.alias}.date"
    from_day = f"round((({day} - {of_subject('dob')}) / 365.25)::numeric, 2)"
    from_year = f"(date_part('year', {day}) - {of_subject('yob')})::numeric"
    return fragments.column(f"coalesce({asked.path('age').typed}, {from_day}, {from_year}, {of_subject('age')})", Sort.NUMBER)


def _sessions_of_subject(asked: Asked) -> Expression:
    """How many experiments of a type a subject has; with a parameter, those in that project. None is empty, not 0."""
    counted = Node(kinds.EXPERIMENT, "of_", REGISTRY.element(asked.field_argument))
    terms = [f"of_.subject_id = {asked.alias}.key", asked.joins.of_type(counted, counted.element), visible(asked.actor, counted, asked.parameters)]
    if asked.parameter:
        project = asked.parameters.put(asked.parameter)
        shared = (
            f"SELECT 1 FROM records_experimentshare in_ WHERE in_.experiment_id = of_.key AND in_.project_id = {project} "
            f"AND {asked.known('in_.project_id')}"
        )
        terms.append(f"(of_.project_id = {project} OR EXISTS ({shared}))")
    return fragments.column(f"(SELECT nullif(count(*), 0) FROM records_experiment of_ WHERE {' AND '.join(terms)})", Sort.NUMBER)


def _sessions_of_project(asked: Asked) -> Expression:
    counted = Node(kinds.EXPERIMENT, "of_", REGISTRY.element(asked.field_argument))
    terms = [f"of_.project_id = {asked.alias}.id", asked.joins.of_type(counted, counted.element), visible(asked.actor, counted, asked.parameters)]
    return fragments.column(f"(SELECT count(*) FROM records_experiment of_ WHERE {' AND '.join(terms)})", Sort.NUMBER)


def _scans_of_type(asked: Asked) -> Expression:
    """How many scans of the type that the parameter names. None is empty, not 0."""
    seen = visible(asked.actor, asked.node, asked.parameters, part="of_.element")
    terms = f"of_.session_id = {asked.alias}.key AND of_.type = {asked.argument()} AND {seen}"
    return fragments.column(f"(SELECT nullif(count(*), 0) FROM records_scan of_ WHERE {terms})", Sort.NUMBER)


def _scan_types(asked: Asked) -> Expression:
    """The types of a session's scans with how many of each: `T1(2), T2(1)`."""
    seen = visible(asked.actor, asked.node, asked.parameters, part="of_.element")
    grouped = f"SELECT of_.type, count(*) AS times FROM records_scan of_ WHERE of_.session_id = {asked.alias}.key AND {seen} GROUP BY of_.type"
    return fragments.column(f"(SELECT string_agg(each_.type || '(' || each_.times || ')', ', ' ORDER BY each_.type) FROM ({grouped}) each_)")


def _variable(asked: Asked) -> Expression:
    """The custom variable that the parameter names."""
    name = asked.argument()
    source = f"jsonb_array_elements({asked.alias}.doc -> 'fields/field') AS one_(doc) WHERE one_.doc ->> 'name' = {name} LIMIT 1"
    return fragments.column(f"(SELECT one_.doc ->> 'field' FROM {source})")


def _role(asked: Asked) -> Expression:
    """What the actor is in a project: `Owners`, `Members`, ..."""
    user = asked.parameters.put(asked.actor.id or 0)
    return fragments.column(
        "(SELECT g_.display_name FROM access_membership m_ JOIN access_group g_ ON g_.id = m_.group_id "
        f"WHERE m_.user_id = {user} AND g_.project = {asked.alias}.id ORDER BY g_.id LIMIT 1)"
    )


def _accessibility(asked: Asked) -> Expression:
    return fragments.column(f"coalesce((SELECT a_.accessibility FROM access_projectaccess a_ WHERE a_.project = {asked.alias}.id), 'private')")


def _leader(asked: Asked) -> Expression:
    first, last = asked.path("PI/firstname").text, asked.path("PI/lastname").text
    return fragments.column(f"nullif(concat_ws(' ', {first}, {last}), '')")


def _address(asked: Asked) -> Expression:
    session = asked.joins._session_of(asked.node)
    return fragments.column(f"('/data/experiments/' || {session.alias}.id || '/scans/' || {asked.alias}.id)")


_COMPUTED: dict[str, Callable[[Asked], Expression]] = {
    "label_in": _label_in, "labels": _labels, "projects": _projects, "initial": _initial, "year_of_birth": _year_of_birth, "age": _age,
    "sessions_of_subject": _sessions_of_subject, "sessions_of_project": _sessions_of_project, "scans_of_type": _scans_of_type,
    "scan_types": _scan_types, "variable": _variable, "role": _role, "accessibility": _accessibility, "leader": _leader, "address": _address,
}
