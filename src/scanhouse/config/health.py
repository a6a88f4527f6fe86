"""`GET /healthz`: 200 when all parts work; 503 names those that do not. Anybody may ask; the answer holds nothing of the data."""
from __future__ import annotations

from django.http import HttpRequest, JsonResponse

from scanhouse import __version__
from scanhouse.ops import health


def healthz(request: HttpRequest) -> JsonResponse:
    parts = health.check()
    works = all(part.works for part in parts)
    body = {"ok": works, "version": __version__, "parts": {part.name: part.problem or "ok" for part in parts}}
    return JsonResponse(body, status=200 if works else 503, headers={"Cache-Control": "no-store"})
