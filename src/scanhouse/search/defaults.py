"""The searches that every site has: of a type over the whole site, and within a project (xnat-data-api 5.4)."""
from __future__ import annotations

from scanhouse.access.actors import Actor
from scanhouse.records.types import REGISTRY
from scanhouse.schema.element import Element

from . import counts, displays
from .documents import Criterion, SearchDocument, Shown, Together

HIDDEN = frozenset({"USER_ROLE", "PROJECT_ACCESS"})
"""Fields that a listing brings along without showing them."""


def fields(element: Element, version: str = "listing") -> tuple[Shown, ...]:
    """The fields of one of a type's listings."""
    listings = displays.listings(element)
    pairs = listings.get(version) or listings["listing"]
    return tuple(_shown(REGISTRY.element(owner), id) for owner, id in pairs)


def of_site(element: Element, version: str = "listing") -> SearchDocument:
    """The default listing of a type across projects."""
    return SearchDocument(element.name, fields(element, version), id=f"@{element.name}")


def of_project(element: Element, project: str, actor: Actor) -> SearchDocument:
    """The default listing of a type in a project; subjects come with the number of sessions of each type that there are."""
    shown = [_shown(REGISTRY.element(owner), id, project) for owner, id in displays.listings(element)["project_bundle"]]
    if element.name == "xnat:subjectData":
        for name in counts.session_types(project, actor):
            counted = REGISTRY.element(name)
            field = f"{displays.COUNT_PREFIX}{name.replace(':', '_').upper()}={project}"
            shown.append(Shown(element.name, field, "integer", counted.plural, project))
    there = tuple(Criterion(f"{element.name}/{path}", "=", project) for path in ("sharing/share/project", "project"))
    return SearchDocument(
        element.name, tuple(shown), (Together("AND", (Together("OR", there),)),), id=f"{project}_{element.name}", tag=project,
        brief_description=element.plural, secure=False, allow_diff_columns=False,
    )


def _shown(element: Element, id: str, project: str = "") -> Shown:
    found = displays.find(element, id)
    assert found is not None, f"{element.name}.{id} is in a listing"
    field, _ = found
    if field.parametrised and project:
        return Shown(element.name, f"{field.id}={project}", field.type, field.header, project)
    value = "{XDAT_USER_ID}" if field.computed == "role" else ""
    return Shown(element.name, field.id, field.type, field.header, value, field.id not in HIDDEN)
