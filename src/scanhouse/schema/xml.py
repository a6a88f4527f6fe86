"""Documents as XML, as XNAT writes and reads them.

`to_xml` takes children that live in other rows as nested documents under their path: `document["scans/scan"]`. `from_xml` reads with
a parser that never touches DTDs, entities or the network, within bounds of size, depth and number of elements.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from . import values, xml_source
from .declarations import Node
from .document import HIDDEN_KEY, TYPE_KEY, Document, item_type
from .element import Element
from .errors import InvalidValue, UnknownField, WrongRoot
from .fields import Field
from .namespaces import XSI
from .registry import REGISTRY, Registry
from .xml_source import MAX_BYTES, Tag


class Prefixes(Enum):
    """Which namespaces the root of a document declares."""

    ALL = "all"
    """All that the site knows, as XNAT writes records."""
    USED = "used"
    """Those that the document needs, as XNAT writes catalogs."""


def to_xml(
    element: Element, document: Mapping[str, Any], *,
    schemas: str | None = None, hidden_fields: bool = False, prefixes: Prefixes = Prefixes.ALL,
) -> bytes:
    """The XML document (UTF-8) of a record.

    `schemas` is the address of the site's schemas (`https://site/schemas`), told in `xsi:schemaLocation`. `hidden_fields` writes what
    the document has under `#hidden` (also `demographics/#hidden`) as comments `<!--hidden_fields[name="value"]-->`.
    """
    writer = _Writer(element.registry, hidden_fields)
    tag = f"{element.prefix}:{element.proper_name}"
    attributes = list(writer.attributes(element, document, ""))
    writer.fill(element, document, "")
    known = element.registry.namespaces
    declared = sorted(known if prefixes is Prefixes.ALL else writer.prefixes | {element.prefix})
    attributes += [(f"xmlns:{prefix}", known[prefix].uri) for prefix in declared]
    attributes.append(("xmlns:xsi", XSI))
    if schemas is not None:
        places = (f"{known[prefix].uri} {schemas.rstrip('/')}/{known[prefix].schema}.xsd" for prefix in declared)
        attributes.append(("xsi:schemaLocation", " ".join(places)))
    head = ["<", tag, *(f' {name}="{_quoted(value)}"' for name, value in attributes)]
    body = [*head, ">", *writer.out, writer.before_end(0), "</", tag, ">\n"] if writer.out else [*head, "/>\n"]
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + "".join(body)).encode()


class _Writer:
    """Collects the text between the root's tags, and the prefixes that occur in it."""

    def __init__(self, registry: Registry, hidden_fields: bool) -> None:
        self.registry = registry
        self.hidden_fields = hidden_fields
        self.out: list[str] = []
        self.prefixes: set[str] = set()

    def fill(self, element: Element, document: Mapping[str, Any], before: str) -> None:
        """Write what a document, or its part at the path `before`, holds between its tags."""
        if self.hidden_fields and document.get(before + HIDDEN_KEY):
            pairs = ",".join(f'{name}="{value}"' for name, value in document[before + HIDDEN_KEY].items())
            # Two hyphens would end the comment (XML 1.0, 2.5).
            self.out.append(f"\n<!--hidden_fields[{pairs.replace('--', '- -')}]-->")
        content = element.content
        if content is not None:
            value = document.get(before + content.name)
            if value is not None:
                self.out.append(_escaped(_written(content, value)))
            return
        there = self._paths_within(document)
        for node in element.children.values():
            self._node(node, element, document, before, there)

    def attributes(self, element: Element, document: Mapping[str, Any], before: str) -> Iterator[tuple[str, str]]:
        for node in element.attributes.values():
            value = document.get(before + element.attribute_path(node.name))
            if value is not None:
                yield node.name, _written(node, value)

    def _paths_within(self, document: Mapping[str, Any]) -> set[str]:
        """The paths that something lies at or below."""
        found: set[str] = set()
        for path in document:
            if not path.endswith(HIDDEN_KEY) or self.hidden_fields:
                while path and path not in found:
                    found.add(path)
                    path = path.rpartition("/")[0]
        return found

    def _node(self, node: Node, element: Element, document: Mapping[str, Any], before: str, there: set[str]) -> None:
        path = before + node.name
        if path not in there and not (node.required and node.item and not node.repeated):
            return
        if node.repeated:
            field = Field(path, node, element.name, element.name)
            for item in document[path]:
                self._typed(node, item_type(element, field, item.get(TYPE_KEY)), item, "")
        elif node.item:
            said = document.get(f"{path}/{TYPE_KEY}") or node.default_item or node.item
            self._typed(node, self.registry.element(said), document, f"{path}/")
        else:
            inner = [(child.name, _written(child, document[f"{path}/{child.name}"]))
                     for child in node.children if child.attribute and f"{path}/{child.name}" in document]
            mark = self._open(node, inner)
            value = document.get(path)
            if value is not None:
                self.out.append(_escaped(_written(node, value)))
            for child in node.children:
                if not child.attribute:
                    self._node(child, element, document, f"{path}/", there)
            self._close(node, mark)

    def _typed(self, node: Node, actual: Element, document: Mapping[str, Any], before: str) -> None:
        attributes = list(self.attributes(actual, document, before))
        if actual.name != node.item:
            attributes.append(("xsi:type", actual.name))
            self.prefixes.add(actual.prefix)
        mark = self._open(node, attributes)
        self.fill(actual, document, before)
        self._close(node, mark)

    def _open(self, node: Node, attributes: list[tuple[str, str]]) -> int:
        self.prefixes.add(node.prefix)
        self.out.append(f"\n<{node.prefix}:{node.name}" + "".join(f' {name}="{_quoted(value)}"' for name, value in attributes) + ">")
        return len(self.out)

    def _close(self, node: Node, mark: int) -> None:
        if len(self.out) == mark:
            self.out[-1] = self.out[-1][:-1] + "/>"
        else:
            self.out.append(f"{self.before_end(mark)}</{node.prefix}:{node.name}>")

    def before_end(self, mark: int) -> str:
        """The line break that goes before an end tag after other tags; never after a text, which it would change."""
        return "\n" if len(self.out) > mark and self.out[-1].startswith(("\n<", "</")) else ""


def _written(node: Node, value: Any) -> str:
    assert node.kind is not None  # lists and parts are written by their own
    return values.write(node.kind, value)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


def from_xml(
    data: bytes, *, registry: Registry = REGISTRY, expected: str | None = None, max_bytes: int = MAX_BYTES,
) -> tuple[Element, Document]:
    """The element and the document in an XML text; empty values (`ID=""`, `<xnat:note/>`) are left out.

    `expected` names a type that the root must be of. Raises BadXml (not well formed, DOCTYPE, out of bounds), WrongRoot, UnknownField,
    InvalidValue, the last two with the path of the element.
    """
    root = xml_source.read(data, max_bytes=max_bytes)
    element = registry.by_root(root.uri, root.name)
    if element is not None and root.type:
        actual = _named_type(registry, root)
        element = actual if actual is not None and actual.is_a(element.name) else None
    if element is None:
        raise WrongRoot(root.name, "the root of a data type")
    if expected is not None and not element.is_a(expected):
        raise WrongRoot(root.name, f"a document of {expected}")
    document: Document = {}
    _Reader(registry, element).read(element, root, document, "")
    return element, document


def _named_type(registry: Registry, tag: Tag) -> Element | None:
    """The type that a tag says it is of, by the namespace its prefix is bound to (or else the prefix itself, as XNAT has it)."""
    for prefix in (*registry.prefixes_of(tag.type_uri), tag.type.partition(":")[0]):
        found = registry.get(f"{prefix}:{tag.type.rpartition(':')[2]}")
        if found is not None:
            return found
    return None


class _Reader:
    """Reads tags into documents. `root` and `where`, the path of the list's document that it is in, are for the words of errors."""

    def __init__(self, registry: Registry, root: Element, where: str = "") -> None:
        self.registry = registry
        self.root = root
        self.where = where

    def read(self, element: Element, tag: Tag, document: Document, before: str) -> None:
        """Read a document, or its part at the path `before`, from a tag of an element."""
        for name, text in tag.attributes.items():
            node = element.attributes.get(name)
            if node is None:
                raise UnknownField(self.root.name, f"{self.where}{before}@{name}")
            self._value(node, before + element.attribute_path(name), text, document)
        if element.content is not None:
            self._value(element.content, before + element.content.name, tag.text, document)
        else:
            self._no_text(tag, before)
        for child in tag.children:
            self._child(self._find(element.children, child, before), element, child, document, before)

    def _find(self, nodes: Mapping[str, Node], tag: Tag, before: str) -> Node:
        for prefix in self.registry.prefixes_of(tag.uri):
            node = nodes.get(f"{prefix}:{tag.name}")
            if node is not None:
                return node
        raise UnknownField(self.root.name, self.where + before + tag.name)

    def _child(self, node: Node, element: Element, tag: Tag, document: Document, before: str) -> None:
        path = before + node.name
        if node.repeated:
            actual = self._type_of(node, element, tag, path)
            item: Document = {} if actual.name == (node.default_item or node.item) else {TYPE_KEY: actual.name}
            _Reader(self.registry, self.root, f"{self.where}{path}/").read(actual, tag, item, "")
            document.setdefault(path, []).append(item)
            return
        if not node.children and not node.item and path in document:
            raise InvalidValue(self.root.name, self.where + path, "there once")
        if node.item:
            actual = self._type_of(node, element, tag, path)
            if actual.name != (node.default_item or node.item):
                document[f"{path}/{TYPE_KEY}"] = actual.name
            self.read(actual, tag, document, f"{path}/")
            return
        inner = {child.name if child.attribute else f"{child.prefix}:{child.name}": child for child in node.children}
        for name, text in tag.attributes.items():
            attribute = inner.get(name)
            if attribute is None:
                raise UnknownField(self.root.name, f"{self.where}{path}/@{name}")
            self._value(attribute, f"{path}/{name}", text, document)
        if node.kind:
            self._value(node, path, tag.text, document)
        else:
            self._no_text(tag, path)
        for child in tag.children:
            self._child(self._find(inner, child, f"{path}/"), element, child, document, f"{path}/")

    def _type_of(self, node: Node, element: Element, tag: Tag, path: str) -> Element:
        named = _named_type(self.registry, tag) if tag.type else None
        return item_type(self.root, Field(self.where + path, node, element.name, self.root.name), named.name if named else tag.type)

    def _value(self, node: Node, path: str, text: str, document: Document) -> None:
        value = Field(self.where + path, node, self.root.name, self.root.name).parse(text)
        if value is not None:
            document[path] = value

    def _no_text(self, tag: Tag, path: str) -> None:
        if tag.text and not tag.text.isspace():
            raise InvalidValue(self.root.name, (self.where + path).rstrip("/"), "without text of its own")
