"""Which data types can be searched, and by which fields (xnat-data-api 5.1)."""
from __future__ import annotations

from collections.abc import Iterator

from django.http.response import HttpResponseBase

from scanhouse.records.types import REGISTRY
from scanhouse.schema.element import Element
from scanhouse.search import counts
from scanhouse.search import displays as displayed

from .. import display_versions, envelopes
from ..dialect import Call
from ..routes import Routes

routes = Routes()
FIELD_COLUMNS = ("FIELD_ID", "HEADER", "SUMMARY", "TYPE", "REQUIRES_VALUE", "DESC", "ELEMENT_NAME", "SRC")


@routes.get("search/elements", exact=True)
def listing(call: Call) -> HttpResponseBase:
    """The types known to rights, how many things of each there are. `readable`, `used`, `secured` narrow it."""
    found = counts.by_type(call.actor if call.has("readable") else None)
    rows = []
    for element in displayed.searchable():
        secured, number = displayed.is_secured(element), found.get(element.name, 0)
        if (call.has("secured") and not secured) or ((call.has("used") or call.has("readable")) and not number):
            continue
        rows.append((element.name, element.singular, element.plural, secured, number))
    return envelopes.table(call, envelopes.Table(("ELEMENT_NAME", "SINGULAR", "PLURAL", "SECURED", "COUNT"), rows, title="Searchable elements"))


@routes.get("search/elements/{type}")
def fields(call: Call) -> HttpResponseBase:
    """The fields of a type (or of several, with commas between): as displayed, and those of projects."""
    elements = [REGISTRY.element(name) for name in call.name("type").split(",")]
    rows = [row for element in elements for row in _rows(element)]
    first = elements[0]
    extra = {"element_name": first.name, "versions": display_versions.of(first)}
    return envelopes.table(call, envelopes.Table(FIELD_COLUMNS, rows, title="Search fields", extra=extra))


@routes.get("search/elements/{type}/versions")
def versions(call: Call) -> HttpResponseBase:
    return envelopes.json(display_versions.of(REGISTRY.element(call.name("type"))))


def _rows(element: Element) -> Iterator[tuple[str, ...]]:
    for one in displayed.fields(element).values():
        needs = "true" if one.parametrised else "false"
        yield (one.id, one.header, f"{element.name}.{one.id}", one.type, needs, one.description, element.name, "0")
