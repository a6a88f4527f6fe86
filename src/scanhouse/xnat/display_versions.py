"""The listings of a type as XNAT's clients read them: `DisplayVersions` (xnat-data-api 5.1)."""
from __future__ import annotations

from typing import Any

from scanhouse.records.types import REGISTRY
from scanhouse.schema.element import Element
from scanhouse.search import displays
from scanhouse.search.defaults import HIDDEN

DARK, LIGHT = "9999CC", "CCCCFF"


def of(element: Element) -> dict[str, Any]:
    """All listings of a type."""
    versions = [_version(name, pairs) for name, pairs in displays.listings(element).items()]
    return {"DisplayVersions": {"element_name": element.name, "versions": versions}}


def _version(name: str, pairs: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    return {
        "name": name, "orderBy": pairs[0][1] if pairs else "", "darkColor": DARK, "lightColor": LIGHT, "defaultSortOrder": "ASC",
        "fields": [_field(owner, id) for owner, id in pairs],
    }  # fmt: skip


def _field(owner: str, id: str) -> dict[str, str]:
    found = displays.find(REGISTRY.element(owner), id)
    assert found is not None, f"{owner}.{id}"
    one, _ = found
    return {"id": one.id, "element_name": owner, "header": one.header, "type": one.type, "visible": "false" if one.id in HIDDEN else "true"}
