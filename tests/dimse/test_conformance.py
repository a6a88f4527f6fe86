from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from scanhouse.dimse.conformance import LIMIT_MEANINGS, REJECTION_MEANINGS, statement
from scanhouse.dimse.doors import Limits
from scanhouse.dimse.upper import Rejection

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "dicom-conformance.md"


def test_the_conformance_statement_says_what_the_tables_say():
    assert PAGE.read_text() == statement(), "Run `python -m scanhouse.dimse.conformance > docs/reference/dicom-conformance.md`."


def test_every_limit_is_explained():
    assert set(LIMIT_MEANINGS) == {limit.name for limit in fields(Limits)}


def test_every_rejection_that_is_given_is_explained():
    assert set(REJECTION_MEANINGS) == set(Rejection)
