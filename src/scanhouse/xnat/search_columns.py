"""Columns of a search as JSON tells them (xnat-data-api 5.3)."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanhouse.search.links import Link
from scanhouse.search.searches import Column


def described(column: Column) -> dict[str, Any]:
    """Key, type, names and links of a column; one that only links need is not visible."""
    told: dict[str, Any] = {
        "key": column.key, "element_name": column.element, "id": column.id.upper(), "xPATH": f"{column.element}.{column.id.partition('=')[0]}",
        "header": column.header, "type": column.type,
    }  # fmt: skip
    if not column.visible:
        return {**told, "visible": "false"}
    if column.links:
        told |= {"clickable": "true", "linkProps": [_link(one, column.link_prefix) for one in column.links]}
    return told


def _link(link: Link, prefix: str) -> Mapping[str, Any]:
    return {"name": link.name, "value": link.value, "inserts": [{"name": name, "value": prefix + id.lower()} for name, id in link.fields]}
