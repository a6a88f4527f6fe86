"""Projects: the list, a new one, the tabs of one, its settings, its end."""
from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from scanhouse.access import groups
from scanhouse.access.policy import Action
from scanhouse.errors import Conflict, Invalid
from scanhouse.records import projects
from scanhouse.records.models import Project
from scanhouse.web import forms, page
from scanhouse.web.door import door
from scanhouse.web.listings import projects as project_rows
from scanhouse.web.listings import sessions, subjects
from scanhouse.web.paging import Ask
from scanhouse.web.views import places
from scanhouse.web.views.home import may_create


@door("GET")
def listing(request: HttpRequest) -> HttpResponseBase:
    ask = Ask.of(request)
    found, part = project_rows.page(page.actor(request), ask)
    return page.render(
        request, "projects", section="projects", projects=found, page=part, filter=ask.filter, may_create=may_create(page.actor(request))
    )


@door("GET", "POST", guests=False)
def new(request: HttpRequest) -> HttpResponseBase:
    form = forms.NewProject(request.POST or None, initial={"accessibility": "private"})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        values = {"name": given["name"] or given["id"], "description": given["description"]}
        try:
            made = projects.create(given["id"], values=values, accessibility=given["accessibility"], by=page.actor(request))
            return page.go(reverse("project", args=[made.id]), f"Project {made.name} is made. You are its owner.")
        except (Conflict, Invalid) as error:
            form.add_error(None, str(error))
    trail = [("Projects", reverse("projects")), ("New project", "")]
    return page.render(
        request, "project_new", section="projects", form=form, accessibilities=forms.ACCESSIBILITIES, trail=trail,
        status=400 if form.errors else 200,
    )  # fmt: skip


@door("GET")
def project_page(request: HttpRequest, project: str) -> HttpResponseBase:
    """The sessions of a project; its description alone for those who may not enter."""
    found = places.project(request, project, Action.READ)
    frame = places.tab(request, found, "sessions")
    if not frame["may"]["enter"]:
        return page.render(request, "project", **frame)
    ask = Ask.of(request)
    listed, part = sessions.page(page.actor(request), found, ask)
    return page.render(request, "project_sessions", sessions=listed, page=part, filter=ask.filter, **frame)


@door("GET")
def subject_list(request: HttpRequest, project: str) -> HttpResponseBase:
    found, ask = places.project(request, project), Ask.of(request)
    listed, part = subjects.page(page.actor(request), found, ask)
    return page.render(request, "project_subjects", subjects=listed, page=part, filter=ask.filter, **places.tab(request, found, "subjects"))


@door("GET", "POST")
def settings(request: HttpRequest, project: str) -> HttpResponseBase:
    found = places.project(request, project, Action.MANAGE)
    level = groups.accessibility(found.id)
    code = found.prearchive_code if found.prearchive_code in (4, 5) else 0
    initial = {"name": found.name, "description": found.description, "accessibility": level, "prearchive_code": str(code)}
    form = forms.ProjectSettings(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            _save(found, form.cleaned_data, initial, request)
            return page.go(reverse("project_settings", args=[found.id]), "Saved.")
        except (Conflict, Invalid) as error:
            form.add_error(None, str(error))
    return page.render(
        request, "project_settings", form=form, accessibilities=forms.ACCESSIBILITIES, prearchive_codes=forms.PREARCHIVE_CODES,
        delete_url=reverse("project_delete", args=[found.id]), status=400 if form.errors else 200, **places.tab(request, found, "settings"),
    )  # fmt: skip


@door("POST")
def delete(request: HttpRequest, project: str) -> HttpResponseBase:
    found = places.project(request, project, Action.DELETE)
    confirm(request, found.id)
    projects.delete(found, by=page.actor(request))
    return page.go(reverse("projects"), f"Project {found.name} is deleted.")


def confirm(request: HttpRequest, name: str) -> None:
    """The name was typed, so it is meant."""
    if request.POST.get("confirm", "").strip() != name:
        raise Invalid("Nothing was deleted: the name that you typed is another one. Go back and type it as it is shown.")


def _save(project: Project, given: dict[str, Any], before: dict[str, Any], request: HttpRequest) -> None:
    """Each setting is a use case of its own; one that is as it was is left alone."""
    by = page.actor(request)
    described = {name: given[name] for name in ("name", "description") if given[name] != before[name]}
    if described:
        projects.change(project, described, by=by)
    if given["accessibility"] != before["accessibility"]:
        groups.change_accessibility(project.id, given["accessibility"], by=by)
    if given["prearchive_code"] != before["prearchive_code"]:
        projects.set_prearchive_code(project, int(given["prearchive_code"]), by=by)
