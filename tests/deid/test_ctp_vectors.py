"""All shared vectors of anonymizer, filter and pixel scripts hold."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanhouse.deid.vectors import run_vector


@pytest.mark.shared
@pytest.mark.parametrize("kind", ["anonymizer", "filter", "pixel"])
def test_all_shared_vectors_of_a_kind_hold(shared: Path, kind: str):
    vectors = [json.loads(file.read_bytes()) for file in sorted((shared / "deid-vectors" / "ctp").rglob("*.json"))]
    wanted = [vector for vector in vectors if vector["kind"] == kind]
    assert wanted
    assert {vector["id"]: reasons for vector in wanted if (reasons := run_vector(vector))} == {}
