"""All addresses of the web process: the doors in one list."""
from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from scanhouse.config.health import counted, healthz
from scanhouse.web import static, viewer

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("status/instances", counted),
    path("static/<str:version>/<path:name>", static.static),
    path("favicon.svg", static.favicon),
    path("favicon.ico", static.favicon),
    path("viewer/", viewer.viewer),
    path("viewer/<path:path>", viewer.viewer),
    path("", include("scanhouse.dicomweb.urls")),
    path("", include("scanhouse.xnat.urls")),
    path("", include("scanhouse.web.urls")),
]

handler500 = "scanhouse.config.middleware.failed"
