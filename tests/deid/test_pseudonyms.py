"""Pseudonyms and date shifts from a key or a table."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanhouse.deid.errors import RunError
from scanhouse.deid.pseudonyms import days_to_shift, pseudonym


def test_a_pseudonym_follows_from_key_project_kind_and_text_without_padding():
    one = pseudonym("ID1", key=b"k", project="P")
    assert one == pseudonym("ID1 ", key=b"k", project="P")
    others = [pseudonym("ID2", key=b"k", project="P"), pseudonym("ID1", key=b"x", project="P"), pseudonym("ID1", key=b"k", project="Q"),
              pseudonym("ID1", key=b"k", project="P", kind="visit")]
    assert len({one, *others}) == 5
    assert len(one) == 10 and one.isalnum()


def test_the_table_comes_first():
    assert pseudonym("ID1", key=b"", table={"patient/ID1": "S7"}) == "S7"
    assert days_to_shift("ID1", key=b"", table={"shift/ID1": "-12"}) == -12


def test_without_key_and_entry_the_run_fails():
    with pytest.raises(RunError, match="key"):
        pseudonym("ID1", key=b"")
    with pytest.raises(RunError, match="not a whole number"):
        days_to_shift("ID1", key=b"k", table={"shift/ID1": "soon"})


@given(st.text(st.characters(codec="utf-8")), st.booleans())
def test_a_shift_goes_back_by_whole_days_never_by_none(patient, keep_weekday):
    days = days_to_shift(patient, key=b"k", project="P", keep_weekday=keep_weekday)
    assert -3650 <= days <= -1
    assert not keep_weekday or days % 7 == 0
