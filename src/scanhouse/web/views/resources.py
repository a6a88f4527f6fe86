"""Resources on pages: what they hold, their files when they are asked for, one file, all of them."""
from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from scanhouse.access import policy
from scanhouse.access.policy import Action
from scanhouse.records import downloads, files, resources
from scanhouse.records.models import Resource
from scanhouse.web import page, sending
from scanhouse.web.door import door

SHOWN = 100
"""Files that a page lists; the zip has all."""


def rows(there: QuerySet[Resource]) -> list[dict[str, Any]]:
    """Resources for `parts/resources.html`."""
    found = list(there)
    stats = resources.stats(found)
    return [
        {
            "label": one.label, "format": one.format, "files": stats[one.pk].files, "bytes": stats[one.pk].bytes,
            "zip_url": reverse("resource_zip", args=[one.pk]), "files_url": reverse("resource_files", args=[one.pk]),
        }
        for one in found
    ]  # fmt: skip


def listed(resource: Resource) -> dict[str, Any]:
    """A resource with its first files, for `parts/files.html`."""
    stats = resources.stats([resource])[resource.pk]
    shown = [
        {"path": file.path, "bytes": file.size, "format": file.format or resource.format, "content": file.content or resource.content,
         "url": reverse("file", args=[resource.pk, file.path])}
        for file in files.listing([resource])[:SHOWN]
    ]  # fmt: skip
    return {
        "label": resource.label, "files": shown, "total": stats.files, "more": max(0, stats.files - len(shown)), "bytes": stats.bytes,
        "zip_url": reverse("resource_zip", args=[resource.pk]),
    }  # fmt: skip


@door("GET")
def file_list(request: HttpRequest, resource: int) -> HttpResponseBase:
    """The files of a resource, as a part of the page that shows it."""
    found = resources.by_key(page.actor(request), resource)
    return page.part(request, "files", **listed(found))


@door("GET")
def resource_zip(request: HttpRequest, resource: int) -> HttpResponseBase:
    found = resources.by_key(page.actor(request), resource)
    content = downloads.archive(downloads.entries(files.listing([found])), downloads.Form.ZIP)
    return sending.send(request, content, f"{found.label}.zip")


@door("GET")
def file(request: HttpRequest, resource: int, path: str) -> HttpResponseBase:
    """One file, to be saved."""
    found = resources.by_key(page.actor(request), resource)
    policy.require(page.actor(request), Action.READ, found)
    one = files.find(found, path)
    return sending.send(request, downloads.Single.of(one), one.path.rpartition("/")[2])
