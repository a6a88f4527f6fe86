"""Functions that decide: about the element, the branch to take, or the object as a whole."""
from __future__ import annotations

import re
from collections.abc import Sequence

from scanhouse.deid.ctp.calls import Kind, Scripted, quarantine, read
from scanhouse.deid.ctp.results import EMPTY, KEEP, PROCESS, REMOVE, blanks, marked
from scanhouse.deid.evaluation import nearby, value_of, written
from scanhouse.deid.functions import Value
from scanhouse.deid.program import Call, Expression, Nearby, This
from scanhouse.deid.regexes import compiled
from scanhouse.deid.state import State, Stop

LARGEST_INT = 2**31 - 1
"""Beyond it Java reads no number, and CTP takes 0."""


def is_present(expression: Expression, state: State) -> bool:
    """Whether the element is there, whatever it holds."""
    if isinstance(expression, This):
        return state.here is not None and state.here.tag in state.here.original._dict
    return isinstance(expression, Nearby) and nearby(expression, state) is not None


def choose(state: State, arguments: Sequence[Value], call: Call) -> Value:
    return _clause(call, 0 if _test(state, arguments, call) else 1, state)


def _test(state: State, arguments: Sequence[Value], call: Call) -> bool:
    test = read(arguments[1])
    if test == "exists":
        return is_present(call.arguments[0], state)
    text = read(arguments[0])
    if test == "isblank":
        return not text.strip()
    if len(arguments) < 3:
        return False
    other = read(arguments[2])
    if test == "equals":
        return text.lower() == other.lower()
    if test == "contains":
        return other.lower() in text.lower()
    if test == "matches":
        return compiled(other.strip()).fullmatch(text) is not None
    return test == "greaterthan" and _digits(text) > _digits(other)


def _digits(text: str) -> int:
    digits = re.sub(r"[^0-9]", "", text).lstrip("0")
    found = int(digits or "0") if len(digits) <= 10 else LARGEST_INT + 1
    return found if found <= LARGEST_INT else 0


def select(state: State, _arguments: Sequence[Value], call: Call) -> Value:
    return _clause(call, 1 if state.here is not None and state.here.address else 0, state)


def _clause(call: Call, place: int, state: State) -> Value:
    return written(value_of(call.clauses[place], state), state) if place < len(call.clauses) else ""


def always(_state: State, _arguments: Sequence[Value], _call: Call) -> Value:
    return ""


def require(state: State, arguments: Sequence[Value], call: Call) -> Value:
    if is_present(This(), state):
        return KEEP
    if not arguments:
        return ""
    if is_present(call.arguments[0], state):
        text = read(arguments[0])
    else:
        text = marked(read(arguments[1])) if len(arguments) > 1 else ""
    return text if text.strip() else blanks(str(len(text)))


def process(_state: State, _arguments: Sequence[Value], _call: Call) -> Value:
    return PROCESS


def keep(_state: State, _arguments: Sequence[Value], _call: Call) -> Value:
    return KEEP


def remove(_state: State, _arguments: Sequence[Value], _call: Call) -> Value:
    return REMOVE


def empty(_state: State, _arguments: Sequence[Value], _call: Call) -> Value:
    return EMPTY


def blank(_state: State, arguments: Sequence[Value], _call: Call) -> Value:
    return blanks(read(arguments[0]) if arguments else "")


def quarantined(_state: State, _arguments: Sequence[Value], call: Call) -> Value:
    raise quarantine(f"the script says so in line {call.at.line}")


def skip(_state: State, _arguments: Sequence[Value], call: Call) -> Value:
    raise Stop("skipped", f"the script says so in line {call.at.line}")


def plugin(_state: State, arguments: Sequence[Value], _call: Call) -> Value:
    raise quarantine(f"the script calls the plugin {read(arguments[0])!r}, which is not here")


E, T, C = Kind.ELEMENT, Kind.TEXT, Kind.TEXT_OR_PARAMETER
FUNCTIONS = (
    Scripted("if", "if(element, test[, argument]){then}{else}", "One script or the other. Tests: `isblank`, `exists`, `equals` and `contains` "
             "(any case), `matches` (a regular expression over the whole value), `greaterthan` (digits only). Another test does not hold.",
             choose, 2, 3, kinds=(E, T, C), blocks=2),
    Scripted("select", "select(){root}{item}", "The first script in the root, the second within items.", select, 0, 0, blocks=2),
    Scripted("always", "always()", "Nothing; as the first call of a script it has the element inserted where it is missing from the root.",
             always, 0, 0),
    Scripted("require", "require([element[, \"default\"]])", "Keeps the element if it is there; else, after always, the other element's "
             "text, or the default, or an empty element.", require, 0, 2, kinds=(E, T)),
    Scripted("process", "process()", "Keeps a sequence and runs the scripts on the elements of its items.", process, 0, 0),
    Scripted("keep", "keep()", "Leaves the element as it is, when it is all that the script gives.", keep, 0, 0),
    Scripted("remove", "remove()", "Removes the element.", remove, 0, 0),
    Scripted("empty", "empty()", "Empties the element, when it is all that the script gives.", empty, 0, 0),
    Scripted("blank", "blank(n)", "n blanks, at most 55.", blank, 0, 1, kinds=(T,)),
    Scripted("quarantine", "quarantine()", "Sends the object to quarantine: it is neither stored nor sent on.", quarantined, 0, 0),
    Scripted("skip", "skip()", "Passes the object on as it came, with all that identifies the patient.", skip, 0, 0),
    Scripted("call", "call(id, ...)", "Calls a plugin of CTP. There are none here, so the object is quarantined.", plugin, 1, None, kinds=(T,)),
)
