"""The page of data types is what the registry says."""
from __future__ import annotations

from pathlib import Path

from scanhouse.schema.reference import markdown
from scanhouse.schema.registry import REGISTRY

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "elements.md"


def test_the_page_is_current():
    assert PAGE.read_text() == markdown(), "Run `python -m scanhouse.schema.reference > docs/reference/elements.md`."


def test_the_page_tells_of_every_type_and_field():
    text = markdown()
    for element in REGISTRY:
        if not element.anonymous:
            assert f"### {element.name}\n" in text
    assert "| `demographics` | part: `xnat:abstractDemographicData`, `xnat:demographicData` if not said | Demographics |" in text
    assert "| `gender` | string, one of male, female, other, unknown, M, F | Gender |" in text
    assert "| `fields/field*` | list | Custom variables |\n| `fields/field/field` | long text | Field |" in text
