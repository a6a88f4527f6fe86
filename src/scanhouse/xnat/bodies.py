"""What a request says about an item: an XML document, or names and values in the query or a form (xnat-data-api 0.5)."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanhouse.records import types
from scanhouse.records.types import REGISTRY
from scanhouse.schema import document, shortcuts, xml, xpath
from scanhouse.schema.element import Element

from . import dialect
from .dialect import Call

XML_TYPES = ("text/xml", "application/xml")
NULLS = ("NULL", "null", "Null", "")
"""Values that clear a field."""
CONTROLS = frozenset({"format", "req_format", "xsiType", "inbody", "columns", "event_reason", "event_type", "event_action", "XNAT_CSRF"})


@dataclass(frozen=True)
class Sent:
    """What was sent about an item.

    `element` is the type that it says it is of, None where it says none. `values` is a flat document, with its identity (`ID`,
    `label`, `project`) where that was given; None clears. `whole`: it is a document that says all there is
    (`allowDataDeletion=true`), so what it lacks goes.
    """

    element: Element | None
    values: Mapping[str, Any] = field(default_factory=dict)
    is_document: bool = False
    whole: bool = False

    @property
    def name(self) -> str | None:
        return self.element.name if self.element is not None else None

    def text(self, path: str) -> str:
        """A value that is identity, such as `label`; empty where it was not sent."""
        return str(self.values.get(path) or "")

    def __bool__(self) -> bool:
        return self.is_document or bool(self.values)


def read(call: Call, expected: str, *, default: str | None = None, stored: str | None = None) -> Sent:
    """What the request says about an item that is an `expected`. `default`: the type where it says none.

    `stored`: the type of the item that is there; then paths of other types say nothing about it (Q-020).

    Raises what schema.xml does for a document, UnknownElement for a type, and InvalidValue or UnknownField for values.
    """
    text = _xml_of(call)
    if text:
        kind, values = xml.from_xml(text, registry=types.current(), expected=expected)
        return Sent(kind, values, is_document=True, whole=call.flag("allowDataDeletion"))
    pairs = call.pairs()
    said = element_of(pairs, expected) if stored is None else _named(pairs)
    element = said or (REGISTRY.element(stored or default or "") if stored or default else None)
    values = values_of(element, pairs) if element is not None else {}
    return Sent(said, values)


def element_of(pairs: Mapping[str, str], expected: str) -> Element | None:
    """The type that parameters name: `xsiType`, `ELEMENT_0`, or the first path that begins with a type that can be made."""
    named = _named(pairs)
    if named is not None:
        return named
    for key in pairs:
        if xpath.is_path(key):
            found = REGISTRY.get(xpath.parse(key).element or "")
            if found is not None and found.is_a(expected) and not found.abstract:
                return found
    return None


def _named(pairs: Mapping[str, str]) -> Element | None:
    name = pairs.get("xsiType") or pairs.get("ELEMENT_0")
    return REGISTRY.element(name) if name else None


def values_of(element: Element, pairs: Mapping[str, str]) -> dict[str, Any]:
    """The document that names and values make: shortcuts of the type, and paths from it or what it extends. Others are passed over.

    So is a path from another type (Q-020). Raises UnknownField for a path that the type does not have.
    """
    known = list(_paths(element, pairs))
    texts = {path: text for path, text in known if text not in NULLS}
    values: dict[str, Any] = document.set_values(element, {}, texts)
    for path, text in known:
        if text in NULLS:
            found, beyond = document.resolve(element, xpath.steps_of(path))
            if not beyond and not found.repeated:
                values[found.path] = None
    return values


def _paths(element: Element, pairs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key, text in pairs.items():
        if key in CONTROLS:
            continue
        short = shortcuts.find(element, key)
        if short is not None:
            if not short.read_only:
                yield short.path, text
        elif xpath.is_path(key):
            owner = REGISTRY.get(xpath.parse(key).element or "")
            if owner is not None and element.is_a(owner.name) and not key.endswith(SURROGATES):
                yield key, text


SURROGATES = ("xnat_investigatordata_id", "xnat_investigatorData_id")
"""Ends of paths that name rows by their keys; endpoints that know them read them from the parameters."""


def _xml_of(call: Call) -> bytes:
    """The XML document of a request, empty if there is none. Some clients send one under another content type (Q-021)."""
    if call.method not in ("PUT", "POST"):
        return b""
    if call.content_type == dialect.MULTIPART:
        is_xml = any((file.name or "").lower().endswith(".xml") for file in call.files)
        return call.document_bytes() if is_xml or call.get("req_format") == "xml" else b""
    if call.content_type == dialect.URLENCODED and not call.flag("inbody"):
        return b""
    body = call.body
    if body and (call.content_type in XML_TYPES or call.query.get("req_format") == "xml" or body.lstrip()[:1] == b"<"):
        return body
    return b""
