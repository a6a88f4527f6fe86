"""A file inside an archive that is stored as one file: `a.zip!/inner/x.txt`, and what such an archive holds (xnat-data-api 3.4)."""
from __future__ import annotations

import os
from collections.abc import Iterator

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from scanhouse.errors import Invalid, NotFound
from scanhouse.records import bytes as stored
from scanhouse.records import preferences
from scanhouse.records.models import File, Resource
from scanhouse.storage import archives
from scanhouse.storage.members import Member

from . import envelopes, transfers
from .dialect import Call

MAX_LISTED = 100_000
"""Members that a list names."""


def show(call: Call, held: list[Resource], path: str) -> HttpResponseBase:
    """The member of an archive that a path goes into. Raises NotFound where there is none, or no such archive."""
    outer, inner = _split(held, path)
    if outer is None or not inner:
        raise NotFound("There is no such file here.")
    with stored.store().open(outer.object) as file:
        for member in archives.members(file, name=outer.path):
            if member.name.strip("/") == inner:
                return _answer(call, outer, member, inner)
    raise NotFound("There is no such file in this archive.")


def listing(call: Call, file: File) -> HttpResponseBase:
    """Names and sizes of what an archive holds."""
    with stored.store().open(file.object) as opened:
        if archives.kind(os.pread(opened.fileno(), 262, 0)) is None:
            raise Invalid("This file is no archive that can be looked into.")
        rows = [(member.name, "" if member.size is None else member.size) for member in archives.members(opened, name=file.path)]
    return envelopes.table(call, envelopes.Table(("File Name", "Size"), rows[:MAX_LISTED]))


def _split(held: list[Resource], path: str) -> tuple[File | None, str]:
    """The stored archive whose path begins this path, and what comes after it."""
    before, mark, after = path.partition("!/")
    parts = path.split("/")
    tries = [(before, after)] if mark else [("/".join(parts[:n]), "/".join(parts[n:])) for n in range(1, len(parts))]
    suffixes = tuple(f".{suffix.strip()}" for suffix in str(preferences.get("zipExtensions")).split(","))
    for outer, inner in tries:
        if outer.lower().endswith(suffixes):
            found = File.objects.filter(resource__in=[one.pk for one in held], path=outer).order_by("resource_id").first()
            if found is not None:
                return found, inner.strip("/")
    return None, ""


def _answer(call: Call, outer: File, member: Member, inner: str) -> HttpResponseBase:
    if member.refused is not None:
        raise member.refused
    name = inner.rpartition("/")[2]
    response: HttpResponseBase
    if call.method == "HEAD":
        response = HttpResponse(b"")
    else:
        response = StreamingHttpResponse(_content(outer, member.name))
    response.headers["Content-Type"] = transfers.media_type(name)
    response.headers["Content-Disposition"] = transfers.disposition(name, save=True)
    if member.size is not None:
        response.headers["Content-Length"] = str(member.size)
    return response


def _content(outer: File, wanted: str) -> Iterator[bytes]:
    """Read while it is sent: the archive is opened anew, as the answer outlives the endpoint."""
    with stored.store().open(outer.object) as file:
        for member in archives.members(file, name=outer.path):
            if member.name == wanted:
                yield from member.chunks()
                return


