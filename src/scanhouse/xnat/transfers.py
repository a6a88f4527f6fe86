"""Bytes out: files and archives, whole or in part, as answers (xnat-data-api 3.4)."""
from __future__ import annotations

from urllib.parse import quote

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from scanhouse.records import downloads
from scanhouse.records.downloads import Content
from scanhouse.storage.ranges import Unsatisfiable

from .dialect import Call

SHOWN = {
    "bmp": "image/bmp", "gif": "image/gif", "jpg": "image/jpeg", "jpeg": "image/jpeg", "pdf": "application/pdf", "png": "image/png",
    "tif": "image/tiff", "tiff": "image/tiff", "txt": "text/plain; charset=utf-8",
}  # fmt: skip
"""Types by suffix that a browser may show. What could hold scripts (HTML, SVG, XML) is sent for saving only."""
SAVED = {"html": "text/html; charset=utf-8", "htm": "text/html; charset=utf-8", "svg": "image/svg+xml", "xml": "text/xml; charset=utf-8"}


def media_type(name: str) -> str:
    """The type of a file by its name; bytes where nothing is known."""
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    return SHOWN.get(suffix) or SAVED.get(suffix) or "application/octet-stream"


def answer(call: Call, content: Content, *, name: str = "", save: bool = False) -> HttpResponseBase:
    """The content, or the range of it that was asked for. `name`: what it is called where it is saved; `save`: it is not to be shown."""
    headers = call.request.headers
    try:
        sent = downloads.send(
            content, range_header=headers.get("Range"), if_range=headers.get("If-Range"), if_none_match=headers.get("If-None-Match")
        )
    except Unsatisfiable as error:
        refused = HttpResponse(str(error), status=416, content_type="text/plain; charset=utf-8")
        refused.headers["Content-Range"] = error.content_range
        return refused
    response: HttpResponseBase
    if call.method == "HEAD" or sent.status == 304:
        response = HttpResponse(b"", status=sent.status)
    else:
        response = StreamingHttpResponse(sent.blocks, status=sent.status)
    for header, value in sent.headers.items():
        response.headers[header] = value
    if name:
        response.headers["Content-Disposition"] = disposition(name, save=save)
    return response


def disposition(name: str, *, save: bool) -> str:
    """Content-Disposition (RFC 6266), with a plain form of the name beside the real one."""
    plain = "".join(character if " " <= character < "\x7f" and character not in '"\\' else "_" for character in name)
    kind = "attachment" if save else "inline"
    extended = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'{kind}; filename="{plain}"{extended}'
