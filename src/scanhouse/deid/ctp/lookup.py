"""CTP's lookup table: `keyType/key = value` as Java properties or, simpler for people, as CSV; and finding a key in it."""
from __future__ import annotations

import csv
from collections.abc import Mapping
from io import StringIO
from typing import Final

from scanhouse.deid.ctp.properties import properties
from scanhouse.deid.errors import SyntaxFault

MOST_HOPS: Final = 10
"""Values `@keyType/key` that lead on to another entry, one after the other (reference 7.1)."""


def parse_lookup(text: str) -> dict[str, str]:
    """`keyType/key` to value, blanks around values left out. Raises `SyntaxFault`; values may name patients and are never in messages."""
    return {key.strip(): value.strip() for key, value, _ in properties(text)}


def parse_csv(text: str, kind: str = "") -> dict[str, str]:
    """Rows `keyType,key,value`, or `key,value` when `kind` names the key type of all. Raises `SyntaxFault` naming the line."""
    found: dict[str, str] = {}
    reader = csv.reader(StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if len(cells) != (2 if kind else 3):
                raise SyntaxFault(f"this row has {len(cells)} cells", line=reader.line_num, column=1,
                                  expected="key,value" if kind else "keyType,key,value")
            *before, key, value = cells
            found[f"{before[0] if before else kind}/{key}"] = value
    except csv.Error as error:
        raise SyntaxFault(f"the table is not CSV ({error})", line=reader.line_num, column=1) from None
    return found


def looked_up(table: Mapping[str, str] | None, kind: str, key: str) -> str | None:
    """The value of a key, followed where it points on; None for a miss: no table, no such key, or a chain without end."""
    value = (table or {}).get(f"{kind.strip()}/{key.strip()}")
    for _ in range(MOST_HOPS):
        if value is None or not (value.startswith("@") and "/" in value):
            return value
        value = (table or {}).get(value[1:].strip())
    return None
