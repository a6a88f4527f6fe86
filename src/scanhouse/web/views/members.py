"""Who belongs to a project, in which role, and why that lets them in."""
from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from scanhouse.access import actors, groups, policy
from scanhouse.access import members as access
from scanhouse.access.actors import Actor
from scanhouse.access.groups import Person
from scanhouse.access.models import GroupKind
from scanhouse.access.policy import Action
from scanhouse.errors import Conflict, Invalid, NotFound
from scanhouse.records.models import Project
from scanhouse.web import forms, page
from scanhouse.web.door import door
from scanhouse.web.views import places


@door("GET", "POST")
def members(request: HttpRequest, project: str) -> HttpResponseBase:
    found, actor = places.project(request, project), page.actor(request)
    form = forms.Member(request.POST or None, initial={"role": "member"})
    if request.method == "POST" and form.is_valid():
        login, role = form.cleaned_data["login"], form.cleaned_data["role"]
        try:
            _change(found, login, role, actor)
            text = f"{login} is now {role} of this project." if role else f"{login} is no member of this project any more."
            return page.go(reverse("project_members", args=[found.id]), text)
        except NotFound as error:
            form.add_error("login", str(error))
        except (Conflict, Invalid) as error:
            form.add_error(None, str(error))
    manages = policy.allowed(actor, Action.MANAGE, found)
    people = [_row(person, found, actor, manages) for person in groups.people(found.id, by=actor)]
    return page.render(
        request, "project_members", form=form, roles=forms.ROLES, members=people, status=400 if form.errors else 200,
        **places.tab(request, found, "members"),
    )  # fmt: skip


def _change(project: Project, login: str, role: str, by: Actor) -> None:
    """A role instead of the one before; none at all takes the person out."""
    if role:
        access.give(project.id, login, role, by=by)
    else:
        access.take_out(project.id, login, by=by)


def _row(person: Person, project: Project, actor: Actor, manages: bool) -> dict[str, Any]:
    name = f"{person.first_name} {person.last_name}".strip() or person.login
    role = str(person.kind) if person.kind in (GroupKind.OWNER, GroupKind.MEMBER, GroupKind.COLLABORATOR) else person.display_name
    reason = f"In the group {person.display_name} of the project."
    if manages:  # the policy's own words are for those who manage
        reason = policy.explain(actors.load(person.login), Action.ENTER, project).reason
    return {"login": person.login, "name": name, "role": role, "because": reason, "self": person.login == actor.login}
