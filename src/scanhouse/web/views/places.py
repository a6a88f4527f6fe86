"""Where one is: the trail, what the tabs of a project need, what one may do there."""
from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from scanhouse.access import groups, policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action, Place
from scanhouse.ingest.imports import ANY_SESSION
from scanhouse.records import history, projects
from scanhouse.records.models import Experiment, Project, Subject
from scanhouse.web import page
from scanhouse.web.listings import counts

HISTORY = 20
"""Deeds that a page tells; the wire has all."""

Trail = list[tuple[str, str]]


def project(request: HttpRequest, name: str, action: Action = Action.ENTER) -> Project:
    """The project of an address, for those who may do this to it."""
    found = projects.find(page.actor(request), name)
    policy.require(page.actor(request), action, found)
    return found


def trail(project: Project, *more: tuple[str, str]) -> Trail:
    return [("Projects", reverse("projects")), (project.name, reverse("project", args=[project.id])), *more]


def tab(request: HttpRequest, project: Project, name: str) -> dict[str, Any]:
    """What the frame of a project's tabs needs."""
    actor = page.actor(request)
    may = may_in(actor, project)
    leader = project.principal_investigators.first()
    described = {
        "id": project.id, "name": project.name, "description": project.description, "accessibility": groups.accessibility(project.id),
        "pi": " ".join(filter(None, (leader.title, leader.firstname, leader.lastname))) if leader else "",
    }  # fmt: skip
    return {
        "section": "projects", "tab": name, "project": described, "may": may, "trail": trail(project),
        "counts": counts.of_project(actor, project) if may["enter"] else dict.fromkeys(("sessions", "subjects", "members", "waiting"), 0),
    }  # fmt: skip


def may_in(actor: Actor, project: Project) -> dict[str, bool]:
    """What an actor may do in a project."""
    return {
        "enter": policy.allowed(actor, Action.ENTER, project),
        "create": policy.allowed(actor, Action.CREATE, Place(project.id, ANY_SESSION)),
        "edit": policy.allowed(actor, Action.EDIT, project),
        "manage": policy.allowed(actor, Action.MANAGE, project),
        "delete": policy.allowed(actor, Action.DELETE, project),
    }


def may_to(actor: Actor, thing: Subject | Experiment, within: Project) -> dict[str, bool]:
    """What an actor may do to a thing that was named in a project."""
    return {
        "create": policy.allowed(actor, Action.CREATE, Place(within.id, ANY_SESSION)),
        "edit": policy.allowed(actor, Action.EDIT, thing, within=within.id),
        "delete": policy.allowed(actor, Action.DELETE, thing, within=within.id),
    }


def told(actor: Actor, thing: Subject | Experiment) -> list[dict[str, Any]]:
    """What was done to a thing, in words."""
    deeds = history.told(thing, by=actor, limit=HISTORY)
    return [{"at": row.at, "who": row.actor, "what": _sentence(row.action, row.changes), "reason": row.reason} for row in deeds]


DEEDS = {"Transferred": "Archived from the prearchive", "Merged": "More images archived from the prearchive"}
"""What XNAT calls some deeds, in plain words."""


def _sentence(action: str, changes: dict[str, Any]) -> str:
    said = DEEDS.get(action, action[:1].upper() + action[1:])
    paths = [path for path in changes if path]
    if action == "changed" and paths:
        return f"{said} {', '.join(paths[:3])}" + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
    return said
