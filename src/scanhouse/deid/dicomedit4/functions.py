"""All functions of DicomEdit 4, as one table. Where version 6 does the same, its functions are used."""
from __future__ import annotations

from collections.abc import Sequence

from scanhouse.deid.arguments import texts
from scanhouse.deid.dicomedit6 import texts as six
from scanhouse.deid.dicomedit6.uids import fresh, hash_one
from scanhouse.deid.functions import Function, Value, table
from scanhouse.deid.messages import formatted
from scanhouse.deid.program import Call
from scanhouse.deid.state import State


def format_text(state: State, arguments: Sequence[Value], _call: Call) -> Value:
    row = ["null" if text is None else text for text in texts(state, arguments)]
    return formatted(row[0], row[1:])


FORMAT = Function("format", "format[pattern, value, ...]", "Java's MessageFormat: `{0}` is the first value, `''` a quote, `'{'` a brace; "
                  "an absent value is the text `null`. Written short as a text followed by values.", format_text, 1, None)
NEW_UID = Function("new UID", "new UID", "A fresh UID; written without brackets.", fresh, 0, 0)

FUNCTIONS = table(
    Function("substring", "substring[value, begin, end]", "Characters from `begin` (0 is the first) up to, not including, `end`. Fails "
             "when the value is too short.", six.substring, 3, 3),
    FORMAT,
    Function("lowercase", "lowercase[value]", "The value in lower case.", six.lowercase, 1, 1),
    Function("uppercase", "uppercase[value]", "The value in upper case.", six.uppercase, 1, 1),
    Function("getURL", "getURL[url]", "What the address answers, lines joined. Fails when it answers nothing, or when the caller of the "
             "engine allows no addresses.", six.get_url, 1, 1),
    Function("replace", "replace[value, target, replacement]", "The value with every occurrence of a text, taken literally, replaced.",
             six.replace, 3, 3),
    Function("match", "match[value, regex, group]", "The group of the first place where the regular expression fits; absent if none.",
             six.match, 3, 3),
    Function("urlEncode", "urlEncode[value]", "The value as it is written in the query of an address.", six.url_encode, 1, 1),
    Function("hashUID", "hashUID[value]", "A UID made of the value, always the same; whoever knows the value can compute it too.",
             hash_one, 1, 1),
)
