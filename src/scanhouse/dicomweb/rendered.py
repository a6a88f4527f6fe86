"""Rendered frames and thumbnails (PS3.18 8.7.4, 8.3.5)."""
from __future__ import annotations

import hashlib
from collections.abc import Mapping

from django.http import HttpResponse

from scanhouse.dicomweb.faults import NotAcceptable
from scanhouse.dicomweb.found import Asked, middle
from scanhouse.dicomweb.negotiation import MediaRange, best
from scanhouse.dicomweb.retrieve import _numbers, request
from scanhouse.dicomweb.studio import studio
from scanhouse.errors import Invalid

JPEG, PNG = "image/jpeg", "image/png"
FORMS = (JPEG, PNG)
THUMBNAIL_SIDE = 256
MAX_PICTURES = 1


def picture(asked: Asked, frames: str, ranges: list[MediaRange], query: Mapping[str, str]) -> HttpResponse:
    """A frame as JPEG or PNG. Of a study or series it is the middle instance, which shows most."""
    found = middle(asked)
    numbers = _numbers(frames)
    if len(numbers) > MAX_PICTURES:
        raise Invalid("One frame is rendered at a time. Ask for each by its own address.")
    form = best(ranges, FORMS)
    if form is None:
        raise NotAcceptable(" or ".join(FORMS))
    how = {"media_type": form, "number": numbers[0], **_window(query), **_viewport(query), **_quality(query)}
    return HttpResponse(studio().ask({**request(found), **how}), content_type=form)


def thumbnail(asked: Asked, frames: str, ranges: list[MediaRange], query: Mapping[str, str], *, known: str) -> HttpResponse:
    """A small picture of an instance, or of the middle instance of a series or study; kept by the browser until the object changes."""
    form = best(ranges, FORMS)
    if form is None:
        raise NotAcceptable(" or ".join(FORMS))
    found = middle(asked)
    number = _numbers(frames)[0] if frames else max(1, (found.number_of_frames + 1) // 2)
    viewport = _viewport(query) or {"viewport": [THUMBNAIL_SIDE, THUMBNAIL_SIDE, None]}
    tag = '"' + hashlib.sha256(f"{found.object} {number} {form} {viewport}".encode()).hexdigest()[:32] + '"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=86400"}
    if known == tag:
        return HttpResponse(status=304, headers=headers)
    body = studio().ask({**request(found), "media_type": form, "number": number, "quality": 80, **viewport})
    return HttpResponse(body, content_type=form, headers=headers)


def _window(query: Mapping[str, str]) -> dict[str, object]:
    text = query.get("window", "")
    if not text:
        return {}
    parts = text.split(",")
    if len(parts) == 1 and not text[0].isdigit():
        return {"preset": text[:40]}
    function = parts[2].upper().replace("-", "_") if len(parts) > 2 else "LINEAR"
    if len(parts) < 2 or function not in ("LINEAR", "LINEAR_EXACT", "SIGMOID"):
        raise Invalid("A window is center,width or center,width,function with linear, linear-exact or sigmoid.")
    return {"window": [_float(parts[0], "window"), _float(parts[1], "window"), function]}


def _viewport(query: Mapping[str, str]) -> dict[str, object]:
    text = query.get("viewport", "")
    if not text:
        return {}
    parts = text.split(",")
    if len(parts) not in (2, 6):
        raise Invalid("A viewport is width,height or width,height,left,top,width,height.")
    sides = [int(_float(part, "viewport")) for part in parts[:2]]
    region = [_float(part, "viewport") for part in parts[2:]] if len(parts) == 6 else None
    return {"viewport": [*sides, region]}


def _quality(query: Mapping[str, str]) -> dict[str, object]:
    text = query.get("quality", "")
    if not text:
        return {}
    quality = int(_float(text, "quality"))
    if not 1 <= quality <= 100:
        raise Invalid("quality is a number from 1 to 100.")
    return {"quality": quality}


def _float(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise Invalid(f"{name}: {text[:20]!r} is no number.") from None
    if not abs(value) < 1e9:
        raise Invalid(f"{name}: {text[:20]!r} is out of bounds.")
    return value
