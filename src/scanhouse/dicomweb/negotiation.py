"""What the client accepts (PS3.18 8.7): the query parameter `accept` before the header, media ranges by weight."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.http import HttpRequest

MAX_ACCEPT = 4096
"""Characters of an Accept that are read; browsers send 200."""
MAX_RANGES = 32


@dataclass(frozen=True)
class MediaRange:
    """One media range: `type` in lower case, such as `multipart/related` or `*/*`; parameters without quotes."""

    type: str
    parameters: dict[str, str] = field(default_factory=dict)
    weight: float = 1.0

    def covers(self, media_type: str) -> bool:
        """Whether a media type is in the range."""
        major = media_type.partition("/")[0]
        return self.type in ("*/*", media_type, f"{major}/*")


def accepted(request: HttpRequest) -> list[MediaRange]:
    """What the request accepts, what it likes best first. Without any word it accepts everything."""
    return ranges_of(request.GET.get("accept") or request.headers.get("Accept") or "")


def ranges_of(text: str) -> list[MediaRange]:
    """The ranges of a header Accept, best first."""
    ranges = [parse(part) for part in _split((text or "*/*")[:MAX_ACCEPT], ",")[:MAX_RANGES]]
    return sorted((r for r in ranges if r.type and r.weight > 0), key=lambda r: -r.weight)


def parse(text: str) -> MediaRange:
    """One media range. A weight that is no number counts as 1."""
    kind, *rest = _split(text, ";")
    parameters = {}
    for part in rest:
        name, _, value = part.partition("=")
        parameters[name.strip().lower()] = value.strip().strip('"')
    try:
        weight = float(parameters.pop("q", "1"))
    except ValueError:
        weight = 1.0
    return MediaRange(kind.strip().lower(), parameters, weight)


def best(ranges: Iterable[MediaRange], offered: Iterable[str]) -> str | None:
    """The first of the offered media types that the client's best range covers; None when it accepts none."""
    offered = list(offered)
    return next((media_type for wanted in ranges for media_type in offered if wanted.covers(media_type)), None)


def _split(text: str, separator: str) -> list[str]:
    """Split outside quotes."""
    parts, quoted, last = [], False, 0
    for at, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif char == separator and not quoted:
            parts.append(text[last:at])
            last = at + 1
    return [*parts, text[last:]]
