"""A data type within a registry: its names, its lineage, and all its fields."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .declarations import Declaration, Node
from .errors import UnknownField
from .fields import Field, humanize
from .namespaces import Namespace

if TYPE_CHECKING:
    from .registry import Registry


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
        return self.declaration.singular or humanize(self.local_name.removesuffix("Data"))

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


def _element_of(registry: Registry, name: str) -> Element:
    return registry.element(name)
