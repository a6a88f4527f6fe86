"""Free text keeps words of imaging and nothing else."""
from __future__ import annotations

import pytest
from tests.deid.objects import made

from scanhouse.deid.profiles.cleaning import cleaned, names_in, vocabulary


@pytest.mark.parametrize(("before", "after"), [
    ("T1 MPRAGE sag 1mm", "T1 MPRAGE sag 1mm"),
    ("Brain of Kowalczyk", "Brain of"),
    ("CT Abdomen, call 555-0123", "CT Abdomen 555"),
    ("seen 20220101 by Dr Szymanski", "seen by"),
    ("Szymanski", ""),
    ("", ""),
    ("ep2d_diff_mddw", ""),
])
def test_only_allowed_words_stay(before, after):
    assert cleaned(before, frozenset()) == after


def test_a_word_of_a_name_goes_even_where_it_describes_imaging():
    dataset = made(("(0010,0010)", "PN", "Head^Long"), ("(0008,1050)", "PN", "Brain^B"))
    assert cleaned("Head and Brain long axis", names_in(dataset)) == "and axis"


def test_cleaning_twice_changes_nothing_more():
    once = cleaned("CT Thorax (Müller) 5 mm; contrast: yes / no", frozenset())
    assert cleaned(once, frozenset()) == once


def test_the_vocabulary_has_no_name_of_a_person():
    assert not {"smith", "müller", "garcía", "ivanova", "doe", "kim", "rossi", "jansen", "dubois", "chen", "judkins"} & vocabulary()
