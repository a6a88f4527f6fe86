"""Functions of a site's own."""
from __future__ import annotations

import sys

import pytest
from tests.deid.objects import made, text

from scanhouse.deid import plugins
from scanhouse.deid.engine import run
from scanhouse.deid.errors import ScriptError
from scanhouse.deid.functions import Function
from scanhouse.deid.languages import parse

REVERSE = Function("reverse", "reverse[value]", "The value backwards.", lambda state, arguments, call: str(arguments[0])[::-1], 1, 1)


def test_a_function_handed_in_is_known_to_the_script_but_takes_no_name_of_the_language():
    mine = Function("lowercase", "lowercase[value]", "Mine.", lambda state, arguments, call: "mine", 1, 1)
    program = parse('version "6.7"\n(0010,0010) := reverse[lowercase["ABC"]]', functions={"reverse": REVERSE, "lowercase": mine})
    assert program.warnings == ()
    assert text(run(program, made()).dataset, "(0010,0010)") == "cba"


def test_installed_functions_are_found_by_their_entry_points(tmp_path, monkeypatch):
    info = tmp_path / "site_functions-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: site-functions\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[scanhouse.deid.functions]\nreverse = site_functions:REVERSE\n")
    (tmp_path / "site_functions.py").write_text(
        "from scanhouse.deid.functions import Function\n"
        "REVERSE = Function('reverse', 'reverse[value]', 'Backwards.', lambda state, arguments, call: arguments[0][::-1], 1, 1)\nBAD = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert plugins.installed()["reverse"].doc == "Backwards."
    (info / "entry_points.txt").write_text("[scanhouse.deid.functions]\nbad = site_functions:BAD\n")
    with pytest.raises(ScriptError, match="names no Function"):
        plugins.installed()
    sys.modules.pop("site_functions", None)
