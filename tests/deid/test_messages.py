"""Java's MessageFormat."""
from __future__ import annotations

import pytest

from scanhouse.deid.errors import RunError
from scanhouse.deid.messages import formatted


@pytest.mark.parametrize(("pattern", "arguments", "result"), [
    ("{0}_{1}", ["a", "b"], "a_b"),
    ("{1}{0}{1}", ["a", "b"], "bab"),
    ("it''s {0}", ["a"], "it's a"),
    ("'{0}' {0}", ["a"], "{0} a"),
    ("'it''s {'", [], "it's {"),
    ("{0} {1}", ["a"], "a {1}"),
    ("{ 0 }}", ["a"], "a}"),
    ("{0}", ["{1}"], "{1}"),
    ("", [], ""),
])
def test_arguments_and_quotes_take_their_place(pattern, arguments, result):
    assert formatted(pattern, arguments) == result


@pytest.mark.parametrize("pattern", ["{", "{a}", "{0,number}", "x {0"])
def test_a_brace_that_is_no_argument_is_refused(pattern):
    with pytest.raises(RunError, match="brace"):
        formatted(pattern, ["a"])
