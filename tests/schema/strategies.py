"""Random documents of any element, made from what its fields declare."""
from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from scanhouse.schema import document
from scanhouse.schema.document import TYPE_KEY
from scanhouse.schema.errors import MissingField
from scanhouse.schema.registry import Element, Field
from scanhouse.schema.values import ValueType

FORBIDDEN = "\ufffe\uffff"
MAX_LISTED = 2
DEEPEST = 2

texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=FORBIDDEN, include_characters="\t\n\r"), min_size=1, max_size=20,
).filter(lambda text: not text.isspace())
integers = st.integers(-(2**31) + 1, 2**31 - 1)
numbers = st.floats(allow_nan=False, allow_infinity=False)
addresses = st.from_regex(r"/[a-z0-9/]{1,20}\.dcm", fullmatch=True)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | numbers | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2), max_leaves=4,
).filter(lambda value: value is not None)
moments = st.datetimes().map(lambda moment: moment.isoformat().rstrip("0") if moment.microsecond else moment.isoformat())
BY_KIND: dict[ValueType, st.SearchStrategy[Any]] = {
    ValueType.STRING: texts, ValueType.TEXT: texts, ValueType.INTEGER: integers, ValueType.INT: integers, ValueType.LONG: integers,
    ValueType.FLOAT: numbers, ValueType.DOUBLE: numbers, ValueType.BOOLEAN: st.booleans(), ValueType.URI: addresses,
    ValueType.DATE: st.dates().map(lambda day: day.isoformat()), ValueType.DATETIME: moments, ValueType.JSON: json_values,
    ValueType.TIME: moments.map(lambda moment: moment.partition("T")[2]),
    ValueType.DURATION: st.sampled_from(["PT1H", "P1DT2H30M", "PT0.5S", "-P1Y"]),
}


def values_of(field: Field) -> st.SearchStrategy[Any]:
    assert field.kind is not None
    if field.choices:
        return st.sampled_from(field.choices)
    if field.kind.numeric and (field.minimum is not None or field.maximum is not None):
        low, high = field.minimum or 0, 1000 if field.maximum is None else field.maximum
        return st.integers(low, high) if field.kind in (ValueType.INTEGER, ValueType.INT) else st.floats(low, high)
    strategy = BY_KIND[field.kind]
    return strategy.map(lambda text: text[:field.max_length].strip() or "x") if field.max_length else strategy


@st.composite
def documents(draw: st.DrawFn, element: Element, deepest: int = DEEPEST) -> dict[str, Any]:
    """A complete document: some of the fields, and all that are required of what is there."""
    result: dict[str, Any] = {}
    fields = [field for field in element.fields.values() if deepest or not field.repeated]
    chosen = draw(st.lists(st.sampled_from(fields), max_size=12, unique_by=lambda field: field.path)) if fields else []
    for field in chosen:
        result[field.path] = draw(_of(element, field, deepest))
    while missing := _missing(element, result):
        result[missing.path] = draw(_of(element, missing, deepest))
    return result


def _of(element: Element, field: Field, deepest: int) -> st.SearchStrategy[Any]:
    if field.repeated:
        return st.lists(_items(element, field, max(0, deepest - 1)), min_size=1, max_size=MAX_LISTED)
    return values_of(field)


@st.composite
def _items(draw: st.DrawFn, element: Element, field: Field, deepest: int) -> dict[str, Any]:
    registry = element.registry
    concrete = [other for other in registry.descendants(field.item or "") if not other.abstract] or [registry.element(field.item or "")]
    actual = draw(st.sampled_from(concrete))
    item = draw(documents(actual, deepest))
    return item if actual.name == field.default_item else {TYPE_KEY: actual.name, **item}


def _missing(element: Element, sent: dict[str, Any]) -> Field | None:
    """A field that has to be there: a required one, or the value, other than text, of an element that has attributes."""
    try:
        document.validate(element, sent, complete=True)
    except MissingField as missing:
        if missing.element == element.name and missing.path in element.fields:
            return element.fields[missing.path]
    for path, field in element.fields.items():
        below = field.node is element.content or any(key.startswith(f"{path}/") for key in sent)
        if path not in sent and below and field.kind not in (None, ValueType.STRING, ValueType.TEXT):
            return field
    return None
