"""The OHIF viewer below `/viewer/`: its files, its page for every address that is not a file, and our configuration for it.

An address to open: `/viewer/viewer?StudyInstanceUIDs=<uid>[&SeriesInstanceUIDs=<uid>][&project=<id>][&from=<address of our page>]`.
With `project` the viewer asks `/dicomweb/projects/<id>` and so sees what that project shows, shared sessions included.
"""
from __future__ import annotations

import functools
import re
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.http.response import HttpResponseBase

from scanhouse.web import served
from scanhouse.web.static import shelf

CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; worker-src 'self' blob:; img-src 'self' data: blob:; "
    "style-src 'self' 'unsafe-inline'; connect-src 'self' blob: data:; font-src 'self' data:; "
    "object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
)
"""What OHIF needs. Its JPEG-LS and JPEG 2000 decoders evaluate strings, so 'unsafe-eval' holds here, and nowhere else."""

FILE_NAME = re.compile(r"\.[a-z0-9]{2,5}$")


def address(studies: list[str], *, series: list[str] | None = None, project: str = "", back: str = "") -> str:
    """Where the viewer opens the study instance UIDs `studies`, first showing `series`; `back` is the page its logo leads to."""
    query = {"StudyInstanceUIDs": ",".join(studies)}
    if series:
        query["initialSeriesInstanceUID"] = series[0]
    if project:
        query["project"] = project
    if back:
        query["from"] = back
    return f"/viewer/viewer?{urlencode(query, safe=',/')}"


def files() -> dict[str, served.Asset]:
    """The viewer's files by name; none while the assets have not been built."""
    folder = Path(settings.ASSETS_DIR) / "viewer"
    return _files(folder) if folder.is_dir() else {}


@functools.cache
def _files(folder: Path) -> dict[str, served.Asset]:
    return served.on_disk(folder)


def viewer(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """A file of the viewer, or its page: the viewer makes its own addresses, and each of them must survive a reload."""
    asset = shelf().assets["viewer/app-config.js"] if path == "app-config.js" else files().get(path)
    if asset is None and FILE_NAME.search(path):
        return HttpResponseNotFound("The viewer has no such file.", content_type="text/plain")
    asset = asset or files().get("index.html")
    if asset is None:
        return HttpResponse("The viewer is not installed here. Run `scanhouse assets`.", status=503, content_type="text/plain")
    response = served.answer(request, asset)
    response.headers["Content-Security-Policy"] = CSP
    return response
