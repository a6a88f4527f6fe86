"""Our own styles, scripts and pictures, all below one address that names their content: `/static/<version>/js/page.js`.

The version is a digest over all of them. A script can therefore import its neighbour, and a style its font, by a relative
name, and everything is cached for ever without a step that rewrites files. Together they are small, so they stay in memory.
"""
from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponseNotFound
from django.http.response import HttpResponseBase

from scanhouse.web import served

OURS = Path(__file__).with_name("static")

BUNDLES = {
    "css/scanhouse.css": (
        "css/tokens.css", "css/base.css", "css/layout.css", "css/controls.css", "css/tables.css", "css/parts.css",
        "css/images.css", "css/upload.css", "css/print.css",
    ),
}
"""Files served as one, in this order: styles are read together on every page."""


@dataclass(frozen=True)
class Shelf:
    """All static files of this process, by name, and the version that names their content."""

    version: str
    assets: dict[str, served.Asset]

    def url(self, name: str) -> str:
        """Address of the file `name`. Raises KeyError for one that is not there: a template must not name it."""
        return f"/static/{self.version}/{self.assets[name].name}"


@functools.cache
def shelf() -> Shelf:
    """Our files and the vendors', read once per process."""
    contents = {name: path.read_bytes() for name, path in served.files(OURS)}
    vendor = Path(settings.ASSETS_DIR) / "vendor"
    if vendor.is_dir():
        contents |= {f"vendor/{name}": path.read_bytes() for name, path in served.files(vendor) if path.suffix != ".gz"}
    contents |= {bundle: b"\n".join(contents[name] for name in names) for bundle, names in BUNDLES.items()}
    digest = hashlib.sha256()
    for name, body in sorted(contents.items()):
        digest.update(name.encode() + b"\0" + body)
    return Shelf(digest.hexdigest()[:12], {name: served.in_memory(name, body) for name, body in contents.items()})


def static(request: HttpRequest, version: str, name: str) -> HttpResponseBase:
    """A static file. Another version is one that a page of an earlier process named: it gets today's file, not kept."""
    asset = shelf().assets.get(name)
    if asset is None:
        return HttpResponseNotFound("There is no such file.", content_type="text/plain")
    response = served.answer(request, asset, cache=served.FOREVER if version == shelf().version else served.ASK_AGAIN)
    if asset.media_type == "image/svg+xml":
        response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


def favicon(request: HttpRequest) -> HttpResponseBase:
    """The logo at the address where browsers and the viewer look for it."""
    return static(request, "", "img/logo.svg")
