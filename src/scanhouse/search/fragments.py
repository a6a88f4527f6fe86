"""Pieces of SQL: named parameters that can be put together in any order, and expressions with a text and a comparable form."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from scanhouse.schema.values import ValueType


class Sort(Enum):
    """How values compare; the member's value is PostgreSQL's type."""

    TEXT = "text"
    NUMBER = "numeric"
    DATE = "date"
    TIME = "time"
    MOMENT = "timestamp"
    BOOLEAN = "boolean"


SORT_OF = {
    ValueType.INTEGER: Sort.NUMBER, ValueType.INT: Sort.NUMBER, ValueType.LONG: Sort.NUMBER, ValueType.FLOAT: Sort.NUMBER,
    ValueType.DOUBLE: Sort.NUMBER, ValueType.BOOLEAN: Sort.BOOLEAN, ValueType.DATE: Sort.DATE, ValueType.TIME: Sort.TIME,
    ValueType.DATETIME: Sort.MOMENT,
}


@dataclass(frozen=True)
class Expression:
    """SQL for a value: `text` as cells show it (may be NULL), `typed` as it compares."""

    text: str
    typed: str
    sort: Sort = Sort.TEXT

    def only_where(self, condition: str) -> Expression:
        """NULL for rows that the condition leaves out."""
        return Expression(f"CASE WHEN {condition} THEN {self.text} END", f"CASE WHEN {condition} THEN {self.typed} END", self.sort)


class Parameters:
    """Values of a statement by name; a value that is put twice is sent once."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def put(self, value: Any) -> str:
        """Keep a value; the placeholder that stands for it."""
        for name, known in self.values.items():
            if type(known) is type(value) and known == value:
                return f"%({name})s"
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"%({name})s"

    def embed(self, text: str, values: Sequence[Any]) -> str:
        """Take over a text with positional placeholders."""
        parts = text.split("%s")
        assert len(parts) == len(values) + 1, "one value per placeholder"
        return parts[0] + "".join(self.put(value) + part for value, part in zip(values, parts[1:], strict=True))


def literal(text: str) -> str:
    """A text constant of ours in SQL (paths and names of the registry, never input); safe between placeholders."""
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"


def column(sql: str, sort: Sort = Sort.TEXT) -> Expression:
    """A column of a table as an expression."""
    return Expression(sql if sort is Sort.TEXT else moment_text(sql) if sort is Sort.MOMENT else f"{sql}::text", sql, sort)


def moment(sql: str) -> Expression:
    """A `timestamptz` column: in UTC, with at least one digit after the second."""
    return Expression(moment_text(f"({sql} AT TIME ZONE 'UTC')"), f"({sql} AT TIME ZONE 'UTC')", Sort.MOMENT)


def moment_text(sql: str) -> str:
    # PostgreSQL trims zeros of the fraction and leaves none for whole seconds, which have 19 characters.
    return f"CASE WHEN length({sql}::text) = 19 THEN {sql}::text || '.0' ELSE {sql}::text END"


def in_document(document: str, path: str, kind: ValueType | None) -> Expression:
    """A value of a JSONB document at a path of the registry."""
    text = f"({document} ->> {literal(path)})"
    sort = SORT_OF.get(kind, Sort.TEXT) if kind is not None else Sort.TEXT
    if sort is Sort.TEXT:
        return Expression(text, text)
    shown = f"replace({text}, 'T', ' ')" if sort is Sort.MOMENT else text
    if sort is Sort.MOMENT:
        shown = f"CASE WHEN length({text}) = 19 THEN {shown} || '.0' ELSE {shown} END"
    return Expression(shown, f"({text})::{sort.value}", sort)
