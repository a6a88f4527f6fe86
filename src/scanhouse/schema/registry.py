"""The registry of data types: an immutable snapshot of elements, their fields and how they extend one another.

    REGISTRY.element("xnat:mrSessionData").field("scanner/manufacturer").kind

Names are found in any case and spelling: `xnat:mrSessionData`, `xnat_mrsessiondata`, `xnat:MRSession`. Types are added at run
time by making a new snapshot: `REGISTRY.extended(declarations.read(text))`.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from . import declarations
from .declarations import Declaration
from .element import Element
from .elements import TABLES
from .errors import BadDeclaration, ElementExists, UnknownElement
from .fields import Field
from .namespaces import NAMESPACES, Namespace, runtime

__all__ = ["REGISTRY", "Element", "Field", "Registry"]


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


REGISTRY = Registry(declaration for table in TABLES for declaration in declarations.read(table))
"""The data types that every site has."""
