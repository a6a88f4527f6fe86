"""Which language a script is in, and what is said of one that cannot be read."""
from __future__ import annotations

import pytest

from scanhouse.deid.errors import ScriptError, SyntaxFault
from scanhouse.deid.languages import guessed, parse
from scanhouse.deid.program import Language


@pytest.mark.parametrize(("text", "language"), [
    ('version "6.1"\n(0010,0010) := "A"', Language.DICOMEDIT6),
    ('// heading\n\n  version "6.1"', Language.DICOMEDIT6),
    ('(0010,0010) := "A"\n-(0010,0020)', Language.DICOMEDIT4),
    ("// nothing", Language.DICOMEDIT4),
    ('<script>\n<e en="T" t="00100010" n="PatientName">@remove()</e></script>', Language.CTP),
    ("#set.[0010,0010]PatientName=@remove()\n", Language.CTP),
    ("keep.group0018=\n", Language.CTP),
    ('US screens\n{ Modality.equals("US") }\n(2,3,4,5)\n', Language.CTP_PIXEL),
    ('Modality.equals("MR") * !PatientSex.equals("F")', Language.CTP_FILTER),
    ("true.", Language.CTP_FILTER),
    ("profile basic\n", Language.PROFILE),
])
def test_the_language_is_guessed_by_what_only_it_has(text, language):
    assert guessed(text) is language


def test_a_language_nobody_knows_is_refused_with_those_that_there_are():
    with pytest.raises(ScriptError, match="dicomedit6"):
        parse("", "klingon")


def test_the_script_id_is_kept_for_the_record():
    assert parse('version "6.1"', script_id="12").script_id == "12"


def test_a_script_of_a_megabyte_is_refused():
    with pytest.raises(ScriptError, match="longer"):
        parse("//" + "x" * 1_000_001)


def test_brackets_without_end_are_refused():
    with pytest.raises(SyntaxFault, match="nests too deeply"):
        parse('version "6.1"\n(0010,0010) := ' + "lowercase[" * 100)
    with pytest.raises(SyntaxFault, match="nests too deeply"):
        parse("(0010,0010) := " + "lowercase[" * 100)
