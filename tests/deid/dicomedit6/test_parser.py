"""The grammar of DicomEdit 6: what is read as what, and how mistakes are told."""
from __future__ import annotations

import pytest

from scanhouse.deid.dicomedit6.parser import parse
from scanhouse.deid.errors import ScriptError, SyntaxFault, UnknownVersion
from scanhouse.deid.program import (
    Assign,
    Choose,
    Compare,
    Delete,
    Element,
    Holds,
    Let,
    Listing,
    Note,
    Perform,
    RemovePrivate,
    Text,
    Variable,
)


def statements(script: str):
    return parse('version "6.7"\n' + script).statements


def only(script: str):
    [statement] = statements(script)
    return statement


def test_each_kind_of_statement_is_read():
    kinds = [type(each) for each in statements(
        '(0010,0010) := "A"\n(0010,0010) ?= "A"\nx := "A"\n-(0010,0010)\nhashUIDList[(0020,000D)]\nremoveAllPrivateTags\n'
        'describe project "Project"\ndescribe session hidden\nexport project "/data"\necho x\necho\n'
        '(0008,0060) = "MR" ? x := "1" : -(0010,0010)\nif (x = "1") { } else { x := "2" }')]
    assert kinds == [Assign, Assign, Let, Delete, Perform, RemovePrivate, Note, Note, Note, Note, Note, Choose, Choose]


def test_a_statement_knows_its_place():
    statement = parse('// heading\nversion "6.1"\n\n  x := \\\n   "A"\n (0010,0010) := x').statements[1]
    assert (statement.at.line, statement.at.column) == (6, 2)


def test_values_are_texts_numbers_paths_variables_calls_and_lists():
    assert only("x := 12").value == only('x := "12"').value.__class__("12", only("x := 12").value.at)
    assert isinstance(only("x := name").value, Variable)
    assert isinstance(only("x := (0010,0010)").value, Element)
    listing = only('x := {"a", {}, {(0010,0010),\n "b"}}').value
    assert isinstance(listing, Listing) and [type(entry) for entry in listing.entries] == [Text, Listing, Listing]


@pytest.mark.parametrize(("written", "value"), [
    (r'"a\\b"', r"a\b"), (r'"\\d{8}"', r"\d{8}"), (r'"a\nb"', "a\nb"), (r'"\(x\)"', r"\(x\)"), ('"// no comment"', "// no comment"),
    ('"https://x"', "https://x"), ('"a \\\nb"', "a b"), ("-7", "-7"), ("2.50", "2.50"), ("0", "0"),
])
def test_texts_and_numbers_mean_what_is_written(written, value):
    assert only(f"x := {written}").value.value == value


def test_conditions_are_comparisons_or_functions():
    choose = only('if ((0008,0060) !~ "C.") { } elseif (isPresent[(0010,0010)]) { }')
    assert isinstance(choose.branches[0].condition, Compare) and choose.branches[0].condition.operator == "!~"
    assert isinstance(choose.branches[1].condition, Holds)


def test_braces_and_else_may_stand_on_their_own_lines():
    choose = only('if (x = "1")\n\n{\n\n-(0010,0010)\n}\n\nelseif (x = "2")\n{ }\n\nelse\n{\n-(0010,0020) -(0010,0030)\n}')
    assert len(choose.branches) == 2 and len(choose.otherwise) == 2


def test_a_block_does_not_swallow_what_follows():
    assert [type(each) for each in statements('if (x = "1") { }\n\n-(0010,0010)')] == [Choose, Delete]


@pytest.mark.parametrize("path", ["(0010,0010)", "(0008,103X)", "(50X@,XXXX)", "*/(0010,0010)", "+/(0008,1110)[2]/(0008,115#)", "././(0010,0010)",
                                  "(0008,1110)[%]/(0008,1155)", "(0019,{ACME 1.2:x-y_z}0X)", "(0008,1110)/*/(0010,0010)", "*/(F215,{A}XX)"])
def test_paths_are_read_as_written(path):
    assert str(only(f"-{path}").target) == path


@pytest.mark.parametrize(("script", "line", "column", "says"), [
    ('-(0019,10F0)', 2, 2, "does not name its creator"),
    ('-(0018,{X}10)', 2, 2, "its group is even"),
    ('-(001X,0010)', 2, 2, "decides public or private"),
    ('-(0019,{1A}10)', 2, 2, "creator cannot be written"),
    ('-(0019,{A/B}10)', 2, 2, "creator cannot be written"),
    ('-(0019,{A}1010)', 2, 2, "two digits after a creator"),
    ('(0010,0010) = "A"', 2, 18, "To assign, write := instead of ="),
    ('(0010,0010) := ', 2, 16, "a text in quotes, a number"),
    ('(0010,0010) := "A', 2, 16, "does not end on its line"),
    (r'x := "\d"', 2, 6, "Write two backslashes for one"),
    ('x := lowercase["A"', 2, 19, ", or ] after an argument"),
    ('x := lowercase[\n"A"]', 2, 16, "End a line with a backslash"),
    ('x := concatenate["A",\n"B"]', 2, 22, "End a line with a backslash"),
    ('if (x = "1") -(0010,0010)', 2, 14, "{ before the statements"),
    ('if (x = "1") {', 2, 15, "} after the statements"),
    ('if x = "1" { }', 2, 4, "( before the condition"),
    ('else { }', 2, 1, "is a word of the language"),
    ('if (x = "1") { } else if (x = "2") { }', 2, 23, "{ before the statements"),
    ('describe (0010,0010) "x"', 2, 10, "the name of a variable"),
    ('-"A"', 2, 2, "a tag such as"),
    ('-*/', 2, 4, "a tag such as"),
    ('x & y', 2, 3, "means nothing here"),
    ('/* block */', 2, 1, "a text in quotes"),
    ('"A"', 2, 4, ":=, ?=, a comparison or a function"),
    ('version "6.9"', 2, 1, "one of 6.0"),
    ('x = "1" ? if (x = "1") { }', 2, 11, "is a word of the language"),
])
def test_a_mistake_is_told_with_its_place_and_what_was_expected(script, line, column, says):
    with pytest.raises(ScriptError) as error:
        statements(script)
    assert says in str(error.value)
    assert (error.value.line, error.value.column) == (line, column)


def test_places_are_right_after_joined_lines():
    with pytest.raises(SyntaxFault) as fault:
        statements('x := concatenate["a", \\\n  "b", \\\n  &]')
    assert (fault.value.line, fault.value.column) == (4, 3)


@pytest.mark.parametrize("script", ["", "// only a comment", '(0010,0010) := "A"', '-(0010,0010)\nversion "6.1"'])
def test_without_a_version_line_at_its_head_it_is_no_script_of_this_language(script):
    with pytest.raises(ScriptError, match="version line"):
        parse(script)


@pytest.mark.parametrize("version", [f"6.{minor}" for minor in range(8)])
def test_all_versions_from_6_0_to_6_7_are_known(version):
    assert parse(f'version "{version}"').version == version


def test_an_unknown_version_is_refused():
    with pytest.raises(UnknownVersion, match=r"6\.8"):
        parse('version "6.8"')


def test_an_unknown_function_or_a_wrong_number_of_arguments_is_a_warning_and_fails_only_when_it_runs():
    program = parse('version "6.7"\nif (false[]) { x := frobnicate["A"]\ny := lowercase[] }')
    assert [warning.split(":")[0] for warning in program.warnings] == ["line 2", "line 3"]


def test_a_byte_order_mark_and_any_line_ends_are_fine():
    assert len(parse('\ufeffversion "6.7"\r\n-(0010,0010)\r-(0010,0020)\n').statements) == 2
