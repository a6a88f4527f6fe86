"""Search documents: which fields to show of a type, under which conditions. Read from XML and written as XML (xnat-data-api 5.2)."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape, quoteattr

from scanhouse.errors import Invalid
from scanhouse.schema import xml_source
from scanhouse.schema.namespaces import NAMESPACES, XSI
from scanhouse.schema.xml_source import Tag

ROOTS = frozenset({"bundle", "search", "Search", "stored_search"})
MAX_BYTES = 2 << 20
"""A document that names every field of a type has some 30 kB."""
MAX_FIELDS = 200
MAX_CRITERIA = 2000
"""Conditions of one document: clients ask for lists of IDs one by one."""
MAX_DEPTH = 16
MAX_NAME = 255


class NotASearch(Invalid):
    """A document that is XML, but no search."""


@dataclass(frozen=True)
class Shown:
    """A field to show: `field` is the ID of a display field, perhaps with a parameter (`SCAN_COUNT_TYPE=T1`), or a schema path."""

    element: str
    field: str
    type: str = ""
    header: str = ""
    value: str = ""
    visible: bool = True


@dataclass(frozen=True)
class Criterion:
    """A condition: `field` is a schema path, or a display field with a dot before it (`xnat:subjectData.SUB_GROUP`)."""

    field: str
    comparison: str
    value: str = ""
    raw: bool = False
    """`override_value_formatting`: kept for clients, means nothing here."""


@dataclass(frozen=True)
class Together:
    """Conditions of which all hold, or any."""

    method: str
    terms: tuple[Criterion | Together, ...]


@dataclass(frozen=True)
class SearchDocument:
    """A search. Where `fields` is empty, the default listing of the type is shown."""

    root: str
    fields: tuple[Shown, ...] = ()
    where: tuple[Together, ...] = ()
    sort: tuple[str, str] | None = None
    """Element and field."""
    id: str = ""
    description: str = ""
    brief_description: str = ""
    tag: str = ""
    secure: bool | None = None
    allow_diff_columns: bool | None = None
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def with_id(self, id: str) -> SearchDocument:
        return replace(self, id=id)


def parse(data: bytes) -> SearchDocument:
    """The search that an XML document is. Raises BadXml, NotASearch."""
    tag = xml_source.read(data, max_bytes=MAX_BYTES)
    if tag.name not in ROOTS:
        raise NotASearch(f"The document is no search: its root is {tag.name[:100]!r}, not bundle. Send a search document.")
    root = _text(tag, "root_element_name")
    if not root:
        raise NotASearch("The search does not say of which type: it has no root_element_name.")
    shown = tuple(_shown(one, root) for one in sorted(_children(tag, "search_field"), key=_sequence))
    if len(shown) > MAX_FIELDS:
        raise NotASearch(f"A search shows at most {MAX_FIELDS} fields.")
    where = tuple(_together(one, 1) for one in _children(tag, "search_where"))
    if sum(1 for _ in criteria(where)) > MAX_CRITERIA:
        raise NotASearch(f"A search has at most {MAX_CRITERIA} conditions.")
    sort = next(((_text(one, "element_name") or root, _text(one, "field_ID")) for one in _children(tag, "sort_by")), None)
    said = tag.attributes
    return SearchDocument(
        root=root, fields=shown, where=where, sort=sort if sort and sort[1] else None, id=said.get("ID", "").strip()[:MAX_NAME],
        description=said.get("description", ""), brief_description=said.get("brief-description", ""), tag=said.get("tag", "")[:MAX_NAME],
        secure=_truth(said.get("secure")), allow_diff_columns=_truth(said.get("allow-diff-columns")),
        users=tuple(login for one in _children(tag, "allowed_user") if (login := _text(one, "login"))),
        groups=tuple(group for one in _children(tag, "allowed_groups") for each in _children(one, "groupID") if (group := each.text.strip())),
    )


def criteria(terms: Iterable[Criterion | Together]) -> Iterator[Criterion]:
    """All conditions, whatever they are put together in."""
    for term in terms:
        if isinstance(term, Together):
            yield from criteria(term.terms)
        else:
            yield term


def _children(tag: Tag, name: str) -> list[Tag]:
    return [child for child in tag.children if child.name == name]


def _text(tag: Tag, name: str) -> str:
    return next((child.text.strip() for child in tag.children if child.name == name), "")


def _truth(text: str | None) -> bool | None:
    return None if text is None or not text.strip() else text.strip().lower() in ("1", "true")


def _sequence(tag: Tag) -> int:
    text = _text(tag, "sequence")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _shown(tag: Tag, root: str) -> Shown:
    field = _text(tag, "field_ID")
    if not field:
        raise NotASearch("A search_field has no field_ID.")
    return Shown(
        _text(tag, "element_name") or root, field, _text(tag, "type"), _text(tag, "header"), _text(tag, "value"),
        _truth(tag.attributes.get("visible")) is not False,
    )


def _together(tag: Tag, depth: int) -> Together:
    if depth > MAX_DEPTH:
        raise NotASearch(f"Conditions are nested more than {MAX_DEPTH} deep.")
    terms: list[Criterion | Together] = []
    for child in tag.children:
        if child.name == "criteria":
            raw = _truth(child.attributes.get("override_value_formatting")) or False
            value = next((one.text for one in child.children if one.name == "value"), "")
            terms.append(Criterion(_text(child, "schema_field"), _text(child, "comparison_type"), value, raw))
        elif child.name == "child_set":
            terms.append(_together(child, depth + 1))
    return Together("OR" if tag.attributes.get("method", "").strip().upper() == "OR" else "AND", tuple(terms))


def to_xml(document: SearchDocument) -> bytes:
    """The document as XNAT writes it: with the prefix `xdat`, which some clients look for, and comments for keys that it has not."""
    names = [f'xmlns:{one.prefix}="{one.uri}"' for one in NAMESPACES]
    facts = {
        "ID": document.id, "description": document.description or None, "allow-diff-columns": _digit(document.allow_diff_columns),
        "secure": _digit(document.secure), "brief-description": document.brief_description or None, "tag": document.tag or None,
    }
    said = [f"{name}={quoteattr(value)}" for name, value in facts.items() if value is not None]
    lines = ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>', f'<xdat:bundle {" ".join([*said, *names])} xmlns:xsi="{XSI}">']
    lines += [_line("root_element_name", document.root), *_shown_lines(document.fields)]
    for together in document.where:
        lines += _where_lines("search_where", together)
    if document.sort:
        lines += ["<xdat:sort_by>", _line("element_name", document.sort[0]), _line("field_ID", document.sort[1]), "</xdat:sort_by>"]
    for login in document.users:
        lines += ["<xdat:allowed_user>", _line("login", login), "</xdat:allowed_user>"]
    if document.groups:
        lines += ["<xdat:allowed_groups>", *(_line("groupID", group) for group in document.groups), "</xdat:allowed_groups>"]
    return "\n".join([*lines, "</xdat:bundle>", ""]).encode()


def _digit(truth: bool | None) -> str | None:
    return None if truth is None else "1" if truth else "0"


def _line(name: str, text: str) -> str:
    return f"<xdat:{name}>{escape(text)}</xdat:{name}>"


def _hidden(*keys: str) -> str:
    pairs = ",".join(f'{key}="null"' for key in keys)
    return f"<!--hidden_fields[{pairs}]-->"


def _shown_lines(fields: Iterable[Shown]) -> Iterator[str]:
    for place, one in enumerate(fields):
        yield "<xdat:search_field>" if one.visible else '<xdat:search_field visible="0">'
        yield _hidden("xdat_search_field_id", "xdat_stored_search_id")
        yield from (_line("element_name", one.element), _line("field_ID", one.field), _line("sequence", str(place)))
        yield from (_line("type", one.type), _line("header", one.header))
        if one.value:
            yield _line("value", one.value)
        yield "</xdat:search_field>"


def _where_lines(name: str, together: Together) -> Iterator[str]:
    yield f'<xdat:{name} method="{together.method}">'
    yield _hidden("xdat_criteria_set_id", "xdat_stored_search_id")
    for term in together.terms:
        if isinstance(term, Together):
            yield from _where_lines("child_set", term)
            continue
        yield f'<xdat:criteria override_value_formatting="{int(term.raw)}">'
        yield _hidden("xdat_criteria_id", "xdat_criteria_set_xdat_criteria_set_id")
        yield from (_line("schema_field", term.field), _line("comparison_type", term.comparison))
        if term.value:
            yield _line("value", term.value)
        yield "</xdat:criteria>"
    yield f"</xdat:{name}>"
