"""The outermost layer of every answer: security headers, and a plain answer when something of ours fails."""
from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

log = logging.getLogger(__name__)


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
        log.exception("A request failed: %s %s", request.method, request.resolver_match.route if request.resolver_match else "?")
        return HttpResponse("Something of ours failed. The operator finds the cause in the log.", status=500, content_type="text/plain")
