"""What statements, paths and conditions of DicomEdit 6 do to an object."""
from __future__ import annotations

import pytest
from tests.deid.objects import made, text, vr

from scanhouse.deid.context import Context
from scanhouse.deid.engine import run
from scanhouse.deid.errors import RunError
from scanhouse.deid.languages import parse
from scanhouse.deid.vector_objects import reread

STUDIES = (("(0008,1110)[0]/(0008,1150)", "UI", "1.1"), ("(0008,1110)[0]/(0008,1155)", "UI", "1.2.3"),
           ("(0008,1110)[1]/(0008,1155)", "UI", "1.2.4"))
PRIVATE = (("(0019,0010)", "LO", "OTHER"), ("(0019,0011)", "LO", "ACME"), ("(0019,1101)", "CS", "a"), ("(0019,1102)", "LO", "b"),
           ("(0008,1110)[1]/(0019,0010)", "LO", "ACME"), ("(0008,1110)[1]/(0019,1001)", "LO", "c"))


def after(script, *elements, **context):
    outcome = run(parse('version "6.7"\n' + script), made(*elements), Context(**context))
    assert outcome.dataset is not None
    return reread(outcome.dataset)


def test_the_last_statement_wins_and_each_sees_what_was_done_before():
    dataset = after('(0010,0010) := "A"\n(0010,0020) := (0010,0010)\n(0010,0010) := "B"')
    assert (text(dataset, "(0010,0010)"), text(dataset, "(0010,0020)")) == ("B", "A")


def test_an_absent_value_does_nothing_and_an_empty_one_empties():
    dataset = after("(0010,0010) := (0010,0021)\n(0010,0020) := (0010,0022)\n(0008,0050) := (0010,0021)", ("(0010,0022)", "CS", ""))
    assert [text(dataset, path) for path in ("(0010,0010)", "(0010,0020)", "(0008,0050)")] == ["Doe^John", "", None]


def test_missing_levels_items_and_creators_are_made():
    dataset = after('(0040,0275)[1]/(0040,0008)[0]/(0008,0100) := "C1"\n(0019,{NEW}05) := "p"\n(0040,0275)[0]/(0019,{NEW}05) := "q"', *PRIVATE)
    assert text(dataset, "(0040,0275)[1]/(0040,0008)[0]/(0008,0100)") == "C1"
    assert (text(dataset, "(0019,0012)"), text(dataset, "(0019,1205)"), vr(dataset, "(0019,1205)")) == ("NEW", "p", "LO")
    assert (text(dataset, "(0040,0275)[0]/(0019,0010)"), text(dataset, "(0040,0275)[0]/(0019,1005)")) == ("NEW", "q")


def test_an_item_that_is_not_written_is_the_first_when_one_element_is_read_or_made():
    dataset = after('x := (0008,1110)/(0008,1150)\n(0010,0020) := x\n(0008,1110)/(0008,1150) := "9.9"', *STUDIES)
    assert text(dataset, "(0010,0020)") == "1.1"
    assert text(dataset, "(0008,1110)[0]/(0008,1150)") == "9.9"
    assert text(dataset, "(0008,1110)[1]/(0008,1150)") is None


def test_a_creator_declared_twice_owns_both_blocks():
    twice = (("(0019,0010)", "LO", "ACME"), ("(0019,0011)", "LO", "ACME"), ("(0019,1105)", "LO", "old"))
    dataset = after('(0019,{ACME}05) := "new"\n(0019,{ACME}06) := "first block"', *twice)
    assert (text(dataset, "(0019,1105)"), text(dataset, "(0019,1006)"), text(dataset, "(0019,1005)")) == ("new", "first block", None)


def test_what_exists_is_given_a_value_at_every_place_the_path_names():
    dataset = after('*/(0008,1155) ?= "9.9"\n(0010,0021) ?= "X"\n(0008,1110) ?= "X"\n*/(0019,{ACME}01) ?= "Z"', *STUDIES, *PRIVATE)
    assert text(dataset, "(0008,1110)[0]/(0008,1155)") == text(dataset, "(0008,1110)[1]/(0008,1155)") == "9.9"
    assert text(dataset, "(0010,0021)") is None
    assert text(dataset, "(0019,1101)") == text(dataset, "(0008,1110)[1]/(0019,1001)") == "Z"


@pytest.mark.parametrize(("path", "gone"), [
    ("(0008,1155)", []),
    ("(0008,1110)/(0008,1155)", [0, 1]), ("(0008,1110)[%]/(0008,1155)", [0, 1]), ("(0008,1110)[1]/(0008,1155)", [1]),
    ("(0008,1110)[7]/(0008,1155)", []), ("*/(0008,1155)", [0, 1]), ("+/(0008,1155)", [0, 1]), ("./(0008,1155)", [0, 1]),
    ("././(0008,1155)", []), ("(0008,1110)/*/(0008,1155)", [0, 1]), ("(0008,1110)/+/(0008,1155)", []), ("(0008,1110)", [0, 1]),
    ("(0008,1110)[0]", [0]), ("(0008,1110)[%]", [0, 1]), ("(0008,111X)/(0008,115#)", [0, 1]), ("(0008,1110)/(0008,115@)", []),
])
def test_a_path_names_the_items_it_says(path, gone):
    dataset = after(f"-{path}", *STUDIES)
    assert [number for number in (0, 1) if text(dataset, f"(0008,1110)[{number}]/(0008,1155)") is None] == gone


def test_removing_an_item_leaves_it_empty_and_removing_the_last_element_leaves_the_item():
    dataset = after("-(0008,1110)[0]\n-(0008,1110)[1]/(0008,1155)", *STUDIES)
    assert len(dataset.ReferencedStudySequence) == 2
    assert all(len(item) == 0 for item in dataset.ReferencedStudySequence)


def test_removing_a_private_block_leaves_its_creator_and_other_blocks():
    dataset = after("-(0019,{ACME}XX)\n-(0019,{NONE}XX)", *PRIVATE)
    assert [text(dataset, path) for path in ("(0019,1101)", "(0019,1102)", "(0019,0011)", "(0019,0010)")] == [None, None, "ACME", "OTHER"]
    assert text(dataset, "(0008,1110)[1]/(0019,1001)") == "c"


def test_removing_all_private_elements_reaches_every_depth_and_orphans():
    dataset = after("removeAllPrivateTags", *PRIVATE, ("(0021,1001)", "LO", "orphan"), ("(F215,1050)", "LO", "high"))
    assert not [tag for tag in dataset if tag.tag.group & 1]
    assert not [tag for item in dataset.ReferencedStudySequence for tag in item if tag.tag.group & 1]


@pytest.mark.parametrize(("condition", "holds"), [
    ('(0010,0021) = ""', False), ('(0010,0021) != ""', True), ('(0010,0021) ~ ".*"', False), ('(0010,0021) !~ ".+"', True),
    ('(0008,0050) = ""', True), ('(0008,0050) ~ ".*"', True), ('(0008,0050) !~ ".+"', True),
    ('(0010,0010) = "doe^john"', False), ('(0010,0010) ~ "Doe"', False), ('(0010,0010) ~ "Doe.*"', True),
    ('(0010,0010) ~ "(?i)doe.john"', True), ('"a" = "a"', True), ("(0010,0010) = (0010,0010)", True), ("true[]", True), ("false[]", False),
    ("uppercase[(0010,0021)] = (0010,0021)", False), ("isPresent[(0008,0050)]", True), ('(0008,0020) ~ "\\\\d{8}"', True),
    ('ismatch[(0010,0010), "D.*"]', True), ('lowercase["TRUE"]', True), ("x != (0010,0021)", True),
])
def test_absent_equals_nothing_and_patterns_fit_the_whole_value(condition, holds):
    dataset = after(f'x := "v"\n{condition} ? (0010,4000) := "Y" : (0010,4000) := "N"', ("(0008,0050)", "SH", ""))
    assert text(dataset, "(0010,4000)") == ("Y" if holds else "N")


def test_variables_hold_what_was_read_when_they_were_set_and_lists_hold_paths():
    dataset = after('old := (0010,0010)\n(0010,0010) := "X"\n(0010,0020) := old\nall := {(0008,0060), {(0008,0020)}}\nremoveTags[all]')
    assert [text(dataset, path) for path in ("(0010,0020)", "(0008,0060)", "(0008,0020)")] == ["Doe^John", None, None]


def test_values_from_outside_are_variables_that_can_be_overwritten_for_this_run_only():
    context = Context(variables={"project": "P1"})
    program = parse('version "6.7"\n(0010,0020) := project\nproject := "mine"\n(0010,0010) := project')
    for _ in range(2):
        dataset = run(program, made(), context).dataset
        assert (text(dataset, "(0010,0020)"), text(dataset, "(0010,0010)")) == ("P1", "mine")


@pytest.mark.parametrize(("script", "says"), [
    ("(0010,0010) := nobody", "has no value"), ('if (false[]) { v := "a" }\n(0010,0010) := v', "has no value"),
    ('(0008,008X) := "X"', "several elements"), ('*/(0010,0010) := "X"', "several elements"), ('(0008,1110)[%]/(0008,1155) := "1"', "several"),
    ("(0010,0010) := (0008,008X)", "several elements"), ('(0028,0010) := "wide"', "not a number"), ('(0010,0010) := {"a"}', "a list"),
    ('(0010,0010) := frobnicate["a"]', "no function frobnicate"), ("x := newUID[1]", "1 arguments"), ('(7FE0,0010) := "x"', "holds bytes"),
    ('(0008,1110)[99999]/(0008,1155) := "1"', "beyond"), ('(0010,0010) ~ "(" ? -(0010,0010)', "not a regular expression"),
])
def test_what_cannot_be_carried_out_is_an_error(script, says):
    with pytest.raises(RunError, match=says):
        after(script)


def test_a_sequence_given_a_text_becomes_empty():
    assert len(after('(0008,1110) := "X"', *STUDIES).ReferencedStudySequence) == 0


@pytest.mark.parametrize("path", ["(0008,0021)", "(0020,0013)", "(0018,0050)"])
def test_text_is_stored_as_it_is_whatever_its_vr_would_like(path):
    assert text(after(f'{path} := "not valid"'), path) == "not valid"


def test_a_recorded_run_appends_the_scripts_id_for_xnat():
    program = parse('version "6.7"\n-(0010,0010)', script_id="12")
    first = run(program, made(), Context(record=True)).dataset
    second = reread(run(program, first, Context(record=True)).dataset)
    assert [item.CodeValue for item in second.DeidentificationMethodCodeSequence] == ["12", "12"]
    assert second.DeidentificationMethodCodeSequence[1].CodeMeaning == "XNAT DicomEdit 6 Script"
    assert "DeidentificationMethodCodeSequence" not in run(program, made(), Context()).dataset
