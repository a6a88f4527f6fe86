"""Which form an answer takes: `format=` wins over `Accept`, and what nobody knows is no error (xnat-data-api 0.2). Pure."""
from __future__ import annotations

from collections.abc import Sequence

JSON, XML, CSV, HTML, TEXT = "json", "xml", "csv", "html", "txt"
ZIP, TAR, TAR_GZ, XCAT = "zip", "tar", "tar.gz", "xcat"

TABLE = (JSON, XML, CSV, HTML)
"""What tables come as; the first is for those who do not say."""
ITEM = (XML, JSON, HTML)
"""What items come as (Q-002)."""

CONTENT_TYPES = {
    JSON: "application/json; charset=utf-8", XML: "text/xml; charset=utf-8", CSV: "text/csv; charset=utf-8", HTML: "text/html; charset=utf-8",
    TEXT: "text/plain; charset=utf-8", ZIP: "application/zip", TAR: "application/x-tar", TAR_GZ: "application/x-gtar",
    XCAT: "text/xml; charset=utf-8", "xlist": "text/xml; charset=utf-8", "xar": "application/octet-stream",
}
_MIME = {
    "application/json": JSON, "text/json": JSON, "text/xml": XML, "application/xml": XML, "text/csv": CSV, "text/html": HTML,
    "application/xhtml+xml": HTML, "text/plain": TEXT, "application/zip": ZIP, "application/x-zip-compressed": ZIP,
    "application/x-tar": TAR, "application/tar": TAR, "application/x-gtar": TAR_GZ, "application/gzip": TAR_GZ,
    "application/x-gzip": TAR_GZ, "application/tar+gzip": TAR_GZ,
}
MAX_ACCEPT = 1000
"""Characters of the header that are looked at; browsers send some 150."""


def named(text: str) -> str:
    """The form that a value of `format=` names, whatever its case; empty when it names none."""
    name = text.strip().lower()
    if name in CONTENT_TYPES:
        return name
    return _MIME.get(name, "")


def choose(format: str, accept: str, offered: Sequence[str]) -> str:
    """One of the forms on offer, the first where nothing says otherwise."""
    wanted = named(format)
    if wanted in offered:
        return wanted
    best, best_quality = offered[0], 0.0
    for place, entry in enumerate(accept[:MAX_ACCEPT].split(",")):
        mime, _, parameters = entry.partition(";")
        mime = mime.strip().lower()
        quality = _quality(parameters) - place * 1e-6
        if quality <= best_quality:
            continue
        found = offered[0] if mime == "*/*" else _MIME.get(mime, "")
        if found in offered:
            best, best_quality = found, quality
    return best


def _quality(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
