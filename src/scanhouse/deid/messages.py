"""Java's MessageFormat, as scripts use it: `{0}` is the first argument, `''` one quote, `'{'` a brace as such."""
from __future__ import annotations

import re
from collections.abc import Sequence

from scanhouse.deid.errors import RunError

_PARTS = re.compile(r"''|'((?:[^']|'')*)(?:'|$)|\{\s*(\d{1,3})\s*\}|([{}])|[^'{}]+")


def formatted(pattern: str, arguments: Sequence[str]) -> str:
    """The pattern with its arguments in place; a number without an argument stays as `{n}`. Raises `RunError`."""
    out = []
    for part in _PARTS.finditer(pattern):
        quoted, number, brace = part.groups()
        if brace == "{":
            raise RunError("the format has a brace that is no argument", expected="{0}, {1}, ...", remedy="Write '{' for the brace itself.")
        if number is not None:
            out.append(arguments[int(number)] if int(number) < len(arguments) else part[0])
        elif quoted is not None:
            out.append(quoted.replace("''", "'"))
        else:
            out.append("'" if part[0] == "''" else part[0])
    return "".join(out)
