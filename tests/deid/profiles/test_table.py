"""The table of PS3.15 E.1-1, and what options make of its rows."""
from __future__ import annotations

from collections import Counter

import pytest

from scanhouse.deid.profiles.options import OPTIONS
from scanhouse.deid.profiles.table import NEWEST, Row, rows, verdict, verdicts

BY_TARGET = {row.target: row for row in rows()}


def test_the_edition_has_all_its_rows():
    actions = Counter(row.action for row in rows(NEWEST))
    assert NEWEST == "2026d" and sum(actions.values()) == 657
    assert actions == {"X": 417, "D": 93, "U": 55, "Z": 42, "X/D": 23, "X/Z": 11, "X/Z/D": 8, "Z/D": 6, "X/Z/U*": 2}


def test_every_row_has_a_name():
    assert all(row.name for row in rows())


@pytest.mark.parametrize(("target", "chosen", "action"), [
    ("00100010", (), "Z"),
    ("00081030", (), "X"),
    ("00081030", ("clean-descriptors",), "C"),
    ("00080018", (), "U"),
    ("00080018", ("retain-uids",), "K"),
    ("00080020", ("retain-full-dates",), "K"),
    ("00080020", ("retain-modified-dates",), "C"),
    ("00101010", ("retain-patient-characteristics",), "K"),
    ("00080080", ("retain-institution-identity",), "K"),
    ("00181000", ("retain-device-identity",), "K"),
    ("00080054", ("retain-device-identity",), "C"),
    ("0040A730", ("clean-structured-content",), "C"),
    ("00700001", ("clean-graphics",), "C"),
])
def test_an_option_says_what_becomes_of_its_rows(target, chosen, action):
    assert verdict(BY_TARGET[target], frozenset(chosen)).action == action


def test_cleaning_comes_before_keeping_for_it_is_the_stricter():
    both = Row("00181000", "X", "DT", "no edition has such a row, but one may")
    assert verdict(both, frozenset({"clean-descriptors", "retain-device-identity"})).action == "C"


@pytest.mark.parametrize("name", [name for name in OPTIONS if OPTIONS[name].keeps or OPTIONS[name].cleans])
def test_every_option_changes_some_rows(name):
    assert any(verdict(row, frozenset({name})).option is OPTIONS[name] for row in rows())


def test_repeating_groups_and_private_attributes_have_no_one_tag():
    assert not any(target in BY_TARGET and "X" in target for target in map(hex, verdicts(NEWEST, frozenset())))
    assert {target for target in BY_TARGET if "X" in target or target == "PRIVATE"} == {"50XXXXXX", "60XX3000", "60XX4000", "PRIVATE"}
