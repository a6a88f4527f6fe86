"""The door of the wire: address, guard, endpoint, answer. Rights are the use cases'; here only signing in is asked for."""
from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from scanhouse.errors import NotFound
from scanhouse.records import preferences

from . import faults
from .address import Templates
from .dialect import Call
from .routes import Target


class Door:
    """A view over one table of endpoints. HEAD works wherever GET does, and nothing is answered by 204 (Q-001)."""

    csrf_exempt = True  # the outer layer checks browsers' requests for all doors

    def __init__(self, templates: Templates[Target]) -> None:
        self.templates = templates

    def __call__(self, request: HttpRequest, path: str = "") -> HttpResponseBase:
        call: Call | None = None
        try:
            address = self.templates.parse(path)
            if address is None:
                raise NotFound("There is nothing at this address.")
            call = Call(request, address)
            response = self._answer(call)
        except faults.KINDS as error:
            return faults.answer(call, error)
        return response

    def _answer(self, call: Call) -> HttpResponseBase:
        target, method = call.address.target, "GET" if call.method == "HEAD" else call.method
        if call.actor.is_guest and method not in target.open and preferences.get("requireLogin"):
            raise faults.NotSignedIn("Sign in first: this site is closed to guests.")
        endpoint = target.methods.get(method)
        if endpoint is None:
            raise faults.NotAllowedMethod(method, sorted({*target.methods, *(["HEAD"] if "GET" in target.methods else [])}))
        if call.remainder and method in target.no_remainder:
            raise NotFound("There is nothing at this address.")
        response = endpoint(call)
        if isinstance(response, HttpResponse):
            response.headers.setdefault("Content-Length", str(len(response.content)))
        if call.method == "HEAD" and isinstance(response, HttpResponse):
            response.content = b""
        return response
