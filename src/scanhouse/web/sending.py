"""Bytes out: a file or a zip as a download that can be resumed (RFC 9110, section 14)."""
from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from scanhouse.records import downloads
from scanhouse.storage.ranges import Unsatisfiable


def send(request: HttpRequest, content: downloads.Content, name: str) -> HttpResponseBase:
    """The content, or the range of it that was asked for, to be saved as `name`. Never shown in the page: it may hold anything."""
    headers = request.headers
    try:
        sent = downloads.send(
            content, range_header=headers.get("Range"), if_range=headers.get("If-Range"), if_none_match=headers.get("If-None-Match")
        )
    except Unsatisfiable as error:
        return HttpResponse(str(error), status=416, content_type="text/plain; charset=utf-8", headers={"Content-Range": error.content_range})
    response: HttpResponseBase
    if request.method == "HEAD" or sent.status == 304:
        response = HttpResponse(b"", status=sent.status)
    else:
        response = StreamingHttpResponse(sent.blocks, status=sent.status)
    for header, value in sent.headers.items():
        response.headers[header] = value
    response.headers["Content-Disposition"] = _saved_as(name)
    return response


def _saved_as(name: str) -> str:
    """Content-Disposition (RFC 6266), with a plain form of the name beside the real one."""
    plain = "".join(character if " " <= character < "\x7f" and character not in '"\\' else "_" for character in name)
    return f'attachment; filename="{plain}"' + ("" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}")
