"""Who asks? For all doors: `request.actor` always, `request.sign_in` when there is one, and no forged request goes on.

In this order: the cookie of a live sign-in; login and password, or an alias token, in the header Authorization, which opens a
sign-in of its own; else a guest. What guests may see is the door's question.

A door signs somebody in or out by setting `request.sign_in` to a new `SignedIn`, or to None: the cookie follows. It may put its
own answers in place of ours by an entry in `settings.SIGNING_IN_ANSWERS`: (beginning of the path, dotted name of a function of
request and `Refusal`).
"""
from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string

from scanhouse.access import sign_ins, tokens
from scanhouse.access.actors import GUEST, Actor
from scanhouse.access.guesses import TooManyAttempts
from scanhouse.access.sign_ins import SignedIn
from scanhouse.errors import CutShort, ScanhouseError
from scanhouse.records import preferences
from scanhouse.xnat import session as wire

SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
NOBODY_NEEDED = ("/static/", "/healthz")
"""Paths that are the same for everybody: no question is asked there."""
NO_COOKIES = ("/dicomweb/", "/xapi/dicomweb/")
"""Paths where credentials in the header open no sign-in."""
MAX_CREDENTIALS = 8192
"""Characters of the header Authorization."""

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class Forged(ScanhouseError):
    """A request that a browser may have been led to send by another site."""


@dataclass(frozen=True)
class Refusal:
    """Why a request goes no further: 400 its form broke off, 401 credentials that do not hold, 403 perhaps forged, 429 too many attempts."""

    status: int
    message: str
    retry_after: int | None = None


class SigningIn:
    """The middleware. It answers refusals as plain text where the door has no answer of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.answers = [(beginning, import_string(name)) for beginning, name in getattr(settings, "SIGNING_IN_ANSWERS", ())]

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.actor, request.sign_in = GUEST, None  # type: ignore[attr-defined]
        if request.path_info.startswith(NOBODY_NEEDED):
            return self.get_response(request)
        try:
            before, sign_in, by_header, actor = _who(request)
            _insist_on_own_pages(request, sign_in, by_header)
        except TooManyAttempts as error:
            return self._refuse(request, Refusal(429, str(error), error.retry_after))
        except sign_ins.Refused as error:
            return self._refuse(request, Refusal(401, str(error)))
        except Forged as error:
            return self._refuse(request, Refusal(403, str(error)))
        except CutShort as error:  # a form is read here for its token
            return self._refuse(request, Refusal(400, str(error)))
        request.actor, request.sign_in = actor, sign_in  # type: ignore[attr-defined]
        response = self.get_response(request)
        _keep_cookie(request, response, before)
        return response

    def _refuse(self, request: HttpRequest, refusal: Refusal) -> HttpResponseBase:
        answer = next((answer for beginning, answer in self.answers if request.path_info.startswith(beginning)), plain)
        response: HttpResponseBase = answer(request, refusal)
        if refusal.status == 401:
            _drop_cookie(response)
            if wire.is_wire(request.path_info):
                response.headers["WWW-Authenticate"] = f'Basic realm="{wire.REALM}"'
        if refusal.retry_after is not None:
            response.headers["Retry-After"] = str(refusal.retry_after)
        return response


def plain(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal in words, for doors without an answer of their own."""
    return HttpResponse(refusal.message, status=refusal.status, content_type="text/plain; charset=utf-8")


def lifetime() -> timedelta:
    """How long a sign-in lasts unused, as the site says (`15 minutes`)."""
    return span(str(preferences.get("sessionTimeout"))) or sign_ins.LIFETIME


def span(text: str) -> timedelta | None:
    """`15 minutes`, `2 days`, or a number of minutes. None when it is neither."""
    found = re.fullmatch(r"\s*(\d{1,6})\s*(?:(second|minute|hour|day)s?)?\s*", text, re.IGNORECASE)
    if not found or int(found[1]) == 0:
        return None
    return timedelta(seconds=int(found[1]) * _UNITS[(found[2] or "minute").lower()])


def address(request: HttpRequest) -> str | None:
    """Where the request comes from, as the server sees it; a header that anybody can write does not count."""
    try:
        return str(ip_address(request.META.get("REMOTE_ADDR", "").partition("%")[0]))
    except ValueError:  # a UNIX socket has no address
        return None


def _who(request: HttpRequest) -> tuple[str | None, SignedIn | None, bool, Actor]:
    """The ID that the browser holds if it is live, the sign-in of this request, whether it came from the header, and who asks.

    The header counts when it names another user than the cookie does: one who changes users means the new one. Clients of DICOMweb send
    it with each of thousands of requests and keep no cookies, so it opens no sign-in there.
    """
    length = lifetime()
    cookie = request.COOKIES.get(wire.COOKIE, "")
    known = sign_ins.find(cookie, lifetime=length) if cookie else None
    before = known.id if known else None
    credentials = basic(request.headers.get("Authorization", ""))
    if credentials is None:
        return before, known, False, GUEST if known is None else known.actor
    login, password = credentials
    if known is not None and known.actor.login.lower() == login.lower() and not known.actor.is_guest:
        return before, known, True, known.actor
    actor, alias = _authenticated(login, password, address(request))
    if known is not None and known.actor.id == actor.id:
        return before, known, True, known.actor
    if known is None and request.path_info.startswith(NO_COOKIES):
        return before, None, True, actor
    return before, sign_ins.sign_in(actor, address=address(request), lifetime=length, instead_of=known, alias=alias), True, actor


def _authenticated(login: str, password: str, source: str | None) -> tuple[Actor, str | None]:
    """Whose credentials these are, and the alias token with which a sign-in of theirs is to end."""
    if tokens.looks_like_alias(login):
        shown = tokens.show(login, password)
        if shown is None:
            raise sign_ins.Refused
        return shown.actor, shown.alias
    return sign_ins.check(login, password, address=source), None


def basic(header: str) -> tuple[str, str] | None:
    """Login and password of the header Authorization. What is called Basic but is not is a wrong password; other schemes are not for us."""
    scheme, _, text = header[:MAX_CREDENTIALS].partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        login, colon, password = base64.b64decode(text.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise sign_ins.Refused from None
    if not colon:
        raise sign_ins.Refused
    return login, password


def _insist_on_own_pages(request: HttpRequest, sign_in: SignedIn | None, by_header: bool) -> None:
    """Raises `Forged` unless an unsafe request of a browser comes from a page of ours.

    Browsers say where a request comes from; that is checked for all, as they also send Basic credentials by themselves. Where
    the cookie is relied on the token is needed too. Scripts say nothing of that kind and need no token (reference 1.3).
    """
    if request.method in SAFE:
        return
    fetch_site, origin = request.headers.get("Sec-Fetch-Site", ""), request.headers.get("Origin", "")
    foreign = _host(origin) != request.get_host().lower() if origin else fetch_site not in ("", "same-origin", "none")
    if foreign or fetch_site == "cross-site":
        raise Forged("This request came from a page of another site and was not carried out. Do it on a page of this archive.")
    if sign_in is None or by_header or not wire.is_browser(request.headers.get("User-Agent", "")):
        return
    if not constant_time_compare(_token(request), sign_in.csrf):
        raise Forged("This page is too old for what it was to do: it was made for another sign-in. Reload it and try again.")


def _host(origin: str) -> str | None:
    """Host and port of an Origin; None where it is no address, which no page of ours has."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _token(request: HttpRequest) -> str:
    """The token as header, parameter, or field of a plain form: a form with files is not read here, it may be large."""
    sent = request.headers.get("X-CSRF-Token") or request.GET.get(wire.CSRF_PARAMETER) or request.GET.get("csrf")
    if not sent and request.content_type == "application/x-www-form-urlencoded":
        sent = request.POST.get("csrf") or request.POST.get(wire.CSRF_PARAMETER)
    return sent or ""


def _keep_cookie(request: HttpRequest, response: HttpResponseBase, before: str | None) -> None:
    """Tells the browser what `request.sign_in` has become."""
    sign_in: SignedIn | None = request.sign_in  # type: ignore[attr-defined]
    if sign_in is None:
        if before is not None or wire.COOKIE in request.COOKIES:
            _drop_cookie(response)
        return
    if sign_in.id != before:
        response.set_cookie(wire.COOKIE, sign_in.id, path="/", secure=settings.COOKIE_SECURE, httponly=True, samesite="Lax")
    if wire.is_wire(request.path_info):
        wire.set_expiration(response.cookies, sign_in.expires_at, sign_in.lifetime, secure=settings.COOKIE_SECURE)


def _drop_cookie(response: HttpResponseBase) -> None:
    response.delete_cookie(wire.COOKIE, path="/", samesite="Lax")
