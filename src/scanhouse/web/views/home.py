"""The first page, and the search."""
from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from scanhouse.access.actors import Actor
from scanhouse.records import preferences
from scanhouse.web import page
from scanhouse.web.door import door
from scanhouse.web.listings import counts, projects, sessions, subjects
from scanhouse.web.views import signing

MAX_QUERY = 200


def may_create(actor: Actor) -> bool:
    """Whether to offer making a project."""
    return not actor.is_guest and (actor.is_admin or bool(preferences.get("uiAllowNonAdminProjectCreation")))


@door("GET", closed_site=True)
def home(request: HttpRequest) -> HttpResponseBase:
    actor = page.actor(request)
    if actor.is_guest and preferences.get("requireLogin"):
        # In place and not elsewhere: XNAT's clients ask for this address first, and take the one they are led to for the site's.
        return signing.sign_in(request)
    return page.render(
        request, "home", section="home", totals=counts.of_site(actor), projects=projects.active(actor), sessions=sessions.newest(actor),
        may_create=may_create(actor),
    )  # fmt: skip


@door("GET")
def search(request: HttpRequest) -> HttpResponseBase:
    actor, query = page.actor(request), request.GET.get("q", "").replace("\0", "").strip()[:MAX_QUERY]
    if not query:
        return page.render(request, "search", query="")
    return page.render(
        request, "search", query=query, sessions=sessions.found(actor, query),
        projects=[{"label": row.name, "url": row.url, "where": row.id if row.id != row.name else ""} for row in projects.found(actor, query)],
        subjects=[{"label": label, "url": url, "where": where} for label, url, where in subjects.found(actor, query)],
    )  # fmt: skip
