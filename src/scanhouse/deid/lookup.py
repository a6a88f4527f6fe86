"""DicomEdit's lookup table: lines `keyType/key = value`, comments from `//`, blanks around each part ignored."""
from __future__ import annotations

from scanhouse.deid.errors import SyntaxFault


def parse_lookup(text: str) -> dict[str, str]:
    """`keyType/key` to value. Raises `SyntaxFault` naming the line. Values may name patients: they are never in the message."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.split("//", 1)[0].strip()
        if not line:
            continue
        key, equals, value = line.partition("=")
        kind, slash, rest = key.partition("/")
        if not equals or not slash or "=" in value or "/" in rest + value:
            raise SyntaxFault("this line of the lookup table is not an entry", line=number, column=1, expected="keyType/key = value",
                              remedy="A line has exactly one / and one =, so neither can stand in a value.")
        found[f"{kind.strip()}/{rest.strip()}"] = value.strip()
    return found
