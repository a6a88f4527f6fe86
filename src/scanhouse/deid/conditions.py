"""Whether a condition holds."""
from __future__ import annotations

from scanhouse.deid.evaluation import call, value_of, written
from scanhouse.deid.program import Both, Compare, Condition, Constant, Either, Holds, Not
from scanhouse.deid.regexes import compiled
from scanhouse.deid.state import State


def holds(condition: Condition, state: State) -> bool:
    """Absent is never equal and never matches; `~` is a regular expression (Java's dialect) over the whole value."""
    state.spend()
    if isinstance(condition, Constant):
        return condition.value
    if isinstance(condition, Not):
        return not holds(condition.condition, state)
    if isinstance(condition, Both):
        return all(holds(each, state) for each in condition.conditions)
    if isinstance(condition, Either):
        return any(holds(each, state) for each in condition.conditions)
    if isinstance(condition, Holds):
        return call(condition.call, state) == "true"
    assert isinstance(condition, Compare)
    left = written(value_of(condition.left, state), state)
    right = written(value_of(condition.right, state), state)
    if condition.operator in ("=", "!="):
        same = left is not None and left == right
    else:
        same = left is not None and right is not None and compiled(right).fullmatch(left) is not None
    return same if condition.operator in ("=", "~") else not same
