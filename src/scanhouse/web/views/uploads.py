"""The upload page and its requests (documented in static/js/upload/queue.js): bodies go to staging files as they come."""
from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import orjson
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from scanhouse.access import policy
from scanhouse.access.policy import Action, Place
from scanhouse.errors import CutShort, Invalid
from scanhouse.ingest import parts, web_uploads
from scanhouse.ingest.imports import ANY_SESSION
from scanhouse.ingest.models import PrearchiveSession, SessionState
from scanhouse.ingest.web_uploads import Then
from scanhouse.records import projects
from scanhouse.records.models import Project
from scanhouse.web import forms, page, words
from scanhouse.web.door import door
from scanhouse.web.faults import TooLarge
from scanhouse.web.listings import arrivals
from scanhouse.web.listings import projects as project_rows
from scanhouse.web.views import places
from scanhouse.web.views.prearchive import archived

BLOCK = 1 << 20
BATCH_BYTES, PIECE_BYTES = 1 << 30, 64 << 20
"""Bytes of one request: the page sends 8 MB, or one file of up to 32 MB with its head."""


@door("GET", guests=False)
def upload_page(request: HttpRequest) -> HttpResponseBase:
    seen = policy.visible(page.actor(request), Project.objects.all(), Action.CREATE, element=ANY_SESSION)
    offered = [{"id": one.id, "name": one.name} for one in seen.order_by("id")[: project_rows.MANY]]
    chosen = request.GET.get("project", "")
    return page.render(request, "upload", section="upload", project=None, projects=offered, chosen=chosen, start_url=reverse("uploads"))


@door("GET", guests=False)
def project_tab(request: HttpRequest, project: str) -> HttpResponseBase:
    found = places.project(request, project)
    policy.require(page.actor(request), Action.CREATE, Place(found.id, ANY_SESSION))
    return page.render(
        request, "upload", start_url=reverse("uploads"), subject=request.GET.get("subject", ""), **places.tab(request, found, "upload")
    )


@door("POST", guests=False)
def begin(request: HttpRequest) -> HttpResponseBase:
    form = forms.Upload(request.POST)
    if not form.is_valid():
        raise Invalid("Choose the project that the images belong to.")
    given, by = form.cleaned_data, page.actor(request)
    upload = web_uploads.begin(
        projects.find(by, given["project"]), subject=given["subject"], session=given["session"], then=Then(given["then"]), by=by
    )
    return JsonResponse({"url": reverse("upload_one", args=[upload.pk])})


@door("POST", guests=False)
def batch(request: HttpRequest, upload: str) -> HttpResponseBase:
    by = page.actor(request)
    found = web_uploads.find(upload, by=by)
    with tempfile.TemporaryFile(dir=settings.STAGING_DIR) as file:
        for chunk in _chunks(request, BATCH_BYTES):
            file.write(chunk)
        file.flush()
        file.seek(0)
        outcomes = web_uploads.batch(found, cast("BinaryIO", file), by=by)
    return JsonResponse({"files": [{"outcome": one.outcome, "why": one.why} for one in outcomes]})


@door("POST", guests=False)
def files(request: HttpRequest, upload: str) -> HttpResponseBase:
    by, about = page.actor(request), _json(request)
    found = web_uploads.find(upload, by=by)
    name, size, modified = about.get("name"), about.get("size"), about.get("modified")
    if not (isinstance(name, str) and isinstance(size, int) and isinstance(modified, int)) or not 0 <= modified < 1 << 62:
        raise Invalid("A file is told by its name, size in bytes and time in ms.")
    part = parts.resume(found, name.replace("\0", ""), size, modified, by=by)
    return JsonResponse({"url": reverse("upload_file", args=[upload, part.pk]), "offset": parts.offset(part)})


@door("GET", "PATCH", guests=False)
def file(request: HttpRequest, upload: str, part: str) -> HttpResponseBase:
    by = page.actor(request)
    found = parts.part_of(web_uploads.find(upload, by=by), part, by=by)
    if request.method == "PATCH":
        start = request.headers.get("Upload-Offset", "")
        if not (start.isascii() and start.isdigit() and len(start) < 19):
            raise Invalid("A piece says where it begins in the header Upload-Offset.")
        try:
            return JsonResponse({"offset": parts.append(found, _chunks(request, PIECE_BYTES), offset=int(start), by=by)})
        except parts.Elsewhere as error:
            return JsonResponse({"error": str(error), "offset": error.offset}, status=409)
    seen = parts.progress(found)
    refused = [{"name": one.name, "why": one.reason} for one in seen.refused]
    return JsonResponse({"state": seen.state, "counts": seen.counts, "why": seen.why, "refused": refused})


@door("POST", guests=False)
def finish(request: HttpRequest, upload: str) -> HttpResponseBase:
    by = page.actor(request)
    web_uploads.finish(web_uploads.find(upload, by=by), by=by)
    return JsonResponse({})


@door("GET", guests=False)
def sessions(request: HttpRequest, upload: str) -> HttpResponseBase:
    """What came of an upload, as a part of its page; the header says whether anything still changes by itself."""
    by = page.actor(request)
    found = web_uploads.sessions(web_uploads.find(upload, by=by), by=by)
    response = page.part(request, "upload_sessions", sessions=[_row(request, one) for one in found])
    response.headers["X-Settled"] = "no" if any(one.state in arrivals.BUSY for one in found) else "yes"
    return response


def _row(request: HttpRequest, session: PrearchiveSession) -> dict[str, Any]:
    url = archived(page.actor(request), session) or arrivals.address(session.project, session.timestamp, session.folder)
    return {
        "key": session.key, "url": url, "label": session.label, "subject": session.subject, "state": session.state,
        "reason": session.reason or (words.ADVICE["READY"] if session.state == SessionState.READY else ""),
        "modalities": sorted({scan["modality"] for scan in session.doc.get("scans/scan", []) if scan.get("modality")}),
        "objects": session.received.exclude(state="deleted").count(),
    }  # fmt: skip


def _chunks(request: HttpRequest, most: int) -> Iterator[bytes]:
    """The body as it comes, within bounds; of one that breaks off all that came."""
    left = most
    try:
        while chunk := request.read(BLOCK):
            left -= len(chunk)
            if left < 0:
                raise TooLarge(f"More than {most >> 20} MB came in one request. Reload the page: it sends less at a time.")
            yield chunk
    except CutShort as error:
        yield error.arrived  # a large file goes on behind it
        raise


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        about = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise Invalid("The request is no JSON.") from None
    if not isinstance(about, dict):
        raise Invalid("The request is no JSON object.")
    return about
