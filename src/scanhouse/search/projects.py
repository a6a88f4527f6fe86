"""Lists of projects that tell who leads them, how accessible they are, and what the actor is to them."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.models import GroupKind
from scanhouse.access.policy import Action
from scanhouse.access.rule import Matter
from scanhouse.records.models import Project

from . import fragments
from .fragments import Parameters

ROLES = {"owner": GroupKind.OWNER, "member": GroupKind.MEMBER, "collaborator": GroupKind.COLLABORATOR}


@dataclass(frozen=True)
class Wanted:
    """Which projects: None does not ask. `roles`: role to whether the actor has it."""

    member: bool | None = None
    """Belongs to a group of it."""
    writable: bool = False
    roles: Mapping[str, bool] | None = None
    active_since: datetime | None = None
    visited: bool = False
    favorite: bool = False


_COLUMNS = f"""
p.id, p.name, p.description, p.secondary_id, coalesce(lead.name, ''), concat_ws(' <br/> ', lead.listed, helpers.listed),
coalesce(a.accessibility, 'private'), {fragments.moment("p.created_at").text}, p.created_by, coalesce(own.display_name, ''),
coalesce({fragments.moment("seen.at").text}, ''), CASE WHEN p.active THEN 'active' ELSE 'quarantine' END,
p.prearchive_code::text, p.quarantine_code::text
"""

_FROM = """
records_project p
LEFT JOIN access_projectaccess a ON a.project = p.id
LEFT JOIN LATERAL (SELECT i.firstname || ' ' || i.lastname AS name, i.lastname || ', ' || i.firstname AS listed FROM records_project_pi pi
    JOIN records_investigator i ON i.id = pi.investigator_id WHERE pi.project_id = p.id ORDER BY i.id LIMIT 1) lead ON TRUE
LEFT JOIN LATERAL (SELECT string_agg(i.lastname || ', ' || i.firstname, ' <br/> ' ORDER BY pi.id) AS listed
    FROM records_project_investigator pi JOIN records_investigator i ON i.id = pi.investigator_id WHERE pi.project_id = p.id) helpers ON TRUE
LEFT JOIN LATERAL (SELECT g.display_name, g.kind FROM access_membership m JOIN access_group g ON g.id = m.group_id
    WHERE m.user_id = {user} AND g.project = p.id ORDER BY g.id LIMIT 1) own ON TRUE
LEFT JOIN records_visit seen ON seen.project_id = p.id AND seen.login = {login}
"""


def detailed(actor: Actor, wanted: Wanted) -> list[tuple[str, ...]]:
    """Rows: id, name, description, secondary_id, leader, everybody, accessibility, made at, made by, role, last visit, status, codes."""
    parameters = Parameters()
    given = {"user": parameters.put(actor.id or 0), "login": parameters.put(actor.login)}
    text, values = policy.sql_visible(actor, element_sql="'xnat:projectData'", project_sql="p.id", matter=Matter.RECORD)
    terms = [parameters.embed(text, values), *_terms(actor, wanted, parameters)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM {_FROM.format(**given)} WHERE {' AND '.join(terms)} ORDER BY p.id", parameters.values)
        return list(cursor.fetchall())


def _terms(actor: Actor, wanted: Wanted, parameters: Parameters) -> list[str]:
    terms = []
    if wanted.member is False and not actor.is_admin:
        terms.append("own.kind IS NULL")
    if wanted.writable and not actor.is_admin:
        terms.append("own.kind IN ('owner', 'member')")
    for role, has in (wanted.roles or {}).items():
        terms.append(f"own.kind IS {'NOT ' if has else ''}DISTINCT FROM {parameters.put(str(ROLES[role]))}")
    if wanted.active_since is not None:
        since = parameters.put(wanted.active_since)
        terms.append(f"EXISTS (SELECT 1 FROM records_history h WHERE h.project = p.id AND h.at >= {since})")
    if wanted.visited:
        terms.append("seen.at IS NOT NULL")
    if wanted.favorite:
        terms.append(f"EXISTS (SELECT 1 FROM records_favorite f WHERE f.project_id = p.id AND f.login = {parameters.put(actor.login)})")
    return terms


def where_may(actor: Actor, action: Action, element: str | None) -> QuerySet[Project]:
    """The projects in which the actor may do this to data of a type; None: of any type."""
    if element is not None:
        return policy.visible(actor, Project.objects.all(), action, element=element).order_by("id")
    general = policy.visible(actor, Project.objects.all(), action, element="xnat:subjectData")
    granted: list[Any] = [project for project, groups in actor.by_project.items() if any(group.elements_with(action) for group in groups)]
    return Project.objects.filter(Q(id__in=general.values("id")) | Q(id__in=granted)).order_by("id")
