"""From kinds of error to pages, in one table. What is missing and what is hidden look alike; a guest is asked to sign in first."""
from __future__ import annotations

from typing import Protocol
from urllib.parse import urlencode

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase

from scanhouse.errors import Broken, Busy, Conflict, Forbidden, Invalid, NotFound, ScanhouseError
from scanhouse.web import page


class TooLarge(Invalid):
    """More bytes than one request may carry."""


class NotAllowedMethod(Invalid):
    """The address is there, but not for this method."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self.allowed = allowed
        super().__init__("This address cannot be used in this way. Go back, and use the buttons of the page.")


# The first class that fits decides: (error, status, kind for the page's icon, title).
TABLE: tuple[tuple[type[Exception], int, str, str], ...] = (
    (NotFound, 404, "missing", "There is nothing here"),
    (Forbidden, 403, "forbidden", "This is not for you"),
    (Conflict, 409, "conflict", "That does not fit"),
    (Busy, 503, "busy", "Not just now"),
    (TooLarge, 413, "conflict", "That is too large"),
    (NotAllowedMethod, 405, "conflict", "That does not work"),
    (Invalid, 400, "conflict", "That does not work"),
    (Broken, 500, "broken", "Something of ours failed"),
    (RequestDataTooBig, 413, "conflict", "That is too large"),
    (SuspiciousOperation, 400, "conflict", "That does not work"),
    (MultiPartParserError, 400, "conflict", "That does not work"),
)
KINDS: tuple[type[Exception], ...] = (ScanhouseError, SuspiciousOperation, MultiPartParserError)
"""What a door answers in words; anything else is a defect and goes to `defect`."""

NOTHING = "Either it does not exist, or you may not see it. Check the address, or ask the owner of the project."


class Refused(Protocol):
    """Why signing in let a request go no further (`config.signing_in.Refusal`)."""

    @property
    def status(self) -> int: ...
    @property
    def message(self) -> str: ...


def answer(request: HttpRequest, error: Exception) -> HttpResponseBase:
    """The page that tells of an error, or JSON for a script of ours. Guests are led to where they can sign in."""
    status, kind, title = next((row[1:] for row in TABLE if isinstance(error, row[0])), (500, "broken", TABLE[7][3]))
    message = str(error) or NOTHING
    if wants_json(request):
        response: HttpResponseBase = JsonResponse({"error": message}, status=401 if status == 403 and page.actor(request).is_guest else status)
    elif status in (403, 404) and page.actor(request).is_guest and request.method in ("GET", "HEAD"):
        return to_sign_in(request)
    else:
        response = told(request, status, kind, title, message)
    if isinstance(error, Busy):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, NotAllowedMethod):
        response.headers["Allow"] = ", ".join(error.allowed)
    return response


def told(request: HttpRequest, status: int, kind: str, title: str, text: str) -> HttpResponse:
    links = [("Home", "/"), ("Projects", "/projects")] if status != 500 else [("Home", "/")]
    return page.render(request, "error", status=status, kind=kind, title=title, text=text, links=links)


def to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Where a guest signs in, and comes back from."""
    return HttpResponseRedirect(f"/sign-in?{urlencode({'next': request.get_full_path()})}")


def refusal(request: HttpRequest, refused: Refused) -> HttpResponseBase:
    """What signing in refused, for the paths that are pages: in words for people, as JSON for our scripts, else as plain text."""
    if wants_json(request):
        return JsonResponse({"error": refused.message}, status=refused.status)
    if "text/html" not in request.headers.get("Accept", ""):
        return HttpResponse(refused.message, status=refused.status, content_type="text/plain; charset=utf-8")
    title = {401: "You are not signed in", 403: "This was not carried out", 429: "Too many attempts"}.get(refused.status, "Refused")
    return told(request, refused.status, "busy" if refused.status == 429 else "forbidden", title, refused.message)


def defect(request: HttpRequest) -> HttpResponseBase:
    """A defect of ours. It has been logged; nothing of it is told."""
    text = "It is not your fault, and nothing half done is kept. Try again; the operator finds the cause in the log."
    if wants_json(request):
        return JsonResponse({"error": text}, status=500)
    return told(request, 500, "broken", "Something of ours failed", text)


def wants_json(request: HttpRequest) -> bool:
    """Whether a script of ours asks: it says so."""
    return request.headers.get("Accept", "").startswith("application/json")
