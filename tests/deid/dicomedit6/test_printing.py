"""A script written out says the same as before."""
from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.deid.strategies import SCRIPT_PIECES

from scanhouse.deid.dicomedit6.defaults import SITE_SCRIPT
from scanhouse.deid.dicomedit6.parser import parse
from scanhouse.deid.dicomedit6.printing import printed
from scanhouse.deid.errors import ScriptError
from scanhouse.deid.program import NOWHERE, At


def placeless(node):
    """The tree without places in the text."""
    if isinstance(node, tuple):
        return tuple(placeless(each) for each in node)
    if isinstance(node, At):
        return NOWHERE
    if is_dataclass(node) and node.__dataclass_params__.frozen:
        return type(node).__name__, *(placeless(getattr(node, each.name)) for each in fields(node) if each.compare and each.name != "body")
    return node


def same(one, other) -> bool:
    return placeless(replace(one, text="", warnings=())) == placeless(replace(other, text="", warnings=()))


def test_the_default_site_script_is_printed_as_an_if():
    assert printed(parse(SITE_SCRIPT)) == ('version "6.1"\nif (project != "Unassigned") {\n    (0008,1030) := project\n}\n'
                                           "(0010,0010) := subject\n(0010,0020) := session\n")


@settings(max_examples=300, deadline=None)
@given(st.lists(SCRIPT_PIECES, max_size=12))
def test_what_is_printed_reads_back_as_the_same_tree(pieces):
    try:
        program = parse('version "6.7"\n' + "".join(pieces))
    except ScriptError:
        return
    assert same(parse(printed(program)), program)


@pytest.mark.shared
def test_the_scripts_of_all_shared_vectors_print_and_read_back(shared: Path):
    for file in (shared / "deid-vectors" / "dicomedit6").rglob("*.json"):
        vector = json.loads(file.read_text())
        if vector["outcome"] != "script_error":
            program = parse(vector["script"])
            assert same(parse(printed(program)), program), file.name
