"""Items as documents: XML of the schema, or JSON of `items`, `data_fields` and `children` (xnat-data-api 0.4)."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.utils.html import escape

from scanhouse.records.types import REGISTRY
from scanhouse.schema import xml
from scanhouse.schema.document import HIDDEN_KEY, TYPE_KEY, Document, item_type
from scanhouse.schema.element import Element

from . import envelopes
from .dialect import Call
from .negotiation import ITEM


def item(call: Call, element: str, document: Document, *, changed: datetime | None = None, event: int | None = None) -> HttpResponse:
    """One item in the form that the caller wants. `changed`: when it became what it is; `event`: number of the deed that made it."""
    kind = REGISTRY.element(element)
    match call.wants(ITEM):
        case "json":
            return envelopes.json({"items": [as_json(kind, document, changed=changed, event=event)]})
        case "html":
            return envelopes.page(kind.singular, _rows(document))
        case _:
            return envelopes.xml(as_xml(call, kind, document))


def as_xml(call: Call, element: Element, document: Document) -> bytes:
    hidden = not call.flag("concealHiddenFields")
    return xml.to_xml(element, document, schemas=f"{call.site}/schemas", hidden_fields=hidden)


def as_json(element: Element, document: Mapping[str, Any], *, changed: datetime | None = None, event: int | None = None) -> dict[str, Any]:
    """`data_fields` are values below the item, parts and lists are children (Q-012)."""
    meta: dict[str, Any] = {"isHistory": False, "xsi:type": element.name}
    if changed is not None:
        meta["start_date"] = f"{changed.astimezone(UTC):%a %b %d %H:%M:%S UTC %Y}"
    if event is not None:
        meta["create_event_id"] = event
    return {"children": _children(element, document, ""), "data_fields": _fields(element, document, ""), "meta": meta}


def _fields(element: Element, document: Mapping[str, Any], before: str) -> dict[str, Any]:
    found: dict[str, Any] = dict(document.get(before + HIDDEN_KEY, {}))
    parts = tuple(f"{before}{path}/" for path in element.parts)
    for path, value in document.items():
        if not path.startswith(before) or path.startswith(parts) or path.endswith((TYPE_KEY, HIDDEN_KEY)):
            continue
        if not isinstance(value, list):
            found[path[len(before):].replace("@", "")] = _native(value)
    return found


def _children(element: Element, document: Mapping[str, Any], before: str) -> list[dict[str, Any]]:
    children = []
    parts = [path for path in element.parts if not any(path.startswith(f"{outer}/") for outer in element.parts)]
    for path in parts:
        place = f"{before}{path}/"
        if any(key.startswith(place) for key in document):
            actual = item_type(element, element.all_fields[path], document.get(place + TYPE_KEY))
            children.append({"field": path, "items": [{
                "children": _children(actual, document, place), "data_fields": _fields(actual, document, place),
                "meta": {"isHistory": False, "xsi:type": actual.name}}]})
    for path, value in document.items():
        inner = path[len(before):]
        if isinstance(value, list) and path.startswith(before) and not any(inner.startswith(f"{part}/") for part in parts):
            field = element.find(inner)
            if field is not None and value:
                children.append({"field": inner, "items": [as_json(item_type(element, field, one.get(TYPE_KEY)), one) for one in value]})
    return children


def _native(value: Any) -> Any:
    """A value as JSON items have it: whole numbers without a point, truth as text (Q-013)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


def _rows(document: Document) -> str:
    cells = "".join(
        f"<tr><th>{escape(path)}</th><td>{escape(envelopes.text_of(value))}</td></tr>"
        for path, value in document.items() if not isinstance(value, list) and not path.endswith(HIDDEN_KEY)
    )
    return f"<table>{cells}</table>"


