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
    (r"[a-z&&[^c]]+", "abd", True),
    (r"[a-z&&[^c]]+", "abc", False),
    (r"[\w&&[^\d_]]+", "ab", True),
    (r"[\w&&\d]", "a", False),
    (r"[a[b-d]]+", "acd", True),
    (r"[^a[b]]", "b", False),
    (r"[]]", "]", True),
    (r"[^]x]", "]", False),
    (r"[a\-z]+", "a-z", True),
    (r"[\Q^-]\E]+", "]-^", True),
    (r"[^\P{Alpha}]", "a", True),
    (r"(?i)[a-c]+", "aBC", True),
    (r"(?i)[^a]", "A", False),
    (r"(?i)[[^a]]", "A", False),
    (r"(?i)\p{Lower}+", "aB", True),
    (r"a(?i)b", "aB", True),
    (r"a(?i)b", "AB", False),
    (r"a(?i)b|c", "C", True),
    (r"(a(?i)b)c", "aBC", False),
    (r"(?i)a(?-i)b", "AB", False),
    (r"(?i:a)b", "Ab", True),
    (r"(?x) a b # said twice", "ab", True),
    (r"(?x) a[ b ]", "a ", False),
    (r"(?i)é", "É", False),
    (r"(?iu)é", "É", True),
    (r"(?iu)[é]", "É", True),
    (r"(?<n>a)\k<n>", "aa", True),
    (r"(a)\10", "aa0", True),
    (r"\p{L}+", "né", True),
    (r"\p{Lu}\p{Ll}+", "Éric", True),
    (r"\p{IsAlphabetic}+", "日本", True),
    (r"\p{Alpha}", "é", False),
    (r"\w", "é", False),
    (r"\x41\u0042\x{43}\0104", "ABCD", True),
    (r"\t\e\cA", "\t\x1b\x01", True),
    (r"\h\v", "\u00a0\u2028", True),
    (r"a.b", "a\rb", False),
    (r"(?s)a.b", "a\r\nb".replace("\r\n", "\r"), True),
    (r"(?d)a.b", "a\rb", True),
    (r"a\Rb", "a\r\nb", True),
    (r"a}]", "a}]", True),
])
def test_java_patterns_fit_whole_values(pattern, value, fits):
    assert (compiled(pattern).fullmatch(value) is not None) is fits


@pytest.mark.parametrize("pattern", [
    "(", "[a", "a{2,1}", r"\p{Nonsense}", "[a[b]", "x" * 3000, "(?P<a>x)", "(?#a)b", "(a)(?(1)b)", "a{", "a{,2}", "a{b", r"\y", r"\k<n>", "a)",
    "[z-a]", "(?a)b", "(?L)b", "\\", "[\\", r"\x{110000}", "(?<1>a)", "[" * 1500,
])
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(RunError):
        compiled(pattern)


@pytest.mark.parametrize(("pattern", "value"), [
    ("(a+)+b", "a" * 60), ("(a|aa)+b", "a" * 60), ("(a?a?)*b", "a" * 60), (".*.*.*.*.*b", "a" * 5000), ("a?" * 40 + "a" * 40, "a" * 39),
])
def test_a_pattern_that_would_take_for_ever_ends_in_an_error(pattern, value):
    start = time.thread_time()
    try:
        assert compiled(pattern).fullmatch(value) is None
    except TooManySteps as error:
        assert "takes too long" in str(error) or "too deep" in str(error)
    assert time.thread_time() - start < 60  # a second or two; without a budget it takes years


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


@settings(max_examples=200, deadline=None)
@given(PIECES, st.text("abA1\n ", max_size=6))
def test_what_java_and_python_both_know_means_the_same_after_translation(pattern, value):
    found, expected = compiled(pattern).search(value), re.compile(pattern, re.ASCII).search(value)
    assert (found and (found.start(), found.end())) == (expected and expected.span())
