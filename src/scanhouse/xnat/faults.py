"""From kinds of error to XNAT's statuses and bodies, in one table (xnat-data-api 0.5, 0.7)."""
from __future__ import annotations

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadhandler import StopUpload
from django.http import HttpResponse
from django.utils.html import escape

from scanhouse.errors import Broken, Busy, Conflict, Forbidden, Invalid, NotFound, ScanhouseError
from scanhouse.records.errors import IllegalName
from scanhouse.schema.errors import BadXml, UnknownElement, WrongRoot

from .address import BadAddress
from .dialect import Call, TooLarge


class NotSignedIn(Forbidden):
    """Nobody is signed in and the site is closed to guests."""


class NothingUsable(Invalid):
    """What was sent names nothing that could be made or changed."""


class NotAllowedMethod(Invalid):
    """The address is there, but not for this method."""

    def __init__(self, method: str, allowed: list[str]) -> None:
        self.allowed = allowed
        super().__init__(f"{method} is not possible at this address. It takes {', '.join(allowed)}.")


class Teapot(Invalid):
    """A refusal with a status that only one endpoint has: 412 for the guest account, 406, 410."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


# Special cases first; then the kinds. The first class that fits decides.
STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (NotSignedIn, 401),
    (NotAllowedMethod, 405),
    (TooLarge, 413),
    (BadAddress, 400),
    (BadXml, 422),
    (WrongRoot, 422),
    (UnknownElement, 400),
    (NothingUsable, 417),
    (IllegalName, 417),
    (NotFound, 404),
    (Forbidden, 403),
    (Conflict, 409),
    (Invalid, 400),
    (Busy, 503),
    (Broken, 500),
    (RequestDataTooBig, 413),
    (SuspiciousOperation, 400),
    (StopUpload, 413),
)


def status_of(error: Exception) -> int:
    if isinstance(error, Teapot):
        return error.status
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


KINDS: tuple[type[Exception], ...] = (ScanhouseError, SuspiciousOperation, StopUpload)
"""What the door answers in words; anything else is a defect and goes to the outermost layer."""


def answer(call: Call | None, error: Exception) -> HttpResponse:
    """The refusal: the message as text, or as a small page for those who asked for HTML."""
    status = status_of(error)
    message = str(error) or "The request cannot be carried out."
    if call is not None and call.wants(("txt", "html")) == "html":
        response = HttpResponse(f"<html><body><h3>{escape(message)}</h3></body></html>", content_type="text/html; charset=utf-8", status=status)
    else:
        response = HttpResponse(message, content_type="text/plain; charset=utf-8", status=status)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="XNAT Protected Area"'
    if isinstance(error, NotAllowedMethod):
        response.headers["Allow"] = ", ".join(error.allowed)
    if isinstance(error, Busy):
        response.headers["Retry-After"] = str(error.retry_after)
    return response
