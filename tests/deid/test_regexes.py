"""Java's regular expressions, in bounded time."""
from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanhouse.deid.backtracking import Backtracker, effort
from scanhouse.deid.errors import RunError, TooManySteps
from scanhouse.deid.regexes import compiled


@pytest.mark.parametrize(("pattern", "value", "fits"), [
    (r"\d{8}", "20220101", True),
    (r"\d{8}", "x20220101", False),
    (r"(?i)mr|ct", "CT", True),
    (r"\p{Alpha}+", "abc", True),
    (r"[\p{Alpha}\d]+", "a1", True),
    (r"\P{Digit}+", "a1", False),
    (r"\Qa.b\E.*", "a.bc", True),
    (r"\Qa.b\E", "axb", False),
    (r"(?<n>a)b", "ab", True),
    (r"a++b", "aab", True),
    (r"(?>a+)b", "aab", True),
    (r"\d", "٣", False),
    (r"a\z", "a", True),
    (r"(\d+\.)*\d+", "1.2.840.10008", True),
])
def test_java_patterns_fit_whole_values(pattern, value, fits):
    assert (compiled(pattern).fullmatch(value) is not None) is fits


@pytest.mark.parametrize("pattern", ["(", "[a", "a{2,1}", r"\p{Nonsense}", "[a[b]]", "x" * 3000, "(?P<a>x)(?P<a>y)"])
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(RunError):
        compiled(pattern)


@pytest.mark.parametrize(("pattern", "value"), [
    ("(a+)+b", "a" * 60), ("(a|aa)+b", "a" * 60), ("(a?a?)*b", "a" * 60), (".*.*.*.*.*b", "a" * 5000), ("a?" * 40 + "a" * 40, "a" * 39),
])
def test_a_pattern_that_would_take_for_ever_ends_in_an_error(pattern, value):
    start = time.monotonic()
    try:
        assert compiled(pattern).fullmatch(value) is None
    except TooManySteps as error:
        assert "takes too long" in str(error) or "too deep" in str(error)
    assert time.monotonic() - start < 20


def test_repeats_within_repeats_have_no_bound_and_others_have_a_power():
    assert effort("(a+)+", 0) is None
    assert effort("(ab|a)*", 0) is None
    assert effort("a.*b", 0) == 1
    assert effort(r"\d{8}", 0) == 0


def test_all_hits_are_found_from_left_to_right():
    assert [found[0] for found in compiled("[0-9]+").finditer("a1b22c")] == ["1", "22"]
    assert [found[0] for found in compiled("(x?)*").finditer("ab")] == ["", "", ""]


PIECES = st.recursive(
    st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", r"\w", "^", "$", r"\b", "", "(?i:A)"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        inner.map("({})".format),
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        inner.map("(?={})".format), inner.map("(?!{})".format), inner.map("(?>{})".format),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "*?", "+?", "??", "*+"])).map(lambda two: f"(?:{two[0]}){two[1]}"),
    ), max_leaves=6)


@settings(max_examples=300, deadline=None)
@given(PIECES, st.text("abA1\n ", max_size=6))
def test_the_matcher_under_a_budget_finds_what_python_finds(pattern, value):
    ours, pythons = Backtracker(pattern, re.ASCII), re.compile(pattern, re.ASCII)
    found, expected = ours.search(value), pythons.search(value)
    assert (found and (found.start(), found.end())) == (expected and expected.span())
    assert (ours.fullmatch(value) is None) == (pythons.fullmatch(value) is None)
