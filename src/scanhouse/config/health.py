"""`GET /healthz`: 200 when all parts work; 503 names those that do not. Anybody may ask; the answer holds nothing of the data.

`GET /status/instances` counts, for administrators."""
from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, JsonResponse

from scanhouse import __version__
from scanhouse.ops import health


def healthz(request: HttpRequest) -> JsonResponse:
    parts = health.check()
    works = all(part.works for part in parts)
    body = {"ok": works, "version": __version__, "parts": {part.name: part.problem or "ok" for part in parts}}
    return JsonResponse(body, status=200 if works else 503, headers={"Cache-Control": "no-store"})


def counted(request: HttpRequest) -> JsonResponse:
    """`GET /status/instances`: instances that a query finds, and how many of them are archived. For administrators and their monitors."""
    if not request.actor.is_admin:  # type: ignore[attr-defined]  # set by config.signing_in
        return JsonResponse({"error": "Numbers of the whole site are for its administrators."}, status=403)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT)
        findable, archived = cursor.fetchone()
    return JsonResponse({"findable": findable, "archived": archived}, headers={"Cache-Control": "no-store"})


_COUNT = """
WITH archived AS (SELECT count(*) AS n FROM records_instance),
     waiting AS (SELECT count(*) AS n FROM ingest_received r JOIN ingest_prearchivesession s ON s.key = r.session_id
                 WHERE r.state = 'waiting' AND s.state NOT IN ('ARCHIVED', 'DELETED', 'DELETING'))
SELECT archived.n + waiting.n, archived.n FROM archived, waiting
"""
