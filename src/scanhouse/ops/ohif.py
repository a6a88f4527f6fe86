"""The OHIF viewer of the npm package, changed as text so that it lives below `/viewer/` and asks nobody else.

The package is built for the root of a site. Its public path is a literal in the bundles, so a setting alone cannot move it.
Every kind of change is counted: another version of OHIF that is built differently must fail here and not in the browser.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field

from scanhouse.errors import Broken

BASE = "/viewer/"

EXPECTED = {"public path in scripts": 8, "font addresses in styles": 5, "addresses in the page": 18, "service worker in the page": 1}
"""Changes made in 3.13.2."""

DROPPED = (
    "ort/",  # 136 MB of ONNX runtime, used only by segmentation models that we do not ship
    "customizations/",
    "app-config.js",  # ours is served in its place
    "sw.js", "init-service-worker.js",  # they load workbox from a public address
    "google.js", "silent-refresh.html", "oidc-client.min.js", "es6-shim.min.js", "polyfill.min.js",
    "_headers", "_redirects", "serve.json",
    "assets/apple-touch-startup-image", "assets/yandex", "assets/firefox_app", "assets/coast", "assets/mstile", "assets/browserconfig.xml",
)


class ViewerChanged(Broken):
    """The package is not built as the changes expect."""


@dataclass
class Patch:
    """Changes files one by one and counts what it did."""

    base: str = BASE
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(EXPECTED, 0))

    def wanted(self, name: str) -> bool:
        """Whether the file `name` (below `dist/`) is shipped at all."""
        return not name.startswith(DROPPED) and not name.endswith(".map")

    def apply(self, name: str, content: bytes) -> bytes:
        """The content to serve for the file `name` (below `dist/`)."""
        base = self.base.encode("ascii")
        if name == "index.html":
            return self._page(content)
        if name == "manifest.json":
            return content.replace(b'"/assets', b'"' + base + b"assets")
        if name.endswith(".js"):
            return self._count("public path in scripts", rb'((?:__webpack_require__|\b[a-z])\.p ?= ?)"/"', rb'\1"' + base + b'"', content)
        if name.endswith(".css"):
            return self._count("font addresses in styles", rb"url\(/(?!/)", b"url(" + base, content)
        return content

    def finish(self) -> None:
        """Raises `ViewerChanged` unless each kind of change was made as often as it must be."""
        wrong = [f"{kind}: {self.counts[kind]} instead of {count}" for kind, count in EXPECTED.items() if self.counts[kind] != count]
        if wrong:
            raise ViewerChanged(
                f"This OHIF is not built like the one that the changes were written for ({', '.join(wrong)}). "
                "Look at ops/ohif.py before you ship it."
            )

    def _page(self, text: bytes) -> bytes:
        base = self.base.encode("ascii")
        # Pictures for the start screens of phones: many lines, and files, that no reader of images needs.
        text = re.sub(rb"<(?:link|meta)[^>]*(?:startup-image|yandex|msapplication|coast-)[^>]*>", b"", text)
        text = self._count("service worker in the page", rb'<script[^>]*src="/init-service-worker\.js"></script>', b"", text)
        text = self._count("addresses in the page", rb'(href|src|content)="/(?!/)', rb'\1="' + base, text)
        text = text.replace(b'window.PUBLIC_URL="/"', b'window.PUBLIC_URL="' + base + b'"')
        text = text.replace(b"user-scalable=no", b"user-scalable=yes")
        return text.replace(b"<title>OHIF Viewer</title>", "<title>Viewer · Scanhouse</title>".encode())

    def _count(self, kind: str, pattern: bytes, replacement: bytes, text: bytes) -> bytes:
        text, made = re.subn(pattern, replacement, text)
        self.counts[kind] += made
        return text
