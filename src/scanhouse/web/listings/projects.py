"""Projects with their counts."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from scanhouse.access.actors import Actor
from scanhouse.access.models import GroupKind
from scanhouse.web import paging, sql
from scanhouse.web.paging import Ask, Page

ON_HOME, FOUND, MANY = 6, 20, 500
"""Rows on the home page, in a search, and in a list to choose from."""


@dataclass(frozen=True)
class ProjectRow:
    id: str
    name: str
    description: str
    accessibility: str
    url: str
    subjects: int
    sessions: int
    active_at: datetime
    role: str


def page(actor: Actor, ask: Ask) -> tuple[list[ProjectRow], Page]:
    """Projects that the actor sees, by ID."""
    wanted, values = ["true"], []
    if ask.filter:
        wanted.append("(p.id ILIKE %s OR p.name ILIKE %s)")
        values += [sql.like(ask.filter)] * 2
    if ask.key:
        wanted.append(f"lower(p.id) {'<' if ask.backwards else '>'} %s")
        values.append(ask.key)
    seen = sql.projects_seen(actor)
    statement = sql.PROJECT_PAGE.format(seen=seen.text, wanted=" AND ".join(wanted), way="DESC" if ask.backwards else "ASC")
    found = _rows(actor, statement, [*seen.values, *values, paging.ROWS + 1], "lower(p.id)")
    return paging.cut(ask, found, lambda row: row.id.lower())


def active(actor: Actor) -> list[ProjectRow]:
    """A few projects, the newest activity first."""
    session, seen = sql.sessions_seen(actor, wide=True), sql.projects_seen(actor)
    statement = sql.ACTIVE_PROJECTS.format(session=session.text, seen=seen.text)
    found = _rows(actor, statement, [*session.values, *seen.values, *seen.values], "active_at DESC")
    return found[:ON_HOME]


def found(actor: Actor, text: str) -> list[ProjectRow]:
    return page(actor, Ask(filter=text))[0][:FOUND]


def _rows(actor: Actor, page: str, values: list[Any], order: str) -> list[ProjectRow]:
    subject, data = sql.counted_subjects(actor), sql.counted(actor)
    statement = sql.PROJECTS.format(subject=subject.text, data=data.text, page=page, order=order, enough=sql.ENOUGH + 1)
    found = sql.rows(statement, [*subject.values, *data.values, *data.values, *values])
    return [
        ProjectRow(row["id"], row["name"], row["description"], row["accessibility"], reverse("project", args=[row["id"]]), row["subjects"],
                   row["sessions"], row["active_at"], role(actor, row["id"]))
        for row in found
    ]  # fmt: skip


def role(actor: Actor, project: str) -> str:
    """What the actor is in a project, in a word."""
    kinds = [group.kind for group in actor.by_project.get(project, ())]
    for kind, word in ((GroupKind.OWNER, "Owner"), (GroupKind.MEMBER, "Member"), (GroupKind.COLLABORATOR, "Collaborator")):
        if kind in kinds:
            return word
    return "Own rights" if kinds else "Administrator" if actor.is_admin else ""
