"""The addresses of DICOMweb: parse, find, answer."""
from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from scanhouse.access.actors import Actor
from scanhouse.dicomweb import faults, metadata, rendered, retrieve, search
from scanhouse.dicomweb.found import Asked
from scanhouse.dicomweb.negotiation import accepted, best
from scanhouse.errors import ScanhouseError
from scanhouse.records import preferences, projects

DICOM_JSON = "application/dicom+json"
FOR_ONE_READER = {"Cache-Control": "private, no-cache", "Vary": "Accept, Cookie, Authorization"}
"""No cache may hand an answer to somebody else, or to the same one without asking."""

View = Callable[..., HttpResponseBase]


def door(view: View) -> View:
    """What all addresses share: methods, guests on a closed site, the project of the address, errors as answers, no foreign cache."""

    @wraps(view)
    def opened(request: HttpRequest, *, project: str | None = None, **uids: Any) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return HttpResponse("Only GET is possible here.", status=405, headers={"Allow": "GET, HEAD"})
        actor: Actor = request.actor  # type: ignore[attr-defined]  # set by config.signing_in
        if actor.is_guest and preferences.get("requireLogin"):
            return faults.unauthorized()
        frames = {key: uids.pop(key) for key in ("frames", "path") if key in uids}
        try:
            inside = None if project is None else projects.find(actor, project).id
            response = view(request, Asked(actor, inside, **uids), **frames)
        except ScanhouseError as error:
            return faults.answer(error)
        for name, value in FOR_ONE_READER.items():
            response.headers.setdefault(name, value)
        return response

    return opened


@door
def studies(request: HttpRequest, asked: Asked) -> HttpResponseBase:
    return _page(request, search.studies(asked, search.parse(_parameters(request))))


@door
def series(request: HttpRequest, asked: Asked) -> HttpResponseBase:
    return _page(request, search.series(asked, search.parse(_parameters(request))))


@door
def instances(request: HttpRequest, asked: Asked) -> HttpResponseBase:
    return _page(request, search.instances(asked, search.parse(_parameters(request))))


@door
def retrieved(request: HttpRequest, asked: Asked) -> HttpResponseBase:
    return retrieve.files(asked, accepted(request)).response()


@door
def described(request: HttpRequest, asked: Asked) -> HttpResponseBase:
    _require_json(request)
    packed = metadata.packed(asked)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(packed, content_type=DICOM_JSON, headers={"Content-Encoding": "gzip"})
    return HttpResponse(metadata.unpacked(packed), content_type=DICOM_JSON)


@door
def framed(request: HttpRequest, asked: Asked, frames: str) -> HttpResponseBase:
    return retrieve.frames(asked, frames, accepted(request)).response()


@door
def bulk(request: HttpRequest, asked: Asked, path: str) -> HttpResponseBase:
    return retrieve.bulk(asked, path, accepted(request)).response()


@door
def pictured(request: HttpRequest, asked: Asked, frames: str = "1") -> HttpResponseBase:
    return rendered.picture(asked, frames, accepted(request), request.GET)


@door
def thumbnail(request: HttpRequest, asked: Asked, frames: str = "") -> HttpResponseBase:
    return rendered.thumbnail(asked, frames, accepted(request), request.GET, known=request.headers.get("If-None-Match", ""))


def _page(request: HttpRequest, page: search.Page) -> HttpResponse:
    _require_json(request)
    response = HttpResponse(page.json(), content_type=DICOM_JSON)
    if page.more:
        response["Warning"] = '299 scanhouse "There are more results. Go on with the parameter offset."'
    return response


def _require_json(request: HttpRequest) -> None:
    # Multipart XML is not offered; application/json is what curl and browsers' scripts say.
    if best(accepted(request), (DICOM_JSON, "application/json")) is None:
        raise faults.NotAcceptable(DICOM_JSON)


def _parameters(request: HttpRequest) -> list[tuple[str, str]]:
    return [(name, value) for name, values in request.GET.lists() for value in values]
