"""Functions that give text: contents, parts of values, letters, parameters."""
from __future__ import annotations

import re
from collections.abc import Sequence
from math import floor

from scanhouse.deid.backtracking import Found
from scanhouse.deid.ctp.calls import Kind, Scripted, number, read, within
from scanhouse.deid.ctp.results import marked
from scanhouse.deid.errors import RunError
from scanhouse.deid.evaluation import value_of, written
from scanhouse.deid.functions import Value
from scanhouse.deid.program import Call
from scanhouse.deid.regexes import Regex, compiled
from scanhouse.deid.state import State

_GROUP = re.compile(r"\\(.)|\$\{([A-Za-z][A-Za-z0-9]*)\}|\$([0-9]{1,3})|([$\\])", re.DOTALL)


def contents(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    text = read(arguments[0])
    if len(arguments) == 1:
        return text
    replacement = read(arguments[2]) if len(arguments) > 2 else ""
    out: list[str] = []
    end = size = 0
    regex = compiled(read(arguments[1]))
    for hit in regex.finditer(text):
        new = _filled(replacement, hit, regex)
        out += [text[end:hit.start()], new]
        size += len(new)
        within(size, state)
        end = hit.end()
    return "".join([*out, text[end:]])


def _filled(replacement: str, hit: re.Match[str] | Found, regex: Regex) -> str:
    """Java's replacement text: `$1` and `${name}` are groups, a backslash makes the next character literal."""
    def meaning(found: re.Match[str]) -> str:
        literal, name, digits, alone = found.groups()
        if literal is not None:
            return str(literal)
        if alone is not None:
            raise RunError(f"the replacement has a {alone} that names no group", remedy=f"Write \\{alone} for the sign itself.")
        if name is not None:
            number, rest = regex.names.get(name), ""
        else:
            # As many digits as make the number of a group that there is; the first counts in any case.
            taken = next((n for n in range(len(digits), 1, -1) if int(digits[:n]) <= regex.groups), 1)
            number, rest = int(digits[:taken]), digits[taken:]
        if number is None or number > regex.groups:
            raise RunError(f"the replacement names group {name or number}, which the regular expression does not have")
        return str(hit[number] or "") + rest

    return _GROUP.sub(meaning, replacement) if "$" in replacement or "\\" in replacement else replacement


def value(_state: State, arguments: Sequence[Value], _call: Call) -> Value:
    return read(arguments[0]) or (marked(read(arguments[1])) if len(arguments) > 1 else "")


def truncate(_state: State, arguments: Sequence[Value], _call: Call) -> Value:
    text = read(arguments[0])
    length = number(arguments[1], len(text)) if len(arguments) > 1 else len(text)
    return text[:length] if length >= 0 else text.strip()[length:]


def lowercase(_state: State, arguments: Sequence[Value], _call: Call) -> Value:
    return read(arguments[0]).lower()


def uppercase(_state: State, arguments: Sequence[Value], _call: Call) -> Value:
    return read(arguments[0]).upper()


def initials(_state: State, arguments: Sequence[Value], _call: Call) -> Value:
    words = re.split(r"[\^,\s]+", read(arguments[0]).strip("^, \t\r\n"))
    letters = "".join(word[:1] for word in words).upper() or "X"
    letters = letters[1:] + letters[0]
    offset = number(arguments[1], 0) if len(arguments) > 1 else 0
    return "".join(_shifted(letter, offset) for letter in letters)


def _shifted(letter: str, offset: int) -> str:
    """Caesar's cipher: letters among letters, digits among digits."""
    for first, size in (("A", 26), ("a", 26), ("0", 10)):
        if 0 <= ord(letter) - ord(first) < size:
            return chr(ord(first) + (ord(letter) - ord(first) + offset) % size)
    return letter


def path_element(_state: State, arguments: Sequence[Value], _call: Call) -> Value:
    whole = read(arguments[0])
    parts = whole.rstrip("/").split("/")
    index = number(arguments[1], len(parts))
    return parts[index] if -len(parts) <= index < len(parts) else whole


def round_age(_state: State, arguments: Sequence[Value], _call: Call) -> Value:
    age = read(arguments[0]).strip()
    digits, size = re.sub(r"[^0-9]", "", age)[:9], number(arguments[1], 0)
    if not digits or size <= 0:
        return ""
    text = str(floor(int(digits) / size + 0.5) * size) + re.sub(r"[0-9]", "", age)
    return text if len(text) % 2 == 0 else "0" + text


def parameter(_state: State, arguments: Sequence[Value], _call: Call) -> Value:
    return marked(arguments[0]) if isinstance(arguments[0], str) else "null"


def append(state: State, _arguments: Sequence[Value], call: Call) -> Value:
    new = written(value_of(call.clauses[0], state), state) or "" if call.clauses else ""
    here = state.here
    old = here.text if here is not None and here.tag in here.original._dict else None
    return f"{old}\\{new}" if old else new


E, T, P = Kind.ELEMENT, Kind.TEXT, Kind.PARAMETER
FUNCTIONS = (
    Scripted("contents", "contents(element[, \"regex\"[, \"new\"]])", "The element's text; every hit of the regular expression (Java's) is "
             "taken out, or replaced (`$1` is a group). Missing gives nothing.", contents, 1, 3, kinds=(E, T, T)),
    Scripted("value", "value(element[, \"default\"])", "The element's text, or the default when it is empty or missing.", value, 1, 2,
             kinds=(E, T)),
    Scripted("truncate", "truncate(element, n)", "The first n characters; for a negative n the last. All when n is no number.", truncate, 1, 2,
             kinds=(E, T)),
    Scripted("lowercase", "lowercase(element)", "The text in lower case.", lowercase, 1, 1, kinds=(E,)),
    Scripted("uppercase", "uppercase(element)", "The text in upper case.", uppercase, 1, 1, kinds=(E,)),
    Scripted("initials", "initials(element[, offset])", "First letters of the words of a name in upper case, the first one moved to the end; "
             "X when blank. The offset moves letters and digits on in the alphabet.", initials, 1, 2, kinds=(E, T)),
    Scripted("pathelement", "pathelement(element, i)", "Part i, from 0, of a text with slashes; negative counts from the end. The whole text "
             "when there is no such part.", path_element, 2, 2, kinds=(E, T)),
    Scripted("round", "round(element, size)", "An age rounded to a multiple of size, its unit kept, with a leading zero where the length is "
             "odd; nothing when it has no number.", round_age, 2, 2, kinds=(E, P)),
    Scripted("param", "param(@NAME)", "The parameter's value; the text `null` when the script has no such parameter.", parameter, 1, 1,
             kinds=(P,)),
    Scripted("append", "append(){text}", "The values that there are, and the text as one more.", append, 0, 0, blocks=1),
)
