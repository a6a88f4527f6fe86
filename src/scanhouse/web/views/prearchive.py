"""The prearchive: what waits, one session with its reason, and what a person does about it."""
from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.errors import Conflict, Invalid
from scanhouse.ingest import arrivals, prearchive
from scanhouse.ingest.imports import ANY_SESSION
from scanhouse.ingest.models import PrearchiveSession, SessionState
from scanhouse.records import projects
from scanhouse.records.models import Experiment, Project
from scanhouse.web import page, words
from scanhouse.web.door import door
from scanhouse.web.listings import arrivals as rows
from scanhouse.web.listings import projects as project_rows
from scanhouse.web.paging import Ask
from scanhouse.web.views import places

UNASSIGNED = "Unassigned"
"""Stands in addresses for no project, as XNAT has it."""


@door("GET", guests=False)
def listing(request: HttpRequest) -> HttpResponseBase:
    return page.render(request, "prearchive", section="prearchive", project=None, **_list(request, None))


@door("GET", guests=False)
def project_tab(request: HttpRequest, project: str) -> HttpResponseBase:
    found = places.project(request, project)
    return page.render(request, "prearchive", **_list(request, found.id), **places.tab(request, found, "prearchive"))


@door("GET", "POST", guests=False)
def session_page(request: HttpRequest, project: str, timestamp: str, folder: str) -> HttpResponseBase:
    actor = page.actor(request)
    found = arrivals.find(actor, None if project == UNASSIGNED else project, timestamp, folder)
    if request.method == "POST":
        return _do(request, found, actor)
    held, may = arrivals.held(found), arrivals.may_work(actor, found)
    live = found.state in rows.BUSY
    crumbs = [("Prearchive", reverse("prearchive"))]
    if found.project:
        crumbs.append((found.project, reverse("project_prearchive", args=[found.project])))
    return page.render(
        request, "prearchive_session", section="prearchive", trail=[*crumbs, (found.label, "")], log=arrivals.log(found),
        rejected=held.rejected, superseded=held.superseded, scans=_scans(found, held.by_series),
        session={
            "label": found.label, "subject": found.subject, "project": found.project or "", "state": found.state, "live": live,
            "reason": found.reason or _unassigned(found), "advice": words.ADVICE.get(found.state, ""),
            "kind": words.kind(found.element) if found.element else "", "date": _date(found), "received_at": found.received_at,
            "objects": held.objects, "bytes": held.bytes, "archived_url": archived(actor, found),
        },
        may={
            "archive": may and found.project is not None and found.state == SessionState.READY, "rebuild": may and not live, "move": may,
            "overwrite": may and found.state == SessionState.CONFLICT, "delete": may,
        },
        targets=_targets(actor, found) if may else [],
    )  # fmt: skip


def _do(request: HttpRequest, session: PrearchiveSession, by: Actor) -> HttpResponseBase:
    """What a button of the page asks for. What stands against it is told on the page; the session then says it too."""
    asked = request.POST.get("do", "")
    deeds: dict[str, Callable[[], str]] = {
        "archive": lambda: _archive(session, by),
        "overwrite": lambda: _overwrite(session, by),
        "rebuild": lambda: _rebuild(session, by),
        "move": lambda: _move(session, request.POST.get("into", ""), by),
        "delete": lambda: _delete(session, by),
    }
    if asked not in deeds:
        raise Invalid("This page does not know what to do. Reload it and try again.")
    try:
        note, kind = deeds[asked](), "good"
    except Conflict as error:
        note, kind = str(error), "warn"
    session.refresh_from_db()
    if session.state == SessionState.DELETED:
        return page.go(reverse("prearchive"), note, kind=kind)
    return page.go(rows.address(session.project, session.timestamp, session.folder), note, kind=kind)


def _archive(session: PrearchiveSession, by: Actor) -> str:
    prearchive.request_archive(session, by=by)
    return f"{session.label} goes into the archive."


def _overwrite(session: PrearchiveSession, by: Actor) -> str:
    prearchive.archive(session, by=by, wish=prearchive.wish_for("delete", overwrite_files=True))
    return f"{session.label} is archived; what was there of the same images is replaced."


def _rebuild(session: PrearchiveSession, by: Actor) -> str:
    prearchive.rebuild(session, by=by)
    return f"{session.label} was read again."


def _move(session: PrearchiveSession, into: str, by: Actor) -> str:
    target = projects.find(by, into)
    prearchive.move(session, to=target, by=by)
    return f"{session.label} is in the prearchive of {target.name} now."


def _delete(session: PrearchiveSession, by: Actor) -> str:
    prearchive.delete(session, by=by)
    return f"{session.label} is deleted."


def _list(request: HttpRequest, project: str | None) -> dict[str, Any]:
    actor, ask = page.actor(request), Ask.of(request, "state")
    found, part = rows.page(actor, ask, project=project)
    counts = rows.tally(actor, project=project)
    chips = [
        ("", "All", sum(counts.values())), ("attention", "Need you", sum(counts.get(state, 0) for state in rows.ATTENTION)),
        ("READY", "Ready", counts.get(SessionState.READY, 0)), ("busy", "Going on", sum(counts.get(state, 0) for state in rows.BUSY)),
    ]  # fmt: skip
    # Rows and counts are read one after the other: what has ended in between is shown as going on, so it is looked at again.
    live = any(counts.get(state) for state in rows.BUSY) or any(row.state in rows.BUSY for row in found)
    return {"sessions": found, "page": part, "tally": chips, "state": ask.others.get("state", ""), "live": live}


def _scans(session: PrearchiveSession, by_series: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"id": scan.get("ID", ""), "title": scan.get("series_description") or scan.get("type", ""), "modality": scan.get("modality", ""),
         "images": by_series.get(scan.get("UID", ""), 0)}
        for scan in session.doc.get("scans/scan", [])
    ]  # fmt: skip


def _date(session: PrearchiveSession) -> date | None:
    text = session.doc.get("date", "")
    return date.fromisoformat(text) if text else None


def _unassigned(session: PrearchiveSession) -> str:
    if session.project is None and session.state == SessionState.READY:
        return "No project could be found from the images. Move the session into the project that it belongs to."
    return ""


def archived(actor: Actor, session: PrearchiveSession) -> str:
    """Where the session is in the archive, for those who may see it there."""
    if not session.archived_as or session.project is None:
        return ""
    there = policy.visible(actor, Experiment.objects.filter(id=session.archived_as)).first()
    return "" if there is None else reverse("session", args=[there.project_id, there.label])


def _targets(actor: Actor, session: PrearchiveSession) -> list[dict[str, str]]:
    """Projects that the session may be moved into."""
    seen = policy.visible(actor, Project.objects.exclude(id=session.project or ""), Action.CREATE, element=ANY_SESSION)
    return [{"id": one.id, "name": one.name} for one in seen.order_by("id")[: project_rows.MANY]]
