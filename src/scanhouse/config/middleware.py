"""The outermost layer of every answer: security headers, and a plain answer when something of ours fails."""
from __future__ import annotations

import logging
import sys
from collections.abc import Callable

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from scanhouse.storage import disks

log = logging.getLogger(__name__)
AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)

AS_DECLARED = {"X-Content-Type-Options": "nosniff"}
DOCUMENT = {**AS_DECLARED, "Referrer-Policy": "same-origin", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox"}
NEVER_OPENED = ("multipart/related;", "application/octet-stream")
"""Media types of answers that viewers fetch by the thousand."""


class Answers:
    """Adds what every answer carries. Doors set their own Content-Security-Policy; without one nothing may be loaded or run."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in security(response.get("Content-Type", "")).items():
            response.headers.setdefault(name, value)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse:
        answer = _passing(error)
        if answer is None:
            log.exception("A request failed: %s %s", request.method, request.resolver_match.route if request.resolver_match else "?")
        return answer or _failed()


def security(content_type: str) -> dict[str, str]:
    """The security headers of an answer. What no browser opens, once it is told not to guess, has no use for rules of a document."""
    return AS_DECLARED if content_type.startswith(NEVER_OPENED) else DOCUMENT


def failed(request: HttpRequest) -> HttpResponse:
    """The answer when something failed outside a view (`handler500`), such as finding out who asks."""
    error = sys.exc_info()[1]
    return (_passing(error) if isinstance(error, Exception) else None) or _failed()


def _passing(error: Exception) -> HttpResponse | None:
    """The answer to what is no defect and passes by itself: a database that is away, a disk that is full."""
    if isinstance(error, AWAY):
        message, after = "The database does not answer. Try again in a while; nothing that was acknowledged is lost.", 5
    elif isinstance(error, OSError) and error.errno in disks.FULL:
        full = disks.DiskFull(disks.mount_point(settings.DATA_DIR / "store"), disks.free_bytes(settings.DATA_DIR / "store"), "take the request in")
        message, after = str(full), full.retry_after
    else:
        return None
    log.warning("A request was refused: %s", message)
    return HttpResponse(message, status=503, content_type="text/plain", headers={"Retry-After": str(after)})


def _failed() -> HttpResponse:
    return HttpResponse("Something of ours failed. The operator finds the cause in the log.", status=500, content_type="text/plain")
