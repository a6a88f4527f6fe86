"""DicomEdit 6: functions that make texts of texts. Absent in, absent out."""
from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote_plus

from scanhouse.deid.arguments import exactly, texts, whole
from scanhouse.deid.errors import RunError
from scanhouse.deid.functions import Function, Value
from scanhouse.deid.messages import formatted
from scanhouse.deid.program import Call
from scanhouse.deid.regexes import compiled
from scanhouse.deid.state import State

LONGEST = 1_000_000
"""Characters a function may make: no element of a header comes near, and doubling in a row must end somewhere."""


def _bounded(text: str) -> str:
    if len(text) > LONGEST:
        raise RunError(f"the text is longer than {LONGEST} characters")
    return text


def concatenate(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    return _bounded("".join(text or "" for text in texts(state, arguments)))


def format_text(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    row = texts(state, arguments)
    if not row or row[0] is None:
        return None
    given = [text for text in row[1:] if text is not None]
    return None if len(given) < len(row) - 1 else _bounded(formatted(row[0], given))


def lowercase(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    [text] = exactly(state, arguments, 1, 1, "lowercase[value]")
    return None if text is None else text.lower()


def uppercase(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    [text] = exactly(state, arguments, 1, 1, "uppercase[value]")
    return None if text is None else text.upper()


def substring(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    text, first, last = exactly(state, arguments, 3, 3, "substring[value, begin, end]")
    begin, end = whole(first, "begin"), whole(last, "end")
    if text is None:
        return None
    if not 0 <= begin <= end <= len(text):
        raise RunError(f"there are no characters {begin} to {end} in the value", remedy="Guard the line with a condition on its length.")
    return text[begin:end]


def replace(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    text, target, new = exactly(state, arguments, 3, 3, "replace[value, target, replacement]")
    if text is None or target is None or new is None:
        return None
    return _bounded(text.replace(target, new))


def match(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    text, pattern, group = exactly(state, arguments, 3, 3, "match[value, regex, group]")
    number = whole(group, "group")
    if text is None or pattern is None:
        return None
    regex = compiled(pattern)
    if not 0 <= number <= regex.groups:
        raise RunError(f"the regular expression has no group {number}", expected=f"a group from 0 to {regex.groups}")
    found = regex.search(text)
    return None if found is None else found[number]


def ismatch(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    text, pattern = exactly(state, arguments, 2, 2, "ismatch[value, regex]")
    return "true" if text is not None and pattern is not None and compiled(pattern).fullmatch(text) else "false"


def normalize_string(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    row = exactly(state, arguments, 1, 2, "normalizeString[value, replacement]")
    new = "_" if len(row) < 2 or row[1] is None else row[1]
    return None if row[0] is None else _bounded("".join(sign if sign.isascii() else new for sign in row[0]))


def get_url(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    [url] = exactly(state, arguments, 1, 1, "getURL[url]")
    if state.context.urls is None:
        raise RunError("this run has no access to addresses", remedy="Allow it where the engine is called, or put the text in the script.")
    body = "".join(state.context.urls(url or "").splitlines())
    if not body:
        raise RunError("the address answers with nothing")
    return _bounded(body)


def lookup(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    kind, key = exactly(state, arguments, 2, 2, "lookup[keyType, key]")
    return None if kind is None or key is None else (state.context.lookup or {}).get(f"{kind}/{key}")


def url_encode(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    [text] = exactly(state, arguments, 1, 1, "urlEncode[value]")
    return None if text is None else quote_plus(text, safe="*-._")


def true(_state: State, _arguments: Sequence[Value], _call: Call) -> Value:
    return "true"


def false(_state: State, _arguments: Sequence[Value], _call: Call) -> Value:
    return "false"


FUNCTIONS = (
    Function("concatenate", "concatenate[value, ...]", "The values as one text; absent ones count as empty.", concatenate, 0, None),
    Function("format", "format[pattern, value, ...]", "Java's MessageFormat: `{0}` is the first value, `''` a quote, `'{'` a brace.",
             format_text, 1, None),
    Function("lowercase", "lowercase[value]", "The value in lower case.", lowercase, 1, 1),
    Function("uppercase", "uppercase[value]", "The value in upper case.", uppercase, 1, 1),
    Function("substring", "substring[value, begin, end]", "Characters from `begin` (0 is the first) up to, not including, `end`. "
             "Fails when the value is too short.", substring, 1, 3),
    Function("replace", "replace[value, target, replacement]", "The value with every occurrence of a text, taken literally, replaced.",
             replace, 1, 3),
    Function("match", "match[value, regex, group]", "The group of the first place where the regular expression fits; absent if none.",
             match, 1, 3),
    Function("ismatch", "ismatch[value, regex]", "`true` if the regular expression fits the whole value, else `false`.", ismatch, 1, 2),
    Function("normalizeString", "normalizeString[value, replacement]", "The value with every character outside ASCII replaced, "
             "by `_` unless a replacement is given.", normalize_string, 1, 2),
    Function("getURL", "getURL[url]", "What the address answers, lines joined. Fails when it answers nothing, or when the caller of the "
             "engine allows no addresses.", get_url, 1, 1),
    Function("lookup", "lookup[keyType, key]", "The entry of the lookup table; absent if there is none.", lookup, 1, 2),
    Function("urlEncode", "urlEncode[value]", "The value as it is written in the query of an address. XNAT lacks it in version 6 (DE-7).",
             url_encode, 1, 1),
    Function("true", "true[]", "The text `true`.", true, 0, 0),
    Function("false", "false[]", "The text `false`.", false, 0, 0),
)
