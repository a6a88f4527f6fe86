"""Users, investigators and favourites as lists (xnat-data-api 2.2)."""
from __future__ import annotations

from django.http.response import HttpResponseBase

from scanhouse.access import users
from scanhouse.errors import Invalid
from scanhouse.records import investigators, preferences, projects

from .. import envelopes
from ..dialect import Call
from ..routes import Routes

routes = Routes()


@routes.get("users")
def listing(call: Call) -> HttpResponseBase:
    """All accounts; on a restricted site for administrators alone (403)."""
    found = users.accounts(by=call.actor, admins_only=preferences.get("restrictUserListAccessToAdmins"))
    rows = [(one.pk, one.username, one.first_name, one.last_name, one.email) for one in found]
    return envelopes.table(call, envelopes.Table(("xdat_user_id", "login", "firstname", "lastname", "email"), rows, title="Users"))


@routes.get("investigators")
def list_investigators(call: Call) -> HttpResponseBase:
    columns = ("firstname", "lastname", "institution", "department", "email", "xnat_investigatordata_id", "login")
    rows = [(one.firstname, one.lastname, one.institution, one.department, one.email, one.pk, "") for one in investigators.everyone()]
    return envelopes.table(call, envelopes.Table(columns, rows, title="Investigators"))


@routes.get("users/favorites/{type}")
def favorites(call: Call) -> HttpResponseBase:
    """The projects that one has marked."""
    _projects_only(call)
    rows = [(project.id, project.name) for project in projects.favorites(call.actor)]
    return envelopes.table(call, envelopes.Table(("id", "name"), rows, title="Favorites"))


@routes.put("users/favorites/{type}/{project}")
def mark(call: Call) -> HttpResponseBase:
    _projects_only(call)
    projects.favorite(projects.find(call.actor, call.name("project")), by=call.actor)
    return envelopes.nothing()


@routes.delete("users/favorites/{type}/{project}")
def unmark(call: Call) -> HttpResponseBase:
    _projects_only(call)
    projects.unfavorite(projects.find(call.actor, call.name("project")), by=call.actor)
    return envelopes.nothing()


def _projects_only(call: Call) -> None:
    if call.name("type").lower() not in ("project", "xnat:projectdata"):
        raise Invalid("Only projects can be favorites.")
