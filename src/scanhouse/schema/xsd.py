"""The data types told as XML schemas, in the grammar that XNAT's clients read.

xnatpy reads every schema with a parser of its own and makes a class of each type. What it needs, and what therefore is here: prefixes
declared at the root; named types; anonymous types for what has no name; identifying fields and abstractness in annotations of the
namespace `http://nrg.wustl.edu/xdat`; no groups. The documents are valid XML Schema, and what `to_xml` writes is valid by them.
"""
from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from functools import lru_cache
from xml.sax.saxutils import quoteattr

from .declarations import Node
from .element import Element
from .errors import UnknownElement
from .namespaces import ANNOTATIONS, NAMESPACES, XML_SCHEMA
from .registry import REGISTRY, Registry
from .values import ValueType

SIMPLE_TYPES = "xdat"
"""Name of the schema that defines long texts and JSON."""
_WITHOUT_TYPES = ("pipeline/build", "xdat/display", "xdat/instance", "xdat/PlexiViewer")
"""Schemas that clients ask for by name and that define no data types: XNAT's own configuration files follow them."""
_ORDER = (
    "security", "xnat", "assessments", "screening/screeningAssessment", "pipeline/build", "pipeline/repository", "pipeline/workflow",
    "birn/birnprov", "catalog", "project", "validation/protocolValidation", "xdat/display", "xdat", "xdat/instance", "xdat/PlexiViewer",
)


def schema_names(registry: Registry = REGISTRY) -> tuple[str, ...]:
    """Paths of all schemas, without `.xsd`: those of XNAT first, then those of types that were added."""
    built_in = {namespace.schema for namespace in NAMESPACES}
    return (*_ORDER, *sorted({namespace.schema for namespace in registry.namespaces.values()} - built_in))


@lru_cache(maxsize=64)
def schema(name: str, registry: Registry = REGISTRY) -> str:
    """The schema of that name as text. Raises UnknownElement."""
    if name == SIMPLE_TYPES:
        return _document("", ANNOTATIONS, [], _simple_types())
    if name in _WITHOUT_TYPES:
        told = "<xs:documentation>This schema defines no data types.</xs:documentation>"
        return _document("", "", [], [f"  <xs:annotation>{told}</xs:annotation>"])
    for namespace in registry.namespaces.values():
        if namespace.schema == name:
            elements = [element for element in registry if element.prefix == namespace.prefix and not element.anonymous]
            return _document(namespace.prefix, namespace.uri, _imports(elements, name, registry), _types(elements))
    raise UnknownElement(name)


def _document(prefix: str, uri: str, imports: list[tuple[str, str, str]], body: Iterable[str]) -> str:
    """A schema around its types; `imports` are (prefix, address, location)."""
    bound = {prefix: uri} if prefix else {}
    bound |= {other: address for other, address, _ in imports if other not in bound}
    attributes = [f'targetNamespace="{uri}"'] if uri else []
    attributes += [f'xmlns:{name}="{address}"' for name, address in {**bound, "xs": XML_SCHEMA}.items()]
    attributes += ['elementFormDefault="qualified"', 'attributeFormDefault="unqualified"']
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<xs:schema {' '.join(attributes)}>"]
    lines += [f'  <xs:import namespace="{address}" schemaLocation="{place}"/>' for _, address, place in imports]
    return "\n".join([*lines, *body, "</xs:schema>", ""])


def _simple_types() -> Iterator[str]:
    for name in ("LONGVARCHAR", "jsonb"):
        yield f'  <xs:simpleType name="{name}"><xs:restriction base="xs:string"/></xs:simpleType>'


def _imports(elements: list[Element], name: str, registry: Registry) -> list[tuple[str, str, str]]:
    """The other schemas that these types lean on. The types of annotations come last, so that `xdat` means them where it can."""
    prefixes: dict[str, None] = {}
    simple_types = False
    for element in elements:
        names: list[str | None] = [element.extends]
        for node in _all_nodes(element):
            names.append(node.item)
            simple_types |= node.kind in (ValueType.TEXT, ValueType.JSON)
        prefixes |= {other.partition(":")[0]: None for other in names if other}
    found = []
    for prefix in prefixes:
        namespace = registry.namespaces[prefix]
        if prefix != elements[0].prefix:
            found.append((prefix, namespace.uri, _location(namespace.schema, name)))
    if simple_types:
        found.append(("xdat", ANNOTATIONS, _location(SIMPLE_TYPES, name)))
    return found


def _all_nodes(element: Element) -> Iterator[Node]:
    stack = [*element.declaration.nodes, *([element.declaration.content] if element.declaration.content else [])]
    while stack:
        node = stack.pop()
        stack.extend(node.children)
        item = element.registry.get(node.item) if node.item else None
        if item is not None and item.anonymous:
            yield from _all_nodes(item)
        else:
            yield node


def _location(of: str, seen_from: str) -> str:
    return posixpath.relpath(f"{of}.xsd", posixpath.dirname(seen_from) or ".")


def _types(elements: list[Element]) -> Iterator[str]:
    for element in elements:
        yield f'  <xs:element name="{element.proper_name}" type="{element.name}"/>'
    for element in elements:
        yield from _complex_type(element, f' name="{element.local_name}"', "  ", annotated=True)


def _complex_type(element: Element, name: str, indent: str, *, annotated: bool) -> Iterator[str]:
    declared = element.declaration
    yield f"{indent}<xs:complexType{name}>"
    if annotated:
        yield from _annotation(declared.identifier, declared.abstract, element.singular, f"{indent}  ")
    attributes = [node for node in declared.nodes if node.attribute]
    nodes = [node for node in declared.nodes if not node.attribute]
    if declared.content is not None:
        yield from _simple_content(declared.content, attributes, f"{indent}  ")
    elif declared.extends:
        yield f'{indent}  <xs:complexContent><xs:extension base="{declared.extends}">'
        yield from _content(element, nodes, attributes, f"{indent}    ")
        yield f"{indent}  </xs:extension></xs:complexContent>"
    else:
        yield from _content(element, nodes, attributes, f"{indent}  ")
    yield f"{indent}</xs:complexType>"


def _annotation(identifier: str, abstract: bool, documentation: str, indent: str) -> Iterator[str]:
    facts = ['abstract="true"'] if abstract else []
    facts += [f'displayIdentifiers="{identifier}"'] if identifier else []
    told = f"<xs:documentation>{_plain(documentation)}</xs:documentation>" if documentation else ""
    if facts:
        # The prefix is bound here, not at the root: at the root of the schema of users it means another namespace.
        told = f'<xs:appinfo><xdat:element xmlns:xdat="{ANNOTATIONS}" {" ".join(facts)}/></xs:appinfo>{told}'
    if told:
        yield f"{indent}<xs:annotation>{told}</xs:annotation>"


def _plain(text: str) -> str:
    """Text that clients may paste into programs of theirs: no quotes, no backslashes, no markup."""
    return "".join(character for character in text if character.isalnum() or character in " -.,:()")


def _content(element: Element, nodes: Iterable[Node], attributes: Iterable[Node], indent: str) -> Iterator[str]:
    nodes = list(nodes)
    if nodes:
        yield f"{indent}<xs:sequence>"
        for node in nodes:
            yield from _element(element, node, f"{indent}  ")
        yield f"{indent}</xs:sequence>"
    for node in attributes:
        yield from _attribute(node, indent)


def _element(element: Element, node: Node, indent: str) -> Iterator[str]:
    occurs = ("" if node.required else ' minOccurs="0"') + (' maxOccurs="unbounded"' if node.repeated else "")
    head = f'{indent}<xs:element name="{node.name}"'
    item = element.registry.element(node.item) if node.item else None
    if item is not None and not item.anonymous:
        yield f'{head} type="{item.name}"{occurs}/>'
    elif item is not None:
        yield f"{head}{occurs}>"
        yield from _annotation(item.declaration.identifier, False, "", f"{indent}  ")
        content = item.declaration.content
        if content is not None and not item.declaration.nodes:
            yield from _simple_type(content, f"{indent}  ")
        else:
            yield from _complex_type(item, "", f"{indent}  ", annotated=False)
        yield f"{indent}</xs:element>"
    elif not node.children and not _limited(node):
        yield f'{head} type="{_kind(node)}"{occurs}/>'
    else:
        yield f"{head}{occurs}>"
        yield from _inner(element, node, f"{indent}  ")
        yield f"{indent}</xs:element>"


def _inner(element: Element, node: Node, indent: str) -> Iterator[str]:
    """The anonymous type of an element: limits of its value, its value with attributes, or what lies below it."""
    attributes = [child for child in node.children if child.attribute]
    if node.kind and not node.children:
        yield from _simple_type(node, indent)
        return
    yield f"{indent}<xs:complexType>"
    if node.kind:
        yield from _simple_content(node, attributes, f"{indent}  ")
    else:
        yield from _content(element, (child for child in node.children if not child.attribute), attributes, f"{indent}  ")
    yield f"{indent}</xs:complexType>"


def _simple_content(node: Node, attributes: list[Node], indent: str) -> Iterator[str]:
    yield f'{indent}<xs:simpleContent><xs:extension base="{_kind(node)}">'
    for attribute in attributes:
        yield from _attribute(attribute, f"{indent}  ")
    yield f"{indent}</xs:extension></xs:simpleContent>"


def _attribute(node: Node, indent: str) -> Iterator[str]:
    use = ' use="required"' if node.required else ""
    if _limited(node):
        yield f'{indent}<xs:attribute name="{node.name}"{use}>'
        yield from _simple_type(node, f"{indent}  ")
        yield f"{indent}</xs:attribute>"
    else:
        yield f'{indent}<xs:attribute name="{node.name}" type="{_kind(node)}"{use}/>'


def _simple_type(node: Node, indent: str) -> Iterator[str]:
    facets = [f"<xs:enumeration value={quoteattr(choice)}/>" for choice in node.choices]
    limits = {"maxLength": node.max_length, "minInclusive": node.minimum, "maxInclusive": node.maximum}
    facets += [f'<xs:{facet} value="{limit}"/>' for facet, limit in limits.items() if limit is not None]
    restriction = f'<xs:restriction base="{_kind(node)}"' + (f">{''.join(facets)}</xs:restriction>" if facets else "/>")
    yield f"{indent}<xs:simpleType>{restriction}</xs:simpleType>"


def _limited(node: Node) -> bool:
    return bool(node.choices) or any(limit is not None for limit in (node.max_length, node.minimum, node.maximum))


def _kind(node: Node) -> str:
    assert node.kind is not None  # parts and lists are told by their types
    return node.kind.value
