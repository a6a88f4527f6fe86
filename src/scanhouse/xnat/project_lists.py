"""The lists of projects that have columns of their own (xnat-data-api 2.2)."""
from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpResponse

from scanhouse.access.policy import Action
from scanhouse.records import visits
from scanhouse.records.models import Project
from scanhouse.records.types import REGISTRY
from scanhouse.search import projects
from scanhouse.search.projects import Wanted

from . import envelopes
from .dialect import Call, NotUnderstood
from .negotiation import HTML, ITEM

DETAILED = ("accessible", "data", "prearc_code", "owner", "member", "collaborator", "activeSince", "recent", "favorite", "admin", "users")
ACTIONS = {"read": Action.READ, "create": Action.CREATE, "edit": Action.EDIT, "delete": Action.DELETE}


def special(call: Call) -> HttpResponse | None:
    """The list that the parameters ask for, None for the ordinary one."""
    if call.has("permissions"):
        return _by_right(call)
    if call.flag("creatableTypes"):
        return _creatable(call)
    if any(call.has(name) for name in DETAILED):
        return _detailed(call)
    return None


def note_visit(call: Call, project: Project) -> None:
    """Who reads the page of a project has looked at it; programs that read documents have not (Q-065)."""
    if call.wants(ITEM) == HTML:
        visits.note(project, by=call.actor)


def restriction(call: Call) -> Action:
    """What the actor must be allowed to do to the projects of the ordinary list: `restrict=edit|delete`."""
    return ACTIONS.get(call.get("restrict").lower(), Action.READ)


def _by_right(call: Call) -> HttpResponse:
    action = ACTIONS.get(call.get("permissions").lower())
    if action is None:
        raise NotUnderstood(f"permissions is one of {', '.join(ACTIONS)}.")
    element = call.get("dataType") or call.get("data-type")
    found = projects.where_may(call.actor, action, REGISTRY.element(element).name if element else None)
    return envelopes.table(call, envelopes.Table(("id", "secondary_id"), list(found.values_list("id", "secondary_id")), title="Projects"))


def _creatable(call: Call) -> HttpResponse:
    element = call.get("data-type") or call.get("dataType")
    found = projects.where_may(call.actor, Action.CREATE, REGISTRY.element(element).name if element else None)
    columns = ("id", "name", "description", "secondary_id")
    return envelopes.table(call, envelopes.Table(columns, list(found.values_list(*columns)), title="Projects"))


def _detailed(call: Call) -> HttpResponse:
    wanted = Wanted(
        member=None if not call.has("accessible") else call.flag("accessible"), writable=call.get("data").lower() == "writable",
        roles={role: call.flag(role) for role in projects.ROLES if call.has(role)}, active_since=_moment(call.get("activeSince")),
        visited=call.flag("recent"), favorite=call.flag("favorite"),
    )
    number = call.actor.id or 0
    columns = (
        "id", "name", "description", "secondary_id", "pi", "project_invs", "project_access", "project_access_img", "insert_date", "insert_user",
        f"user_role_{number}", f"last_accessed_{number}", "quarantine_status",
    )
    codes = ("proj_prearchive_code", "proj_quarantine") if call.has("prearc_code") else ()
    rows = []
    for *before, level, made, by, role, visit, status, prearchive, quarantine in projects.detailed(call.actor, wanted):
        picture = f"/@WEBAPPimages/{'globe' if level == 'public' else 'key'}.gif"
        row = [*before, level, picture, made, by, role, visit, status]
        rows.append([*row, prearchive, quarantine] if codes else row)
    return envelopes.table(call, envelopes.Table((*columns, *codes), rows, title="Projects"))


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise NotUnderstood("activeSince is a time such as 2024-01-31 13:51:25.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
