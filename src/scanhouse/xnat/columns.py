"""`columns=`, filters and `sortBy` of lists, and what each column is called in the answer (xnat-data-api 0.6)."""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.http import HttpResponse

from scanhouse.access.policy import Action
from scanhouse.records import values as typed
from scanhouse.records.types import REGISTRY
from scanhouse.schema import shortcuts, xpath
from scanhouse.schema.element import Element
from scanhouse.search import listing
from scanhouse.search.listing import URI, Listing, Where

from . import envelopes
from .dialect import Call

CONTROLS = frozenset({
    "columns", "format", "xsiType", "sortBy", "sortOrder", "limit", "offset", "recent", "fields", "req_format", "XNAT_CSRF",
    "restrict", "allDataOverride",
})
_COMMA = re.compile(r",(?![^\[]*\])")
EXPERIMENT, SESSION, DERIVED = "xnat:experimentData", typed.IMAGE_SESSION, "xnat:derivedData"
_FAMILY = {
    EXPERIMENT: ("xnat:subjectAssessorData", SESSION, "xnat:mrSessionData", "xnat:petSessionData", "xnat:petmrSessionData"),
    "xnat:imageScanData": ("xnat:mrScanData", "xnat:petScanData"),
}
"""Types whose shortcuts are understood in a list of a more general type."""


@dataclass(frozen=True)
class View:
    """A kind of list: the type of its rows where nothing narrows it, and the columns for those who name none."""

    root: str
    title: str
    defaults: tuple[str, ...]
    key: str = "ID"
    """Shortcut that every row has."""


@dataclass
class Asked:
    """A list that was asked for: keys of the answer and the paths behind them."""

    root: Element
    columns: dict[str, str] = field(default_factory=dict)
    filters: list[tuple[str, str]] = field(default_factory=list)
    types: tuple[str, ...] = ()

    def add(self, key: str, path: str) -> None:
        if key not in self.columns and (path == URI or listing.known(self.root.name, path)):
            self.columns[key] = path


def answer(call: Call, view: View, where: Where, *, with_assessors: bool = False, action: Action = Action.READ) -> HttpResponse:
    """The list in the form that the caller wants."""
    if "fields" in call.query:
        return envelopes.table(call, _fields_of(REGISTRY.element(view.root)))
    asked = read(call.pairs(), view)
    assessors = with_assessors or any(REGISTRY.is_a(name, DERIVED) for name in asked.types)
    limit, offset = call.number("limit"), call.number("offset", 0) or 0
    found = Listing(
        asked.root.name, tuple(asked.columns.values()), tuple(asked.filters), where, asked.types, with_assessors=assessors,
        sort=_sort(call, asked), limit=limit, offset=offset, project_of_place={"ID", "label"} <= asked.columns.keys() and view.root == EXPERIMENT,
        days=call.number("recent"), action=action,
    )
    rows = listing.run(found, call.actor)
    total = None if limit is not None or offset > 0 else len(rows)  # of a page it is not known how many there are in all
    return envelopes.table(call, envelopes.Table(tuple(asked.columns), rows, title=view.title, total=total, is_ready=True))


def read(parameters: Mapping[str, str], view: View) -> Asked:
    """What the parameters of a list mean."""
    names = _names(parameters.get("columns", ""), view)
    types = tuple(REGISTRY.element(name.strip()).name for name in parameters.get("xsiType", "").split(",") if name.strip())
    asked = Asked(_root(view, types, [*names, *parameters]), types=types)
    for name in names:
        key, path = _column(asked.root, view, name)
        if path:
            asked.add(key, path)
    _complete(asked, view, explicit=bool(parameters.get("columns")))
    for key, text in parameters.items():
        if key in CONTROLS:
            continue
        _, path = _column(asked.root, view, key)
        if path and listing.known(asked.root.name, path):
            asked.filters.append((path, text))
    return asked


def _names(columns: str, view: View) -> list[str]:
    found: list[str] = []
    for name in _COMMA.split(columns):
        found += view.defaults if name.strip().upper() == "DEFAULT" else [name.strip()] if name.strip() else []
    return found or list(view.defaults)


def _root(view: View, types: Sequence[str], names: Sequence[str]) -> Element:
    """The type of the rows: the one they are limited to, or image sessions where a column is one of theirs (Q-050)."""
    if len(types) == 1 and REGISTRY.is_a(types[0], view.root):
        return REGISTRY.element(types[0])
    root = REGISTRY.element(view.root)
    if view.root == EXPERIMENT and not types:
        if any(_is_of(SESSION, "xnat:subjectAssessorData", name) for name in names):
            return REGISTRY.element(SESSION)
        if any(_is_of("xnat:subjectAssessorData", EXPERIMENT, name) for name in names):
            return REGISTRY.element("xnat:subjectAssessorData")
    return root


def _is_of(special: str, general: str, name: str) -> bool:
    """Whether a name is a field of the special type that the general one lacks."""
    if xpath.is_path(name):
        return REGISTRY.is_a(xpath.parse(name).element or "", special)
    if shortcuts.find(REGISTRY.element(general), name) is not None:
        return False
    return any(shortcuts.find(REGISTRY.element(each), name) for each in (special, *_FAMILY[EXPERIMENT]) if REGISTRY.is_a(each, special))


def _column(root: Element, view: View, name: str) -> tuple[str, str]:
    """Key and path of a column: a shortcut keeps its spelling, a path goes by its shortcut or in lower case. No path: unknown."""
    if name == URI:
        return URI, URI
    family = [root, *(REGISTRY.element(other) for other in _FAMILY.get(view.root, ()))]
    for element in family:
        short = shortcuts.find(element, name)
        if short is not None:
            return name, short.path
    if not xpath.is_path(name):
        return name, ""
    for element in family:
        known = shortcuts.name_of(element, name)
        if known is not None:
            return known, name
    return name.lower(), name


def _complete(asked: Asked, view: View, *, explicit: bool) -> None:
    """The columns that every answer has: key and address, and on general roots type and project (Q-051)."""
    root = asked.root
    key, path = _key(root, view)
    if key not in asked.columns:
        asked.columns = {key: path, **asked.columns}
    if key == "session_ID" and "ID" in asked.columns and not explicit:
        asked.add("session_label", f"{SESSION}/label")
    if view.root == "xnat:imageScanData" and root.name != view.root:
        asked.add(f"{root.name.lower()}/xnat_imagescandata_id", f"{root.name}/xnat_imagescandata_id")
    if root.is_a(EXPERIMENT) and root.abstract:
        for name in ("xsiType", "project"):
            asked.add(name, _column(root, view, name)[1])
    asked.add(URI, URI)


def _key(root: Element, view: View) -> tuple[str, str]:
    if view.key != "ID" or not root.is_a(EXPERIMENT):
        return view.key, _column(root, view, view.key)[1] or f"{root.name}/{view.key}"
    if root.name == SESSION:
        return "session_ID", f"{SESSION}/ID"
    if root.abstract:
        return "ID", f"{EXPERIMENT}/ID"
    return f"{root.name.lower()}/id", f"{root.name}/ID"


def _sort(call: Call, asked: Asked) -> list[tuple[str, bool]]:
    paths = {key.lower(): path for key, path in asked.columns.items() if path != URI}
    down = call.get("sortOrder").upper() == "DESC"
    return [(paths[name.strip().lower()], down) for name in call.get("sortBy").split(",") if name.strip().lower() in paths]


def _fields_of(element: Element) -> envelopes.Table:
    return envelopes.Table(("key", "xpath"), list(_shortcuts_of(element)), title="Fields")


def _shortcuts_of(element: Element) -> Iterator[tuple[str, str]]:
    for short in shortcuts.shortcuts(element).values():
        yield short.name, short.path


def narrowed(view: View, *more: str) -> View:
    """A view with further columns by default."""
    return replace(view, defaults=(*view.defaults, *more))
