"""All addresses of the web process: the doors in one list."""
from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from scanhouse.config.health import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
]
