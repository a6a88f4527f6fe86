"""The committed reference pages are those of the tables."""
from __future__ import annotations

from pathlib import Path

import pytest

from scanhouse.deid.program import Language
from scanhouse.deid.reference import page
from scanhouse.errors import NotFound

DOCS = Path(__file__).resolve().parents[2] / "docs" / "reference"


@pytest.mark.parametrize("language", [Language.DICOMEDIT6, Language.DICOMEDIT4])
def test_the_page_is_current(language):
    assert (DOCS / f"{language}.md").read_text() == page(language), "write it again: scanhouse.deid.reference.page(language)"


def test_the_page_of_profiles_is_current():
    assert (DOCS / "ps315.md").read_text() == page(Language.PROFILE), "write it again: scanhouse.deid.reference.page('ps3.15')"


def test_every_function_has_a_line_of_documentation():
    from scanhouse.deid.dicomedit4.functions import FUNCTIONS as FOUR
    from scanhouse.deid.dicomedit6.functions import FUNCTIONS as SIX

    for name, function in {**FOUR, **SIX}.items():
        assert function.doc.endswith("."), name
        assert function.signature.startswith(name), name


def test_a_language_without_a_page_is_named():
    with pytest.raises(NotFound, match="ctp-filter"):
        page(Language.CTP_FILTER)
