"""DicomEdit 4: everything reads the original, and the first of two statements remains."""
from __future__ import annotations

import pytest
from tests.deid.objects import made, text, vr

from scanhouse.deid.context import Context
from scanhouse.deid.engine import run
from scanhouse.deid.errors import RunError, ScriptError, UnknownFunction
from scanhouse.deid.languages import parse
from scanhouse.deid.vector_objects import reread


def after(script, *elements, **context):
    return reread(run(parse(script, "dicomedit4"), made(*elements), Context(**context)).dataset)


@pytest.mark.parametrize(("script", "result"), [
    ('(0010,0020) := "A"\n(0010,0020) := "B"', "A"), ('-(0010,0020)\n(0010,0020) := "B"', None), ('(0010,0020) := "A"\n-(0010,0020)', "A"),
    ('(0010,00XX) := "A"\n(0010,0020) := "B"', "A"), ('(0008,0060) = "CT" : -(0010,0020)\n(0010,0020) := "B"', "B"),
])
def test_of_two_statements_about_one_element_the_first_remains(script, result):
    assert text(after(script), "(0010,0020)") == result


def test_conditions_and_values_read_the_object_as_it_was():
    dataset = after('(0010,0010) := (0010,0020)\n(0010,0020) := (0010,0010)\n(0008,0060) := "CT"\n(0008,0060) = "MR" : (0010,4000) := "saw MR"')
    assert [text(dataset, path) for path in ("(0010,0010)", "(0010,0020)", "(0010,4000)")] == ["ID1", "Doe^John", "saw MR"]


def test_an_absent_value_makes_an_empty_element():
    dataset = after("(0010,0010) := (0010,0022)\n(0010,1050) := (0010,0022)")
    assert (text(dataset, "(0010,0010)"), text(dataset, "(0010,1050)")) == ("", "")


def test_all_conditions_before_an_action_must_hold():
    dataset = after('(0008,0060) = "MR" : (0010,0020) ~ "ID\\\\d" : (0010,0010) := "X"\n(0008,0060) = "MR" : (0010,0020) = "no" : -(0008,0020)')
    assert (text(dataset, "(0010,0010)"), text(dataset, "(0008,0020)")) == ("X", "20220101")


@pytest.mark.parametrize(("value", "result"), [
    ('"{0}_{1}" (0008,0060), (0010,0020)', "MR_ID1"), ('format["{0}", (0010,0021)]', "null"), ('"a\\"b\\tc"', 'a"b\tc'),
    ('substring["0123", 1, 3]', "12"), ('urlEncode["0=1"]', "0%3D1"), ('match["aba", "(a(b)?)+", 2]', "b"), ("666", "666"),
    ('hashUID["1.2.3.4.5"]', "2.25.281097975800109040096884226991818420711"), ('format["{0}", \\\n(0010,0020)]', "ID1"),
    ('replace[uppercase["a-b"], "-", lowercase["X"]]', "AxB"),
])
def test_values(value, result):
    assert text(after(f"(0010,4000) := {value}"), "(0010,4000)") == result


def test_a_fresh_uid_is_new():
    uid = text(after("(0008,0018) := new UID"), "(0008,0018)")
    assert uid.startswith("2.25.") and uid != "1.2.3.4.5"


def test_wildcards_change_and_remove_what_is_there_private_creators_too():
    dataset = after('(0008,008X) := "Z"\n-(0019,XXXX)\n-(0018,901#)', ("(0008,0080)", "LO", "SITE"), ("(0019,0010)", "LO", "ACME"),
                    ("(0019,1001)", "LO", "v"), ("(0018,9011)", "CS", "A"), ("(0018,9012)", "CS", "B"))
    paths = ("(0008,0080)", "(0008,0081)", "(0019,0010)", "(0019,1001)", "(0018,9011)", "(0018,9012)")
    assert [text(dataset, path) for path in paths] == ["Z", None, None, None, None, "B"]


def test_variables_are_declared_in_any_order_and_case_and_values_from_outside_come_first():
    script = '(0010,0010) := Late\n(0010,0020) := project\nlate := format["{0}!", early]\nEARLY := "e"\nPROJECT := "mine"'
    dataset = after(script, variables={"Project": "P1"})
    assert (text(dataset, "(0010,0010)"), text(dataset, "(0010,0020)")) == ("e!", "P1")


def test_variables_that_need_one_another_are_refused():
    with pytest.raises(ScriptError, match="a and b need one another"):
        parse('a := format["{0}", b]\nb := a', "dicomedit4")


def test_a_variable_without_a_value_is_an_error():
    with pytest.raises(RunError, match="has no value"):
        after("(0010,0010) := nobody")


def test_a_new_element_that_nobody_knows_becomes_lo():
    dataset = after('(0019,1001) := "x"\n(0012,9999) := "y"')
    assert (vr(dataset, "(0019,1001)"), vr(dataset, "(0012,9999)")) == ("LO", "LO")


def test_a_version_line_means_nothing():
    assert text(after('version "6.1"\n(0010,0010) := "A"\n(0010,0010) := "B"'), "(0010,0010)") == "A"


@pytest.mark.parametrize("script", [
    "-(0019,{ACME}01)", '(0010,0010) ?= "A"', '(0010,0010) != "A" : -(0010,0010)', "-(0008,1110)[0]/(0008,1155)", '-(0008,008x)',
    '(0010,0010) := "A" -(0010,0020)', '(0010,0010) = "A"', '(0010,0010) := "A', "removeAllPrivateTags", "/* no */", '"A"', "x := {}",
    "-*/(0010,0010)",
])
def test_what_only_version_6_knows_is_refused_with_a_place(script):
    with pytest.raises(ScriptError) as error:
        parse(script, "dicomedit4")
    assert error.value.line == 1


def test_an_unknown_function_is_refused_with_those_that_there_are():
    with pytest.raises(UnknownFunction, match="hashUID"):
        parse('(0010,0010) := mapUID["1"]', "dicomedit4")


def test_a_recorded_run_names_the_language():
    program = parse("-(0010,0010)", script_id="4")
    assert text(run(program, made(), Context(record=True)).dataset, "(0012,0064)[0]/(0008,0104)") == "XNAT DicomEdit 4 Script"


def test_a_value_that_cannot_be_stored_is_an_error_that_names_its_line():
    with pytest.raises(RunError) as failure:
        after('// rows\n(0008,0060) = "MR" : (0028,0010) := "many"')
    assert (failure.value.line, failure.value.column) == (2, 22)
