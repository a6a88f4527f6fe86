"""The committed reference page of CTP's languages is that of the tables."""
from __future__ import annotations

from pathlib import Path

from scanhouse.deid.ctp.calls import Kind
from scanhouse.deid.ctp.comparisons import METHODS
from scanhouse.deid.ctp.functions import FUNCTIONS
from scanhouse.deid.reference import page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "ctp.md"


def test_the_page_is_current():
    assert PAGE.read_text() == page("ctp"), "write it again: scanhouse.deid.reference.page(language)"


def test_every_function_and_method_has_a_line_of_documentation():
    for name, function in FUNCTIONS.items():
        assert function.doc.endswith("."), name
        assert function.signature.startswith(name), name
    assert all(method.doc.endswith(".") for method in METHODS.values())


def test_every_argument_of_a_function_has_a_kind():
    for name, function in FUNCTIONS.items():
        assert len(function.kinds) >= min(function.most or 0, 1), name
        assert all(isinstance(function.kind(place, function.most or 1), Kind) for place in range(function.most or 1))


def test_the_page_names_every_function_and_method():
    text = PAGE.read_text()
    assert all(f"`{name}(" in text for name in FUNCTIONS) and all(f"element.{name}(" in text for name in METHODS)
