"""No NUL comes in: the database keeps none, and nothing that anybody has ever named holds one.

The character is refused here for all doors in the address, the query and the plain forms of pages, each in its door's own form. What
else the wire may carry (its forms and documents) is looked at where it is read (`xnat.dialect`).
"""
from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from scanhouse.dicomweb import faults as dicomweb_faults
from scanhouse.errors import Invalid
from scanhouse.web import faults as page_faults
from scanhouse.xnat import faults as wire_faults
from scanhouse.xnat import session as wire

NUL = "\0"
FORM = "application/x-www-form-urlencoded"


class NoNulls:
    """The middleware. It stands behind signing in: a page that refuses tells whom it is for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            where = _where(request)
        except page_faults.KINDS as error:  # a form that broke off, or is too large
            return page_faults.answer(request, error)
        return self.get_response(request) if where is None else _refused(request, Invalid(f"There is a NUL character in {where}. Leave it out."))


def _where(request: HttpRequest) -> str | None:
    """What holds a NUL; None where nothing does."""
    if NUL in request.path_info:
        return "the address"
    query = request.META.get("QUERY_STRING", "")
    if "%00" in query or NUL in query:
        return "the query"
    is_page_form = request.method == "POST" and request.content_type == FORM and not wire.is_wire(request.path_info)
    if is_page_form and any(NUL in text for key, values in request.POST.lists() for text in (key, *values)):
        return "the form"
    return None


def _refused(request: HttpRequest, error: Invalid) -> HttpResponseBase:
    if wire.is_wire(request.path_info):
        return wire_faults.answer(None, error)
    if request.path_info.startswith("/dicomweb/"):
        return dicomweb_faults.answer(error)
    return page_faults.answer(request, error)
