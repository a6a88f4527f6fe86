"""The door of the pages: methods, guests on a closed site, errors as pages."""
from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import Error
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from scanhouse.errors import Forbidden, NotFound
from scanhouse.records import preferences
from scanhouse.web import faults, page

log = logging.getLogger(__name__)

View = Callable[..., HttpResponseBase]


def door(*methods: str, guests: bool = True, closed_site: bool = False) -> Callable[[View], View]:
    """A view for these methods (GET stands for HEAD too). `guests=False`: for people who are signed in only; `closed_site`: for guests
    also where the site is closed to them."""
    allowed = (*methods, "HEAD") if "GET" in methods else methods

    def closed(view: View) -> View:
        @wraps(view)
        def opened(request: HttpRequest, **names: Any) -> HttpResponseBase:
            try:
                if request.method not in allowed:
                    raise faults.NotAllowedMethod(allowed)
                if page.actor(request).is_guest and (not guests or (not closed_site and preferences.get("requireLogin"))):
                    raise Forbidden("Sign in first: this is for people who are signed in.")
                return view(request, **names)
            except faults.KINDS as error:
                return faults.answer(request, error)
            except Error:
                raise  # without the database no page can be drawn: the outermost layer answers
            except Exception:
                log.exception("A page failed: %s", view.__name__)
                return faults.defect(request)

        return opened

    return closed


@door("GET", "POST", "PUT", "PATCH", "DELETE")
def nowhere(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Every address that is none."""
    raise NotFound(faults.NOTHING)
