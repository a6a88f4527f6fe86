"""Searches: run from a document, kept and read in pages, saved (xnat-data-api 5.3, 5.4)."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http.response import HttpResponseBase

from scanhouse.access.policy import Action
from scanhouse.errors import NotFound
from scanhouse.records.types import REGISTRY
from scanhouse.schema.element import Element
from scanhouse.search import defaults, documents, kept, saved, searches
from scanhouse.search.documents import NotASearch, SearchDocument
from scanhouse.search.kept import Gone, Result
from scanhouse.search.models import SavedSearch
from scanhouse.search.searches import Column

from .. import envelopes, faults, owners, search_columns
from ..dialect import Call
from ..negotiation import JSON, TABLE
from ..routes import Routes

routes = Routes()
LIST_COLUMNS = (
    "id", "tag", "root_element_name", "brief_description", "description", "allow_diff_columns", "secure", "users", "sort_by_element_name",
    "sort_by_field_id", "layered_sequence",
)
DEFAULT = "@"
"""In front of a type's name: the search that lists it."""


@routes.post("search", exact=True)
def run(call: Call) -> HttpResponseBase:
    """Run the document that was sent."""
    return _answer(call, _sent(call))


@routes.get("search/{kept}")
def page(call: Call) -> HttpResponseBase:
    """A page of a kept result; with a column behind it, the values of that column."""
    try:
        result = kept.find(call.name("kept"), by=call.actor)
    except Gone as error:
        raise faults.Teapot(410, str(error)) from None
    if call.remainder:
        return envelopes.table(call, envelopes.Table(("values", "count"), kept.values(result, call.remainder[0]), title="Values"))
    return _page(call, result)


@routes.get("search/saved", exact=True)
def listing(call: Call) -> HttpResponseBase:
    tag = call.get("includeTag")
    found = saved.visible(
        call.actor, tag=None if tag.lower() in ("", "true", "false") else tag, user=call.get("user") or None, everything=call.flag("all")
    )
    return _list(call, found)


@routes.get("search/saved/{search}", exact=True)
def show(call: Call) -> HttpResponseBase:
    return envelopes.xml(documents.to_xml(_document(call)))


@routes.get("search/saved/{search}/results", "search/saved/{search}/results.csv", exact=True)
def results(call: Call) -> HttpResponseBase:
    """The rows of a saved search: those that were kept, unless they are to be found anew (Q-074)."""
    document = _document(call)
    known = None if _is_default(document) or call.flag("refresh") else kept.of_document(document.id, by=call.actor)
    if known is not None:
        return _page(call, known)
    return _answer(call, document, with_rows=True)


@routes.put("search/saved/{search}", exact=True)
def put(call: Call) -> HttpResponseBase:
    """Save a search; the ID in the address counts, not that in the document."""
    made = saved.put(call.name("search"), _sent(call), as_new=call.flag("saveAs"), by=call.actor, reason=call.why)
    return envelopes.text(made.id)


@routes.delete("search/saved/{search}", exact=True)
def delete(call: Call) -> HttpResponseBase:
    saved.delete(call.name("search"), by=call.actor, reason=call.why)
    return envelopes.nothing()


@routes.get("projects/{project}/searches", exact=True)
def listing_of_project(call: Call) -> HttpResponseBase:
    return _list(call, saved.visible(call.actor, tag=owners.project(call, Action.ENTER).id))


@routes.get("projects/{project}/searches/{search}", exact=True)
def show_of_project(call: Call) -> HttpResponseBase:
    """The search that lists a type in a project, or one that is saved for it."""
    project, id = owners.project(call, Action.ENTER), call.name("search")
    if id.startswith(DEFAULT):
        return envelopes.xml(documents.to_xml(defaults.of_project(_type(id), project.id, call.actor)))
    return envelopes.xml(documents.to_xml(saved.document(_of_project(call, project.id))))


@routes.put("projects/{project}/searches/{search}", exact=True)
def put_of_project(call: Call) -> HttpResponseBase:
    project = owners.project(call, Action.MANAGE)
    sent = _sent(call)
    made = saved.put(call.name("search"), SearchDocument(**{**vars(sent), "tag": project.id}), by=call.actor, reason=call.why)
    return envelopes.text(made.id)


@routes.delete("projects/{project}/searches/{search}", exact=True)
def delete_of_project(call: Call) -> HttpResponseBase:
    saved.delete(_of_project(call, owners.project(call, Action.MANAGE).id).id, by=call.actor, reason=call.why)
    return envelopes.nothing()


def _sent(call: Call) -> SearchDocument:
    """The document that was sent. What is no search is 422, as what is no XML."""
    data = call.document_bytes()
    if not data.strip():
        raise faults.Teapot(422, "Send a search document.")
    try:
        return documents.parse(data)
    except NotASearch as error:
        raise faults.Teapot(422, str(error)) from None


def _document(call: Call) -> SearchDocument:
    id = call.name("search")
    if id.startswith(DEFAULT):
        return defaults.of_site(_type(id), call.get("dv", "listing"))
    return saved.document(saved.find(call.actor, id))


def _of_project(call: Call, project: str) -> SavedSearch:
    found = saved.find(call.actor, call.name("search"))
    if found.tag != project:
        raise NotFound("There is no such search in this project.")
    return found


def _type(id: str) -> Element:
    return REGISTRY.element(id.removeprefix(DEFAULT))


def _is_default(document: SearchDocument) -> bool:
    return not document.id or document.id.startswith(DEFAULT)


def _answer(call: Call, document: SearchDocument, *, with_rows: bool = False) -> HttpResponseBase:
    """Run a search and answer its rows, or keep them and answer where (`cache=true`)."""
    search = searches.compile(document, call.actor)
    if call.flag("cache"):
        name = "" if _is_default(document) else document.id
        known = None if call.flag("refresh") or not name else kept.of_document(name, by=call.actor)
        return _page(call, known or kept.keep(search, document=name, by=call.actor), with_rows=with_rows or call.has("limit"))
    limit, offset = call.number("limit"), call.number("offset", 0) or 0
    rows = searches.run(search, sort=_sort(call), limit=limit, offset=offset)
    total = len(rows) if limit is None and not offset else searches.count(search)
    return _table(call, search.columns, rows, total, search.root)


def _page(call: Call, result: Result, *, with_rows: bool = True) -> HttpResponseBase:
    rows: Sequence[Sequence[str]] = ()
    if with_rows:
        rows = kept.page(result, sort=_sort(call), limit=call.number("limit"), offset=call.number("offset", 0) or 0)
    return _table(call, result.columns, rows, result.total, result.root, id=result.id)


def _sort(call: Call) -> tuple[str, bool] | None:
    return (call.get("sortBy"), call.get("sortOrder").upper() == "DESC") if call.get("sortBy") else None


def _table(
    call: Call, columns: Sequence[Column], rows: Sequence[Sequence[str]], total: int, root: str, *, id: str = ""
) -> HttpResponseBase:
    """Visible columns come first. Those that only links need are for programs that make links, so for JSON alone (Q-075)."""
    shown = sorted(range(len(columns)), key=lambda place: not columns[place].visible)
    if call.wants(TABLE) != JSON:
        shown = [place for place in shown if columns[place].visible]
    names = tuple(columns[place].key for place in shown)
    extra: dict[str, Any] = {"rootElementName": root, **({"ID": id} if id else {})}
    properties = [search_columns.described(columns[place]) for place in shown]
    cells = [[row[place] for place in shown] for row in rows]
    return envelopes.table(
        call, envelopes.Table(names, cells, title="Search Results", total=total, properties=properties, extra=extra, is_ready=True)
    )


def _list(call: Call, found: Sequence[SavedSearch]) -> HttpResponseBase:
    return envelopes.table(call, envelopes.Table(LIST_COLUMNS, [_row(one) for one in found], title="Stored Searches"))


def _row(one: SavedSearch) -> tuple[Any, ...]:
    document = saved.document(one)
    by = document.sort or ("", "")
    users = "{" + ",".join(one.users) + "}"
    return (one.id, one.tag, one.root, one.brief_description, one.description, bool(document.allow_diff_columns), one.secure, users, *by, "")
