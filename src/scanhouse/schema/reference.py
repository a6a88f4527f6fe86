"""The reference of data types for people, made from the registry: `python -m scanhouse.schema.reference > docs/reference/elements.md`."""
from __future__ import annotations

import sys
from collections.abc import Iterator

from .element import Element
from .fields import Field
from .registry import REGISTRY, Registry

_HEAD = """# Data types and their fields

This page is made from the registry (`src/scanhouse/schema`) by `python -m scanhouse.schema.reference`; do not edit it.

A data type extends another and has its fields too; they are listed there. A path is told below the type, as in queries
(`xnat:mrSessionData/scanner/manufacturer`) and in a record's document. `*` marks a list, `!` a field that must be there where
its parent is. Fields of a part (an investigator, a provenance) are listed with the part's type.
"""


def markdown(registry: Registry = REGISTRY) -> str:
    """The page as text."""
    return "\n".join(_lines(registry))


def _lines(registry: Registry) -> Iterator[str]:
    yield _HEAD
    for namespace in registry.namespaces.values():
        elements = [element for element in registry if element.prefix == namespace.prefix and not element.anonymous]
        if elements:
            yield f"## {namespace.prefix}: {namespace.uri}\n"
            for element in elements:
                yield from _element(element)


def _element(element: Element) -> Iterator[str]:
    yield f"### {element.name}\n"
    facts = [f"{element.singular} / {element.plural}" if element.declaration.singular else ""]
    facts.append(f"root element `{element.prefix}:{element.proper_name}`" if element.declaration.proper_name else "")
    facts.append(f"extends `{element.extends}`" if element.extends else "")
    facts.append(f"told apart by {', '.join(f'`{path}`' for path in element.declaration.key)}" if element.declaration.key else "")
    facts.append("only others extend it" if element.abstract else "")
    told = "; ".join(fact for fact in facts if fact)
    if told:
        yield f"{told[:1].upper()}{told[1:]}.\n"
    own = [field for field in element.all_fields.values() if field.declared_in == element.name]
    if not own:
        yield "No fields of its own.\n"
        return
    yield "| path | kind | label |"
    yield "|---|---|---|"
    for field in own:
        yield from _rows(element, field)
    yield ""


def _rows(element: Element, field: Field, before: str = "") -> Iterator[str]:
    path = f"{before}{'@' if field.attribute and field.path[:1] != '@' else ''}{field.path}"
    marks = ("*" if field.repeated else "") + ("!" if field.required else "")
    item = element.registry.get(field.item) if field.item else None
    yield f"| `{path}{marks}` | {_kind(field, item)} | {field.label} |"
    if item is not None and item.anonymous:
        for inner in item.all_fields.values():
            yield from _rows(element, inner, f"{before}{field.path}/")


def _kind(field: Field, item: Element | None) -> str:
    if item is not None:
        if item.anonymous:
            return "list"
        default = f", `{field.default_item}` if not said" if field.default_item != field.item else ""
        return ("list of" if field.repeated else "part:") + f" `{item.name}`{default}"
    assert field.kind is not None  # what is neither a part nor a list is a value
    words = [field.kind.value.partition(":")[2].replace("LONGVARCHAR", "long text").replace("jsonb", "JSON")]
    words.append(f"at most {field.max_length} characters" if field.max_length else "")
    words.append(f"{'' if field.minimum is None else field.minimum}..{'' if field.maximum is None else field.maximum}"
                 if field.minimum is not None or field.maximum is not None else "")
    words.append("one of " + ", ".join(field.choices) if field.choices else "")
    return ", ".join(word for word in words if word)


if __name__ == "__main__":
    sys.stdout.write(markdown())
