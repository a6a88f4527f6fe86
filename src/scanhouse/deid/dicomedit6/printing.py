"""A program of DicomEdit 6 written out again, one statement a line, so that two scripts can be compared by what they say."""
from __future__ import annotations

import re

from scanhouse.deid.program import (
    Assign,
    Call,
    Choose,
    Compare,
    Condition,
    Delete,
    Element,
    Expression,
    Holds,
    Let,
    Listing,
    Note,
    Perform,
    Program,
    RemovePrivate,
    Statement,
    Text,
    Variable,
)

_NUMBER = re.compile(r"0|-?[1-9][0-9]*(\.[0-9]+)?")
_SIGNS = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"}


def printed(program: Program) -> str:
    """The script. Comments, blank lines and joined lines of the original are not kept."""
    lines = [f'version "{program.version}"']
    for statement in program.statements:
        lines += _lines(statement)
    return "\n".join(lines) + "\n"


def _lines(statement: Statement) -> list[str]:
    if not isinstance(statement, Choose):
        return [_line(statement)]
    lines = []
    for number, branch in enumerate(statement.branches):
        lines.append(f"{'elseif' if number else 'if'} ({_condition(branch.condition)}) {{")
        lines += ["    " + line for inner in branch.body for line in _lines(inner)]
        lines.append("}")
    if statement.otherwise:
        lines.append("else {")
        lines += ["    " + line for inner in statement.otherwise for line in _lines(inner)]
        lines.append("}")
    return lines


def _line(statement: Statement) -> str:
    if isinstance(statement, Assign):
        return f"{statement.target} {'?=' if statement.existing_only else ':='} {_value(statement.value)}"
    if isinstance(statement, Let):
        return f"{statement.name} := {_value(statement.value)}"
    if isinstance(statement, Delete):
        return f"-{statement.target}"
    if isinstance(statement, Perform):
        return _value(statement.call)
    if isinstance(statement, RemovePrivate):
        return "removeAllPrivateTags"
    assert isinstance(statement, Note)
    if statement.kind == "echo":
        return f"echo {_text(statement.text)}"
    word = statement.text if statement.text in ("hidden", "const", "immutable") else _text(statement.text)
    return f"{statement.kind} {statement.name} {word}"


def _condition(condition: Condition) -> str:
    if isinstance(condition, Holds):
        return _value(condition.call)
    assert isinstance(condition, Compare)
    return f"{_value(condition.left)} {condition.operator} {_value(condition.right)}"


def _value(value: Expression) -> str:
    if isinstance(value, Text):
        return value.value or "" if _NUMBER.fullmatch(value.value or "") else _text(value.value or "")
    if isinstance(value, Variable):
        return value.name
    if isinstance(value, Element):
        return str(value.path)
    if isinstance(value, Listing):
        return "{" + ", ".join(_value(entry) for entry in value.entries) + "}"
    assert isinstance(value, Call)
    return f"{value.function.name}[{', '.join(_value(argument) for argument in value.arguments)}]"


def _text(text: str) -> str:
    return '"' + "".join(_SIGNS.get(sign, "\\\\" if sign == "\\" else sign) for sign in text) + '"'
