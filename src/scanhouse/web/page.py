"""What every page has: who asks, the token of the sign-in, what is to be told once, and a policy under which only our own files run."""
from __future__ import annotations

from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

from scanhouse import __version__
from scanhouse.access.actors import Actor
from scanhouse.web import sql

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Scripts and styles are files of ours; nothing stands in the page itself, so text of users can never become code."""

NOTE_COOKIE = "note"
NOTE_SECONDS = 60
"""A note that no page told within a minute is stale."""
MAX_NOTE = 1000
"""Characters: cookies are small."""
NOTES = signing.TimestampSigner(salt="scanhouse.web.note")


def actor(request: HttpRequest) -> Actor:
    """Who asks (set by `config.signing_in`)."""
    found: Actor = request.actor  # type: ignore[attr-defined]
    return found


def render(request: HttpRequest, name: str, *, status: int = 200, section: str = "", **context: Any) -> HttpResponse:
    """The page `web/<name>.html`. Pages are never kept by anybody: they show what this person may see now."""
    response = HttpResponse(render_to_string(f"web/{name}.html", {**_frame(request, section), **context}, request=request), status=status)
    response.headers["Content-Security-Policy"] = CSP
    response.headers["Cache-Control"] = "private, no-store"
    if NOTE_COOKIE in request.COOKIES:
        response.delete_cookie(NOTE_COOKIE)
    return response


def part(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    """A part of a page, which a script puts into its place."""
    response = HttpResponse(render_to_string(f"web/parts/{name}.html", context, request=request))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def go(to: str, note: str = "", *, kind: str = "good") -> HttpResponseBase:
    """On to another page after something was done; `note` is told there. `kind` is good, info, warn or bad."""
    response = HttpResponseRedirect(to)
    response.status_code = 303  # the next request is a GET whatever this one was
    if note:
        value = NOTES.sign_object([kind, note[:MAX_NOTE]])
        response.set_cookie(NOTE_COOKIE, value, max_age=NOTE_SECONDS, httponly=True, samesite="Lax")
    return response


def _frame(request: HttpRequest, section: str) -> dict[str, Any]:
    asks = getattr(request, "actor", None)
    sign_in = getattr(request, "sign_in", None)
    return {
        "actor": asks, "person": sql.name_of(asks) if asks is not None else "", "section": section,
        "csrf": sign_in.csrf if sign_in is not None else "", "notes": _notes(request), "version": __version__,
    }


def _notes(request: HttpRequest) -> list[tuple[str, str]]:
    value = request.COOKIES.get(NOTE_COOKIE, "")
    if not value:
        return []
    try:
        kind, text = NOTES.unsign_object(value, max_age=NOTE_SECONDS)
    except signing.BadSignature:
        return []
    return [(kind, text)]
