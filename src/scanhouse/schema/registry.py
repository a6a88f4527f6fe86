"""The registry of data types: an immutable snapshot of elements, their fields and how they extend one another.

    REGISTRY.element("xnat:mrSessionData").field("scanner/manufacturer").kind

Names are found in any case and spelling: `xnat:mrSessionData`, `xnat_mrsessiondata`, `xnat:MRSession`. Types are added at run
time by making a new snapshot: `REGISTRY.extended(declarations.read(text))`.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from . import declarations, values
from .declarations import Declaration, Node
from .elements import TABLES
from .errors import BadDeclaration, ElementExists, InvalidValue, UnknownElement, UnknownField
from .namespaces import NAMESPACES, Namespace, runtime
from .values import ValueType


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an element, at a path below it (attributes without `@`): a value, a part or a list of documents."""

    path: str
    node: Node
    declared_in: str
    """The element that declares it: the element itself, one that it extends, or the type of the part that it lies in."""
    element: str

    @property
    def kind(self) -> ValueType | None:
        """Kind of its value; None for a part and for a list."""
        return self.node.kind

    @property
    def repeated(self) -> bool:
        return self.node.repeated

    @property
    def item(self) -> str | None:
        """The element of a part, or of a list's documents."""
        return self.node.item

    @property
    def default_item(self) -> str | None:
        """The element of a part or document without `xsi:type`."""
        return self.node.default_item or self.node.item

    @property
    def attribute(self) -> bool:
        return self.node.attribute

    @property
    def required(self) -> bool:
        """Required where its parent is there."""
        return self.node.required

    @property
    def rows(self) -> bool:
        """The list's documents are records of their own."""
        return self.node.rows

    @property
    def max_length(self) -> int | None:
        return self.node.max_length

    @property
    def minimum(self) -> int | None:
        return self.node.minimum

    @property
    def maximum(self) -> int | None:
        return self.node.maximum

    @property
    def choices(self) -> tuple[str, ...]:
        return self.node.choices

    @property
    def searchable(self) -> bool:
        """May be named in a search, a filter or a listing's columns."""
        return self.node.kind not in (None, ValueType.JSON) and not self.node.hidden

    @property
    def label(self) -> str:
        """Name for people; a list goes by what it lies in (`aliases/alias`: Aliases)."""
        place = self.path.rpartition("/")[0]
        return self.node.label or _humanize(place if self.repeated and place not in ("", "parameters") else self.path)

    def parse(self, text: str) -> Any:
        """The value that a text stands for; None for a blank one. Raises InvalidValue."""
        return self._within_limits(values.parse, text)

    def check(self, value: Any) -> Any:
        """The value, of JSON's types, as it is kept; None for a blank text. Raises InvalidValue."""
        return self._within_limits(values.check, value)

    def _within_limits(self, understand: Callable[[ValueType, Any], Any], value: Any) -> Any:
        node = self.node
        kind = node.kind
        if kind is None:
            raise InvalidValue(self.element, self.path, "a list of documents" if node.repeated else "given by its parts")
        try:
            value = understand(kind, value)
        except ValueError as problem:
            # Python's own words for an impossible day ("day is out of range for month") would not say what is expected.
            said = str(problem)
            raise InvalidValue(self.element, self.path, said if said.startswith(_EXPECTATIONS) else kind.expectation) from None
        if value is None or kind is ValueType.JSON:
            return value
        if isinstance(value, str):
            limit = node.max_length or (values.MAX_TEXT if kind is ValueType.TEXT else values.MAX_STRING)
            if len(value) > limit:
                raise InvalidValue(self.element, self.path, f"at most {limit} characters long")
            if node.choices and value not in node.choices:
                raise InvalidValue(self.element, self.path, f"one of {', '.join(node.choices)}")
        elif node.minimum is not None and value < node.minimum:
            raise InvalidValue(self.element, self.path, f"at least {node.minimum}")
        elif node.maximum is not None and value > node.maximum:
            raise InvalidValue(self.element, self.path, f"at most {node.maximum}")
        return value


_EXPECTATIONS = ("an integer between", "a JSON value of")


class Element:
    """A data type within a registry: its names, and all its fields, those of the types that it extends first."""

    def __init__(self, declaration: Declaration, registry: Registry) -> None:
        self.declaration = declaration
        self.registry = registry
        self.name = declaration.name
        self.prefix, self.local_name = declaration.name.split(":")
        self.extends = declaration.extends
        self.abstract = declaration.abstract
        self.anonymous = declaration.anonymous

    def __repr__(self) -> str:
        return f"<Element {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _element_of, (self.registry, self.name)

    @property
    def namespace(self) -> Namespace:
        return self.registry.namespaces[self.prefix]

    @property
    def proper_name(self) -> str:
        """Name of its root element in XML, without prefix: `MRSession`."""
        return self.declaration.proper_name or self.local_name

    @property
    def singular(self) -> str:
        return self.declaration.singular or _humanize(self.local_name.removesuffix("Data"))

    @property
    def plural(self) -> str:
        return self.declaration.plural or f"{self.singular}s"

    @property
    def code(self) -> str:
        """Short name for reports and listings."""
        return self.declaration.code

    @cached_property
    def key(self) -> tuple[str, ...]:
        """Paths whose values tell its documents apart within a list."""
        return next((element.declaration.key for element in self.lineage if element.declaration.key), ())

    @property
    def identifier(self) -> str:
        """The field by which clients look its records up and name new ones (`label`), empty if there is none."""
        return next((element.declaration.identifier for element in self.lineage if element.declaration.identifier), "")

    @cached_property
    def lineage(self) -> tuple[Element, ...]:
        """Itself and what it extends, nearest first."""
        base = (self.registry.element(self.extends),) if self.extends else ()
        return (self, *(base[0].lineage if base else ()))

    @cached_property
    def ancestors(self) -> frozenset[str]:
        """Names of itself and of all that it extends."""
        return frozenset(element.name for element in self.lineage)

    @cached_property
    def spellings(self) -> tuple[str, ...]:
        """The names under which it may be asked for, its own first."""
        local, proper = self.local_name, self.proper_name
        forms = [f"{self.prefix}{mark}{word}" for word in (local, proper) for mark in (":", "_")]
        return tuple(dict.fromkeys([*forms, *(form.lower() for form in forms), local, proper]))

    @cached_property
    def content(self) -> Node | None:
        """The value of a type that is a value with attributes."""
        return next((element.declaration.content for element in self.lineage if element.declaration.content), None)

    @cached_property
    def all_fields(self) -> Mapping[str, Field]:
        """Values, parts and lists by path, in the order of the schema."""
        found: dict[str, Field] = {}
        for element in reversed(self.lineage):
            if element is not self:
                found.update((path, Field(path, field.node, field.declared_in, self.name)) for path, field in element.all_fields.items())
        for name in self._shadowed:
            if name in found and found[name].attribute:
                found = {f"@{name}" if path == name else path: field for path, field in found.items()}
                found[f"@{name}"] = replace(found[f"@{name}"], path=f"@{name}")
        own = self.declaration
        if own.content:
            self._collect([own.content], "", found)
        self._collect(own.nodes, "", found)
        return MappingProxyType(found)

    def _collect(self, nodes: Iterable[Node], before: str, found: dict[str, Field]) -> None:
        for node in nodes:
            path = before + node.name
            if node.kind or node.item:
                found[path] = Field(path, node, self.name, self.name)
            if node.item and not node.repeated:
                part = self.registry.element(node.default_item or node.item)
                for field in part.all_fields.values():
                    inner = f"{path}/{field.path}"
                    found[inner] = Field(inner, field.node, field.declared_in, self.name)
            self._collect(node.children, f"{path}/", found)

    @cached_property
    def _shadowed(self) -> frozenset[str]:
        """Attributes that go by `@name` in documents because an element has the name too (`protocol` of a manual QC)."""
        return frozenset(self.attributes) & {node.name for node in self.children.values()}

    def attribute_path(self, name: str) -> str:
        """The path of one of its attributes in documents: its name, unless an element has that."""
        return f"@{name}" if name in self._shadowed else name

    @cached_property
    def attributes(self) -> Mapping[str, Node]:
        """The XML attributes of its root by name, those of the types that it extends first."""
        return MappingProxyType({node.name: node for node in self._nodes() if node.attribute})

    @cached_property
    def children(self) -> Mapping[str, Node]:
        """The XML elements below its root by prefixed name, in the order of the schema."""
        return MappingProxyType({f"{node.prefix}:{node.name}": node for node in self._nodes() if not node.attribute})

    def _nodes(self) -> Iterator[Node]:
        for element in reversed(self.lineage):
            yield from element.declaration.nodes

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """What a document of the type may hold: values and lists by path, in the order of the schema."""
        return MappingProxyType({path: field for path, field in self.all_fields.items() if field.kind or field.repeated})

    @cached_property
    def parts(self) -> Mapping[str, Field]:
        """Single parts of a type of their own (`demographics`, `investigator`) by path, outer ones first."""
        return MappingProxyType({path: field for path, field in self.all_fields.items() if field.item and not field.repeated})

    @cached_property
    def _folded(self) -> Mapping[str, Field]:
        return {path.lower(): field for path, field in reversed(list(self.all_fields.items()))}

    def field(self, path: str) -> Field:
        """The field at a path, written in any case, attributes with or without `@`. Raises UnknownField."""
        found = self.find(path)
        if found is None:
            raise UnknownField(self.name, path)
        return found

    def find(self, path: str) -> Field | None:
        """The field at a path as `field` has it, or None."""
        return self.all_fields.get(path) or self._folded.get(path.replace("@", "").lower())

    def is_a(self, ancestor: str) -> bool:
        """Whether it is, or extends, the type of that name. Unknown names are nobody's ancestor."""
        return ancestor in self.ancestors or self.registry.canonical(ancestor) in self.ancestors


class Registry:
    """An immutable snapshot of data types."""

    def __init__(self, declared: Iterable[Declaration], namespaces: Iterable[Namespace] = NAMESPACES) -> None:
        self._elements: dict[str, Element] = {}
        self._names: dict[str, str] = {}
        known = {namespace.prefix: namespace for namespace in namespaces}
        for declaration in declared:
            if declaration.name in self._elements:
                raise ElementExists(declaration.name)
            element = Element(declaration, self)
            known.setdefault(element.prefix, runtime(element.prefix))
            self._elements[element.name] = element
        self.namespaces: Mapping[str, Namespace] = MappingProxyType(known)
        for element in self._elements.values():
            self._index(element)
        self._check()

    def __reduce__(self) -> tuple[Any, ...]:
        return Registry, (self.declarations, tuple(self.namespaces.values()))

    def _index(self, element: Element) -> None:
        for name in (element.name, f"{element.prefix}:{element.proper_name}"):
            for spelling in (name, name.replace(":", "_", 1)):
                other = self._names.setdefault(spelling.lower(), element.name)
                # A type may be called as another one's root element (`xnat:resource` and so on): its own name wins.
                if other != element.name and name == element.name:
                    if self._elements[other].name.lower() == element.name.lower():
                        raise ElementExists(other)
                    self._names[spelling.lower()] = element.name

    def _check(self) -> None:
        """Every name that a declaration leans on is there, and no type extends itself or is a part of itself."""
        leans_on: dict[str, list[str]] = {}
        for element in self:
            leans_on[element.name] = [element.extends] if element.extends else []
            stack = list(element.declaration.nodes)
            while stack:
                node = stack.pop()
                stack.extend(node.children)
                if node.item and not node.repeated:
                    leans_on[element.name].append(node.default_item or node.item)
                for name in (node.item, node.default_item):
                    if name and name not in self._elements:
                        raise BadDeclaration(f"{element.name}/{node.name} is of type {name}, which there is not.")
            if element.extends and element.extends not in self._elements:
                raise BadDeclaration(f"{element.name} extends {element.extends}, which there is not.")
        done: set[str] = set()
        for name in leans_on:
            self._refuse_circles(name, leans_on, (), done)

    def _refuse_circles(self, name: str, leans_on: Mapping[str, list[str]], above: tuple[str, ...], done: set[str]) -> None:
        if name in above:
            raise BadDeclaration(f"{name} would contain itself without end, by way of {above[-1]}. Make one of them a list.")
        if name not in done:
            for other in leans_on[name]:
                self._refuse_circles(other, leans_on, (*above, name), done)
            done.add(name)

    def __iter__(self) -> Iterator[Element]:
        return iter(self._elements.values())

    def __len__(self) -> int:
        return len(self._elements)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.canonical(name) is not None

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        return tuple(element.declaration for element in self)

    def canonical(self, name: str) -> str | None:
        """The name as it is registered, of a name in any case and spelling; None if there is none."""
        return name if name in self._elements else self._names.get(name.lower())

    def get(self, name: str) -> Element | None:
        """The element of that name in any case and spelling, or None."""
        found = self.canonical(name)
        return None if found is None else self._elements[found]

    def element(self, name: str) -> Element:
        """The element of that name in any case and spelling. Raises UnknownElement."""
        found = self._elements.get(name) or self.get(name)
        if found is None:
            raise UnknownElement(name)
        return found

    def is_a(self, name: str, ancestor: str) -> bool:
        """Whether the first type is, or extends, the second; False for unknown names."""
        element = self.get(name)
        return element is not None and element.is_a(ancestor)

    def descendants(self, name: str) -> tuple[Element, ...]:
        """The element of that name and all that extend it, in order of declaration. Raises UnknownElement."""
        wanted = self.element(name).name
        if wanted not in self._descendants:
            self._descendants[wanted] = tuple(element for element in self if wanted in element.ancestors)
        return self._descendants[wanted]

    @cached_property
    def _descendants(self) -> dict[str, tuple[Element, ...]]:
        return {}

    def by_root(self, uri: str, local_name: str) -> Element | None:
        """The element whose documents have this root, by namespace address and proper (or type) name; case matters, as in XML."""
        for prefix in self._prefixes.get(uri, ()):
            found = self._roots.get((prefix, local_name))
            if found:
                return found
        return None

    @cached_property
    def _prefixes(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for namespace in self.namespaces.values():
            found[namespace.uri] = (*found.get(namespace.uri, ()), namespace.prefix)
        return found

    @cached_property
    def _roots(self) -> Mapping[tuple[str, str], Element]:
        named = [element for element in self if not element.anonymous]
        types = {(element.prefix, element.local_name): element for element in named}
        return types | {(element.prefix, element.proper_name): element for element in named if element.declaration.proper_name}

    def prefixes_of(self, uri: str) -> tuple[str, ...]:
        """The prefixes of a namespace address."""
        return self._prefixes.get(uri, ())

    def extended(self, declared: Iterable[Declaration], namespaces: Iterable[Namespace] = ()) -> Registry:
        """A new snapshot with further types. Raises ElementExists, BadDeclaration."""
        known = {**self.namespaces, **{namespace.prefix: namespace for namespace in namespaces}}
        return Registry((*self.declarations, *declared), known.values())

    def amended(self, name: str, fields: str) -> Registry:
        """A new snapshot in which a type has further fields, told in the lines of a declaration.

        Raises UnknownElement, BadDeclaration (also for a field that the type, or one that extends it, has already).
        """
        element = self.element(name)
        lines = "\n".join(f"  {line.strip()}" for line in fields.splitlines())
        addition, *inner = declarations.read(f"{element.name}\n{lines}")
        for path in Element(addition, self).all_fields:
            if any(other.find(path) for other in self.descendants(name)):
                raise BadDeclaration(f"{element.name} has a field {path} already. Choose another name.")
        changed = replace(element.declaration, nodes=(*element.declaration.nodes, *addition.nodes))
        rest = [changed if declaration.name == element.name else declaration for declaration in self.declarations]
        return Registry((*rest, *inner), self.namespaces.values())


def _element_of(registry: Registry, name: str) -> Element:
    return registry.element(name)


_WORDS = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z]|\b|_|$)|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


def _humanize(path: str) -> str:
    """`parameters/voxelRes/x` -> `Voxel res x`: the name for people of a path without a label of its own."""
    steps = [step for step in path.split("/") if step not in ("parameters", "fields")] or [path]
    words = [word if word.isupper() else word.lower() for step in steps for word in _WORDS.findall(step)]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


REGISTRY = Registry(declaration for table in TABLES for declaration in declarations.read(table))
"""The data types that every site has."""
