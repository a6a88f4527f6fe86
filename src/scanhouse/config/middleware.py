"""The outermost layer of every answer: security headers, and a plain answer when something of ours fails."""
from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

log = logging.getLogger(__name__)
AWAY = (OperationalError, InterfaceError)


class Answers:
    """Adds what every answer carries. Doors set their own Content-Security-Policy; without one nothing may be loaded or run."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse:
        if isinstance(error, AWAY):
            return _try_again()
        log.exception("A request failed: %s %s", request.method, request.resolver_match.route if request.resolver_match else "?")
        return HttpResponse("Something of ours failed. The operator finds the cause in the log.", status=500, content_type="text/plain")


def failed(request: HttpRequest) -> HttpResponse:
    """The answer when something failed outside a door (`handler500`), such as finding out who asks."""
    error = sys.exc_info()[1]
    if isinstance(error, AWAY):
        return _try_again()
    return HttpResponse("Something of ours failed. The operator finds the cause in the log.", status=500, content_type="text/plain")


def _try_again() -> HttpResponse:
    log.warning("A request was refused: the database does not answer")
    return HttpResponse("The database does not answer. Try again in a while; nothing that was acknowledged is lost.", status=503,
                        content_type="text/plain", headers={"Retry-After": "5"})
