"""What stands before Django: the short way of a request that viewers send thousands of times, bodies that are whole or refused
(`whole.py`), and short answers in one piece.

A frame costs Django's way (middleware, addresses, two questions to the database) three times what the frame itself costs. The short
way only ever answers with what was asked for. Whatever is unusual, wrong or refused goes Django's way, so both look alike.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import psycopg
from django.db import DatabaseError
from django.http import parse_cookie

from scanhouse.access.expected import Cookie, Login
from scanhouse.config import whole
from scanhouse.config.downloads import is_short
from scanhouse.config.middleware import security
from scanhouse.config.signing_in import basic
from scanhouse.dicomweb import quick
from scanhouse.dicomweb.views import FOR_ONE_READER
from scanhouse.errors import ScanhouseError
from scanhouse.xnat import session as wire

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]

UNUSUAL = (ScanhouseError, psycopg.Error, DatabaseError, OSError)
"""What the short way may meet; Django's way then meets it again, and knows what to say and to log."""
OK = "200 OK"


class Front:
    """The WSGI application around Django's."""

    def __init__(self, django: Application) -> None:
        self.django = django

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        body = _frame(environ, start_response)
        if body is not None:
            return body
        whole.insist(environ)
        return _in_one_piece(self.django(environ, start_response))


def _frame(environ: Environ, start_response: Start) -> Iterable[bytes] | None:
    if not environ["PATH_INFO"].startswith("/dicomweb/") or environ["REQUEST_METHOD"] != "GET" or environ.get("QUERY_STRING"):
        return None
    try:
        who = _who(environ.get("HTTP_AUTHORIZATION", ""), environ.get("HTTP_COOKIE", ""))
        frame = None if who is None else quick.frame(environ["PATH_INFO"], environ.get("HTTP_ACCEPT", ""), who)
        if frame is None or not frame.is_small:  # a large one is a download, and these are counted
            return None
        body = list(frame.pieces)
    except UNUSUAL:
        return None
    headers = {"Content-Type": frame.content_type, "Content-Length": str(frame.length), **FOR_ONE_READER, **security(frame.content_type)}
    start_response(OK, list(headers.items()))
    return body


def _who(authorization: str, cookies: str) -> Login | Cookie | None:
    """Who asks, by one of the two; somebody who shows both, or neither, is not for the short way."""
    if authorization:
        if wire.COOKIE in cookies or (pair := basic(authorization)) is None:
            return None
        return Login(*pair)
    cookie = parse_cookie(cookies).get(wire.COOKIE) if wire.COOKIE in cookies else None
    return None if cookie is None else Cookie(cookie)


def _in_one_piece(response: Any) -> Iterable[bytes]:
    """A body that is there already as a list: the server sends that at once, and anything else piece by piece through a thread."""
    if getattr(response, "streaming", True) and not is_short(response):
        return response  # type: ignore[no-any-return]
    try:
        return [b"".join(response)]
    finally:
        response.close()
