"""Files that a browser gets as they lie in a folder: looked up in an index made once, sent precompressed, cached by name."""
from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

TYPES = {
    ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8", ".json": "application/json", ".svg": "image/svg+xml", ".png": "image/png",
    ".jpg": "image/jpeg", ".gif": "image/gif", ".ico": "image/x-icon", ".woff2": "font/woff2", ".woff": "font/woff", ".ttf": "font/ttf",
    ".wasm": "application/wasm", ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8",
}
"""Media types by suffix, written out: the machine's own table differs from place to place, and wasm must be right."""

HASHED = re.compile(r"(?:^|[.-])[0-9a-f]{16,}\.")
"""A name with a content hash in it never changes its content."""

FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
"""Kept by the browser, but asked for again with its ETag each time."""


class WholeFile(FileResponse):
    """Django sends 4 kB at a time; blocks of 1 MB are four times as fast."""

    block_size = 1 << 20


@dataclass(frozen=True)
class Asset:
    """One file to serve: on disk (`path`) or in memory (`body`), with its compressed twin when there is one."""

    name: str
    etag: str
    path: Path | None = None
    packed_path: Path | None = None
    body: bytes = b""
    packed: bytes | None = None

    @property
    def media_type(self) -> str:
        return TYPES.get(Path(self.name).suffix, "application/octet-stream")


def on_disk(folder: Path) -> dict[str, Asset]:
    """Index of the files below `folder` by relative name. `name.gz` beside `name` is its compressed twin, not a file of its own."""
    return {name: disk_asset(name, path) for name, path in files(folder) if not (path.suffix == ".gz" and path.with_suffix("").exists())}


def disk_asset(name: str, path: Path) -> Asset:
    twin = path.with_name(path.name + ".gz")
    found = path.stat()
    return Asset(name, f'"{found.st_size:x}-{found.st_mtime_ns:x}"', path=path, packed_path=twin if twin.exists() else None)


def in_memory(name: str, body: bytes) -> Asset:
    """A small file kept in memory, compressed where that gains."""
    packed = gzip.compress(body, 9, mtime=0)
    return Asset(name, f'"{hashlib.sha256(body).hexdigest()[:20]}"', body=body, packed=packed if len(packed) < len(body) * 0.95 else None)


def files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Relative name and path of each file below `folder`, in a fixed order."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def answer(request: HttpRequest, asset: Asset, *, cache: str = "") -> HttpResponseBase:
    """The response for `asset`: 304 when the browser has it, compressed when it may be. `cache` overrides what its name says."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    response: HttpResponseBase
    if asset.etag in request.headers.get("If-None-Match", ""):
        response = HttpResponseNotModified()
    else:
        squeeze = "gzip" in request.headers.get("Accept-Encoding", "")
        response = body_of(asset, squeeze=squeeze, head=request.method == "HEAD")
    response.headers["ETag"] = asset.etag
    response.headers["Cache-Control"] = cache or (FOREVER if HASHED.search(asset.name) else ASK_AGAIN)
    if asset.packed is not None or asset.packed_path is not None:
        patch_vary_headers(response, ["Accept-Encoding"])
    return response


def body_of(asset: Asset, *, squeeze: bool, head: bool) -> HttpResponseBase:
    response: HttpResponseBase
    if asset.path is not None:
        path = asset.packed_path if squeeze and asset.packed_path else asset.path
        response = HttpResponse(content_type=asset.media_type) if head else WholeFile(path.open("rb"), content_type=asset.media_type)
        response.headers["Content-Length"] = str(path.stat().st_size)
        packed = path is asset.packed_path
    else:
        packed = squeeze and asset.packed is not None
        response = HttpResponse(asset.packed if packed else asset.body, content_type=asset.media_type)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    return response
