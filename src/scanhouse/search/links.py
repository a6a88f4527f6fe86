"""Fields that are links in clients' tables, and the fields whose values the links are made of: rows bring these along unasked."""
from __future__ import annotations

from dataclasses import dataclass

from scanhouse.schema.element import Element


@dataclass(frozen=True)
class Link:
    """One property of a link: `@Field1` and so on stand for the values of display fields."""

    name: str
    value: str
    fields: tuple[tuple[str, str], ...]


_MADE = Link("TITLE", "Inserted: @Field1 (@Field2)", (("Field2", "INSERT_USER"), ("Field1", "INSERT_DATE")))


def _page(type: str, place: str, field: str) -> tuple[Link, ...]:
    """The page of an item, found by the value of a field."""
    shown = (("Field1", field),)
    return (
        Link("HREF", f"/app/action/DisplayItemAction/search_value/@Field1/search_element/{type}/search_field/{place}", shown),
        Link("ONCLICK", f"return rpt('@Field1','{type}','{place}');", shown),
    )


def of(element: Element, field: str) -> tuple[Link, ...]:
    """The properties of the link that a display field is; none if it is only text."""
    name = element.name
    if field == "LABEL" and element.is_a("xnat:experimentData"):
        return (*_page(name, f"{name}.ID", "SESSION_ID" if element.is_a("xnat:imageSessionData") else "EXPT_ID"), _MADE)
    if field == "SUBJECT_LABEL" and element.is_a("xnat:subjectData"):
        return (*_page(name, f"{name}.SUBJECT_ID", "SUBJECTID"), _MADE)
    if field == "ID" and element.is_a("xnat:imageScanData"):
        inserts = (("Field4", "ID"), ("Field3", "SESSION_ID"), ("Field2", "SUBJECT_ID"), ("Field1", "PROJECT"))
        return (Link("HREF", "/data/experiments/@Field3/scans/@Field4?format=html", inserts),)
    return ()
