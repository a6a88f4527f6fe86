"""A program in words, with the standard's names: what it will do, before it does it."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from pydicom.datadict import dictionary_description, private_dictionary_description

from scanhouse.deid.program import (
    Answer,
    Assign,
    Blank,
    Both,
    Call,
    Choose,
    Compare,
    Condition,
    Constant,
    Delete,
    Either,
    Element,
    End,
    Expression,
    Holds,
    Joined,
    Let,
    Listing,
    Nearby,
    Not,
    Note,
    Order,
    Perform,
    Program,
    RemovePrivate,
    Statement,
    Text,
    This,
    Variable,
    Walk,
)
from scanhouse.deid.tagpath import Level, Step, TagPath, TagPattern

STEP: Final = "  "
_OPERATORS: Final = {"=": "is", "!=": "is not", "~": "matches", "!~": "does not match"}
_LEVELS: Final = {"*": "at any depth", "+": "at any depth below the root", ".": "one level below"}


def explained(program: Program) -> str:
    """One line for each thing that the program does, blocks indented."""
    how = "each statement sees what the earlier ones did" if program.order is Order.IN_TURN else \
        "all statements read the object as it came, and of two about one element the first remains"
    lines = [f"{program.language} {program.version}".strip() + (f": {how}." if len(program.statements) > 1 else ".")]
    for statement in program.statements:
        lines += _lines(statement, "")
    return "\n".join([*lines, *(f"Warning: {warning}." for warning in program.warnings)])


def name_of(pattern: TagPattern) -> str:
    """The standard's name and the tag, for private elements the creator's."""
    tag = pattern.tag
    try:
        if tag is not None:
            return f"{dictionary_description(tag)} {pattern}"
        if pattern.creator is not None and not pattern.wild:
            low = int(pattern.group, 16) << 16 | 0x1000 | int(pattern.element, 16)
            return f"{private_dictionary_description(low, pattern.creator)} {pattern}"
    except (KeyError, ValueError):
        pass
    return f"every element {pattern}" if pattern.wild else f"element {pattern}"


def _path(path: TagPath) -> str:
    parts = []
    for step in path.steps:
        if isinstance(step, Level):
            parts.append(_LEVELS[step.sign])
        else:
            parts.append(name_of(step.pattern) + _item(step))
    *above, last = parts
    if not above:
        return last
    levels = [part for part in above if part in _LEVELS.values()]
    inside = [part for part in above if part not in levels]
    return last + (" in " + " in ".join(reversed(inside)) if inside else "") + (", " + ", ".join(levels) if levels else "")


def _item(step: Step) -> str:
    return "" if step.item is None else " (any item)" if step.item < 0 else f" (item {step.item})"


def _lines(statement: Statement, indent: str) -> Iterator[str]:
    if isinstance(statement, Choose):
        word = "If"
        for branch in statement.branches:
            yield f"{indent}{word} {_condition(branch.condition)}:"
            for inner in branch.body:
                yield from _lines(inner, indent + STEP)
            word = "Otherwise, if"
        if statement.otherwise:
            yield f"{indent}Otherwise:"
            for inner in statement.otherwise:
                yield from _lines(inner, indent + STEP)
    elif isinstance(statement, Walk):
        yield f"{indent}Decides on every element:"
        for rule in statement.policy.rules():
            yield f"{indent}{STEP}{_target(rule.target)}: {rule.action}" + (f" ({rule.why})" if rule.why else "")
    elif isinstance(statement, Note):
        if statement.kind == "echo":
            yield f"{indent}Logs {statement.text!r}."
    else:
        sentence = _SENTENCES[type(statement)](statement)
        yield indent + sentence[0].upper() + sentence[1:] + "."


def _target(target: str) -> str:
    if len(target) == 8:
        return f"({target[:4]},{target[4:]})"
    return target


def _region(statement: Blank) -> str:
    return "blanks in all frames " + ", ".join(
        f"columns {r.left} to {r.right} and rows {r.top} to {r.bottom}" for r in statement.regions) if statement.regions else "blanks nothing"


_SENTENCES: Final[dict[type, Callable[[Any], str]]] = {  # Any: each takes the statement of its own key
    Assign: lambda s: f"sets {_path(s.target)} to {_value(s.value)}" + (", where it exists" if s.existing_only else ""),
    Let: lambda s: f"calls {_value(s.value)} {s.name}",
    Delete: lambda s: f"removes {_path(s.target)}",
    RemovePrivate: lambda s: "removes every private element, at every depth",
    Perform: lambda s: f"does {_value(s.call)}",
    Blank: _region,
    Answer: lambda s: f"accepts the object if {_condition(s.condition)}",
    End: lambda s: f"ends: the object is {s.status}" + (f", {s.reason}" if s.reason else ""),
}


def _value(expression: Expression) -> str:
    if isinstance(expression, Text):
        return "nothing" if not expression.value else f"the text {expression.value!r}"
    if isinstance(expression, Variable):
        return f"the value called {expression.name}"
    if isinstance(expression, Element):
        return _path(expression.path)
    if isinstance(expression, Nearby):
        return _path(expression.path) + (" of the root" if expression.rooted else "")
    if isinstance(expression, This):
        return "its own value"
    if isinstance(expression, Listing):
        return "the list of " + ", ".join(map(_value, expression.entries))
    if isinstance(expression, Call):
        given = ", ".join(map(_value, (*expression.arguments, *expression.clauses)))
        return f"{expression.function.name}[{given}]"
    assert isinstance(expression, Joined)
    return " followed by ".join(map(_value, expression.parts)) or "nothing"


def _condition(condition: Condition) -> str:
    if isinstance(condition, Compare):
        return f"{_value(condition.left)} {_OPERATORS.get(condition.operator, condition.operator)} {_value(condition.right)}"
    if isinstance(condition, Holds):
        return f"{_value(condition.call)} holds"
    if isinstance(condition, Constant):
        return "always" if condition.value else "never"
    if isinstance(condition, Not):
        return f"it is not so that {_condition(condition.condition)}"
    assert isinstance(condition, Both | Either)
    word = " and " if isinstance(condition, Both) else " or "
    return "(" + word.join(map(_condition, condition.conditions)) + ")" if len(condition.conditions) > 1 else \
        word.join(map(_condition, condition.conditions)) or ("always" if isinstance(condition, Both) else "never")
