from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from scanhouse.dimse.conformance import LIMIT_MEANINGS, REJECTION_MEANINGS
from scanhouse.dimse.doors import Limits
from scanhouse.dimse.upper import Rejection

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "dicom-conformance.md"


def test_the_conformance_statement_says_what_the_tables_say():
    # In a process of its own, because pynetdicom adds to pydicom's dictionary of UIDs when it is imported.
    statement = subprocess.run([sys.executable, "-m", "scanhouse.dimse.conformance"], capture_output=True, text=True, check=True).stdout
    assert PAGE.read_text() == statement, "Run `python -m scanhouse.dimse.conformance > docs/reference/dicom-conformance.md`."


def test_every_limit_is_explained():
    assert set(LIMIT_MEANINGS) == {limit.name for limit in fields(Limits)}


def test_every_rejection_that_is_given_is_explained():
    assert set(REJECTION_MEANINGS) == set(Rejection)
