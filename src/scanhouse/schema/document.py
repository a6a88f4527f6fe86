"""A record's typed values: one flat document per record, as JSONB keeps it.

Keys are paths below the element (`scanner/manufacturer`, `parameters/voxelRes/x`); repeated children are lists of such
documents (`{"fields/field": [{"name": "iq", "field": "101"}]}`). A document in a list, or a part of an open type, that is not
of the declared (or default) type says its own under `xsi:type` (`demographics/xsi:type`).
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import xpath
from .element import Element
from .errors import InvalidValue, MissingField, UnknownField
from .fields import Field
from .registry import Registry
from .xpath import Step

TYPE_KEY = "xsi:type"
HIDDEN_KEY = "#hidden"
"""Key of surrogate keys that only XML comments show; never kept."""
MAX_LIST = 100_000
"""Documents in one list: a catalog of a large resource has some ten thousand entries."""
MAX_NESTING = 16
"""Lists within lists; sets of search criteria are the only type that nests in itself in earnest."""

Document = dict[str, Any]
"""Values are as varied as JSON is, hence Any."""


def validate(element: Element, document: Mapping[str, Any], *, complete: bool = False) -> Document:
    """The document with every value as its field keeps it: numbers as numbers, dates as ISO text, blank values left out.

    `complete` asks for the required fields too. Raises UnknownField, InvalidValue, MissingField.
    """
    return _validate(element, document, complete, MAX_NESTING)


def _validate(element: Element, document: Mapping[str, Any], complete: bool, nesting: int) -> Document:
    result: Document = {}
    fields = element.fields
    for path, value in document.items():
        field = fields.get(path)
        if field is None:
            if path == TYPE_KEY or path.endswith(f"/{TYPE_KEY}"):
                _keep_type(element, path, value, result)
                continue
            field = open_field(element, document, path)
            if field is None:
                raise UnknownField(element.name, path)
        if field.item is None:
            value = field.check(value)
            if value is not None:
                result[path] = value
        elif value is not None:
            items = _validate_list(element, field, value, complete, nesting)
            if items:
                result[path] = items
    if complete:
        _require(element, result)
    return result


def _keep_type(element: Element, path: str, value: Any, result: Document) -> None:
    """What a document says of its own type, or of that of a part: kept where it is not the default."""
    if path == TYPE_KEY:
        if not isinstance(value, str) or element.registry.get(value) is not element:
            raise InvalidValue(element.name, TYPE_KEY, element.name)
        return
    part = element.parts.get(path.removesuffix(f"/{TYPE_KEY}"))
    if part is None:
        raise UnknownField(element.name, path)
    actual = item_type(element, part, value)
    if actual.name != part.default_item:
        result[path] = actual.name


def _validate_list(element: Element, field: Field, value: Any, complete: bool, nesting: int) -> list[Document]:
    if not isinstance(value, list) or len(value) > MAX_LIST:
        raise InvalidValue(element.name, field.path, f"a list of at most {MAX_LIST} documents")
    if nesting == 0:
        raise InvalidValue(element.name, field.path, f"nested at most {MAX_NESTING} deep")
    items = []
    for item in value:
        if not isinstance(item, Mapping):
            raise InvalidValue(element.name, field.path, "a list of documents")
        actual = item_type(element, field, item.get(TYPE_KEY))
        checked = _validate(actual, {**item, TYPE_KEY: actual.name}, complete, nesting - 1)
        if actual.name != field.default_item:
            checked = {TYPE_KEY: actual.name, **checked}
        items.append(checked)
    return items


def item_type(element: Element, field: Field, name: object) -> Element:
    """The element of a part or of a list's document, from what it says of itself. Raises InvalidValue."""
    if name is None or name == "":
        return element.registry.element(field.default_item or "")
    actual = element.registry.get(name) if isinstance(name, str) else None
    if actual is None or not actual.is_a(field.item or ""):
        raise InvalidValue(element.name, f"{field.path}/{TYPE_KEY}", f"the name of a type that is {field.item}")
    return actual


def open_field(element: Element, document: Mapping[str, Any], path: str) -> Field | None:
    """The value or list at the path within a part that says it is of another type than the default one; None if there is none."""
    for name, part in element.parts.items():
        if path.startswith(f"{name}/") and f"{name}/{TYPE_KEY}" in document:
            found = item_type(element, part, document[f"{name}/{TYPE_KEY}"]).find(path[len(name) + 1:])
            if found is not None and (found.kind or found.repeated):
                return Field(f"{name}/{found.path}", found.node, found.declared_in, element.name)
    return None


def _require(element: Element, document: Document) -> None:
    """Every required field is there whose parent is."""
    for path, field in element.fields.items():
        if field.required and path not in document and _is_there(element, document, path.rpartition("/")[0]):
            raise MissingField(element.name, path)


def _is_there(element: Element, document: Document, path: str) -> bool:
    """Whether anything lies at or below the path, or has to: a part that is required itself."""
    if not path or any(key == path or key.startswith(f"{path}/") for key in document):
        return True
    part = element.parts.get(path)
    return part is not None and part.required and _is_there(element, document, path.rpartition("/")[0])


def get_value(element: Element, document: Mapping[str, Any], path: str) -> Any:
    """The value at a field path, which may lead through lists (`fields/field[name=iq]/field`); None if there is none.

    Raises BadPath, UnknownField.
    """
    current: Mapping[str, Any] = document
    where, steps = element, xpath.steps_of(path)
    while True:
        field, rest = resolve(where, steps, current)
        if not field.repeated:
            return current.get(field.path)
        items = current.get(field.path, [])
        if not rest:
            return items
        index = _position(where, field, items, steps[len(steps) - len(rest) - 1])
        if index is None:
            return None
        current, where, steps = items[index], item_type(where, field, items[index].get(TYPE_KEY)), rest


def set_value(element: Element, document: Mapping[str, Any], path: str, text: str | None) -> Document:
    """A copy of the document with the value at a field path set from its text, or cleared by None or a blank text.

    The path may lead through lists: `fields/field[name=iq]/field`, `scans/scan[0][@xsi:type=xnat:mrScanData]/type`; a document
    that is not there is added. Raises BadPath, UnknownField, InvalidValue.
    """
    return _set(element, document, xpath.steps_of(path), text)


def set_values(element: Element, document: Mapping[str, Any], texts: Mapping[str, str | None]) -> Document:
    """A copy of the document with the values at several field paths set, as `set_value` does.

    Positions in lists may count from 0 or from 1, alike for all paths of one list.
    """
    result = dict(document)
    for path, text in zip(xpath.zero_based(xpath.parse(path) for path in texts), texts.values(), strict=True):
        result = _set(element, result, path.steps, text)
    return result


def _set(element: Element, document: Mapping[str, Any], steps: tuple[Step, ...], text: str | None) -> Document:
    result = dict(document)
    for index, step in enumerate(steps):
        part = element.parts.get("/".join(step.name for step in steps[:index + 1])) if step.type else None
        if part is not None:
            _retype(element, result, part, item_type(element, part, step.type))
    field, rest = resolve(element, steps, result)
    if not field.repeated:
        value = None if text is None else field.parse(text)
        if value is None:
            result.pop(field.path, None)
        else:
            result[field.path] = value
        return result
    if not rest:
        raise UnknownField(element.name, f"{field.path} (it is a list: name a field of its documents)")
    items = list(result.get(field.path, []))
    step = steps[len(steps) - len(rest) - 1]
    position = _position(element, field, items, step)
    if position is None:
        if text is None:
            return result
        if len(items) >= MAX_LIST:
            raise InvalidValue(element.name, field.path, f"a list of at most {MAX_LIST} documents")
        items.append(_new_item(element, field, step))
        position = len(items) - 1
    items[position] = _set(item_type(element, field, items[position].get(TYPE_KEY)), items[position], rest, text)
    result[field.path] = items
    return result


def _retype(element: Element, document: Document, part: Field, actual: Element) -> None:
    """Make the part of the type that is said of it; what the type does not have is gone."""
    key = f"{part.path}/{TYPE_KEY}"
    if item_type(element, part, document.get(key)) is actual:
        return
    for path in [path for path in document if path.startswith(f"{part.path}/") and path[len(part.path) + 1:] not in actual.fields]:
        del document[path]
    if actual.name != part.default_item:
        document[key] = actual.name


def resolve(element: Element, steps: tuple[Step, ...], document: Mapping[str, Any] | None = None) -> tuple[Field, tuple[Step, ...]]:
    """The first value or list that the steps lead to, and the steps beyond it. Raises UnknownField."""
    path = ""
    for index, step in enumerate(steps):
        path = f"{path}/{step.name}" if path else step.name
        field = element.find(path)
        if field is None and document is not None:
            field = open_field(element, document, path)
        if field is not None and (field.repeated or (field.kind and index == len(steps) - 1)):
            return field, steps[index + 1:]
    raise UnknownField(element.name, path)


def _position(element: Element, field: Field, items: list[Document], step: Step) -> int | None:
    """Where in the list the document is that a step means, None if it is not there."""
    if step.conditions:
        for index, item in enumerate(items):
            actual = item_type(element, field, item.get(TYPE_KEY))
            if all(_matches(actual, item, name, value) for name, value in step.conditions):
                return index
        return None
    index = step.index or 0
    return index if index < len(items) else None


def _matches(element: Element, item: Mapping[str, Any], name: str, value: str) -> bool:
    found = element.find(name)
    return found is not None and str(item.get(found.path, "")) == value


def _new_item(element: Element, field: Field, step: Step) -> Document:
    actual = item_type(element, field, step.type)
    item: Document = {} if actual.name == field.default_item else {TYPE_KEY: actual.name}
    for name, value in step.conditions:
        found = actual.field(name)
        item[found.path] = found.parse(value)
    return item


def merge(element: Element, stored: Mapping[str, Any], incoming: Mapping[str, Any], *, authoritative: bool = False) -> Document:
    """What is stored, changed by what came in. Both are valid documents of the element.

    Values replace values; documents of a list are matched by the key of their type (by equality where it has none) and merged in
    turn, others are kept. An authoritative document replaces all: what it lacks is gone.
    """
    if authoritative:
        return dict(incoming)
    result = dict(stored)
    for path, value in incoming.items():
        field = element.fields.get(path)
        if field is None or not field.repeated or path not in result:
            result[path] = value
            continue
        result[path] = _merge_lists(element, field, result[path], value)
    return result


def _merge_lists(element: Element, field: Field, stored: list[Document], incoming: list[Document]) -> list[Document]:
    items = list(stored)
    places = {identity: index for index, item in enumerate(items) if (identity := _identity(element, field, item)) is not None}
    for item in incoming:
        identity = _identity(element, field, item)
        if identity is None:
            if item not in items:
                items.append(item)
        elif identity in places:
            actual = item_type(element, field, item.get(TYPE_KEY))
            items[places[identity]] = merge(actual, items[places[identity]], item)
        else:
            places[identity] = len(items)
            items.append(item)
    return items


def _identity(element: Element, field: Field, item: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The values that tell a list's documents apart; None if it lacks all of them."""
    key = item_type(element, field, item.get(TYPE_KEY)).key
    values = tuple(item.get(path) for path in key)
    return values if any(value is not None for value in values) else None


def split(element: Element, document: Mapping[str, Any]) -> tuple[Document, dict[str, list[Document]]]:
    """The record's own values, and the documents of lists that are kept in rows of their own, by path."""
    own: Document = {}
    rows: dict[str, list[Document]] = {}
    for path, value in document.items():
        field = element.fields.get(path)
        if field is not None and field.rows:
            rows[path] = value
        else:
            own[path] = value
    return own, rows


def element_of(registry: Registry, document: Mapping[str, Any], default: str) -> Element:
    """The element that a document says it is of under `xsi:type`, else the default one. Raises UnknownElement."""
    return registry.element(document.get(TYPE_KEY) or default)
