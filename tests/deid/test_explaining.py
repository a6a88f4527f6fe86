"""Programs of every language in words."""
from __future__ import annotations

import pytest

from scanhouse.deid.explaining import explained
from scanhouse.deid.languages import parse


@pytest.mark.parametrize(("script", "language", "sentence"), [
    ('version "6.7"\n(0008,0080) ?= "X"', None, "Sets Institution Name (0008,0080) to the text 'X', where it exists."),
    ('version "6.7"\n-(0019,{SIEMENS MR HEADER}0C)', None, "Removes "),
    ('version "6.7"\n-(0008,103X)', None, "Removes every element (0008,103X)."),
    ('version "6.7"\n(0040,0275)[0]/(0040,0009) := "X"', None, "Sets Scheduled Procedure Step ID (0040,0009) in Request Attributes Sequence"),
    ('version "6.7"\nx := "1"\n(0010,0020) := x', None, "Sets Patient ID (0010,0020) to the value called x."),
    ('version "6.7"\nremoveAllPrivateTags', None, "Removes every private element, at every depth."),
    ('version "6.7"\n(0010,0020) := hashUID[(0008,0018)]', None, "hashUID[SOP Instance UID (0008,0018)]"),
    ('(0010,0010) := "X"\n(0010,0020) := "Y"', "dicomedit4", "of two about one element the first remains"),
    ('Modality.equals("CT")', "ctp-filter", "Accepts the object if "),
    ('{ Modality.equals("US") } (0,0,100,10)', "ctp-pixel", "Blanks in all frames columns 0 to 101 and rows 0 to 11"),
    ("profile basic\nblank US 0,0,9,5\npixels pass", None, "If Modality (0008,0060) is the text 'US':"),
    ("profile basic\npixels pass", None, "Warning: pixels pass:"),
    ("profile basic\noption retain-uids", None, "(0008,0018): kept (SOP Instance UID: K by retain-uids)"),
])
def test_a_program_is_told_in_words(script, language, sentence):
    assert sentence in explained(parse(script, language))
