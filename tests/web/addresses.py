"""The names of addresses that templates use, for tests that render them without views."""
from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path


def nothing(request: HttpRequest, **names: str) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path(route, nothing, name=name)
    for name, route in {
        "home": "", "sign_in": "sign-in", "sign_out": "sign-out", "projects": "projects", "project_new": "new-project",
        "project": "projects/<project>", "project_subjects": "projects/<project>/subjects",
        "project_prearchive": "projects/<project>/prearchive", "project_upload": "projects/<project>/upload",
        "project_members": "projects/<project>/members", "project_settings": "projects/<project>/settings",
        "prearchive": "prearchive", "upload": "upload", "account": "settings", "status": "status", "search": "search",
    }.items()
]
