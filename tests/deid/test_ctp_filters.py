"""CTP's filter expressions."""
from __future__ import annotations

import pytest
from tests.deid.objects import made

from scanhouse.deid.engine import run
from scanhouse.deid.errors import ScriptError
from scanhouse.deid.languages import parse

OBJECT = (("(0010,1010)", "AS", "039Y"), ("(0008,0008)", "CS", "ORIGINAL\\PRIMARY"), ("(0008,1140)[0]/(0008,1155)", "UI", "1.2.3"),
          ("(0019,0010)", "LO", "ACME 1"), ("(0019,1002)", "LO", "v2"))


def answer(expression: str) -> bool | None:
    return run(parse(expression, "ctp-filter"), made(*OBJECT)).answer


@pytest.mark.parametrize("expression", [
    'Modality.equals("MR")', 'Modality . equals ( "MR" )', 'Modality.equalsIgnoreCase("mr")', 'PatientName.matches("Doe\\^J.*")',
    'PatientName.contains("^J")', 'PatientName.containsIgnoreCase("JOHN")', 'PatientName.startsWith("Doe")',
    'PatientName.startsWithIgnoreCase("dOE")', 'PatientName.endsWith("hn")', 'PatientName.endsWithIgnoreCase("HN")',
    'PatientAge.isGreaterThan("38.5")', 'PatientAge.isLessThan("40")', '[0008,0008].equals("ORIGINAL\\PRIMARY")',
    'RefImageSeq::RefSOPInstanceUID.equals("1.2.3")', '[0008,1140]::[0008,1155].equals("1.2.3")', '[0019,[ACME 1]02].equals("v2")',
    '[0002,0010].startsWith("1.2.840.10008.1.2")', 'PatientComments.equals("")', "true.", "true", " true // yes", "!false.", "!!true.",
    "true. + false. * false.", "(true. + false.) * true.", '!(Modality.equals("CT") + Modality.equals("US"))',
    'Modality.matches("(MR|CT)") // and "this" is a remark', '!Modality.equals("//")', 'Modality.equals("MR"',
])
def test_an_expression_holds(expression):
    assert answer(expression) is True


@pytest.mark.parametrize("expression", [
    'Modality.equals("mr")', 'PatientName.matches("Doe")', 'PatientName.isGreaterThan("1")', 'PatientComments.isLessThan("1")', "false.",
    'Modality.equals("MR") * false.',
])
def test_an_expression_does_not_hold(expression):
    assert answer(expression) is False


@pytest.mark.parametrize(("expression", "line", "column", "said"), [
    ("", 1, 1, "the expression is empty"), ("// only this", 1, 13, "the expression is empty"),
    ('Modality.equals("MR") )', 1, 23, "found ')'"), ('Modality.equals("MR")\n Modality.equals("MR")', 2, 2, "found 'Modality.equ'"),
    ("Modality.equals(MR)", 1, 17, "the argument is not in quotes"), ('(0008,0060).equals("MR")', 1, 2, "found '0008,0060).e'"),
    ("true * false", 1, 1, "found 'true * false'"), ('Modality.equals("MR', 1, 17, "the argument is not in quotes"),
    ("*", 1, 1, "found '*'"), ('Modality.equals("MR" x', 1, 22, "found 'x'"),
])
def test_what_is_no_expression_is_false_with_a_warning_and_an_error_when_strict(expression, line, column, said):
    program = parse(expression, "ctp-filter")
    assert run(program, made()).answer is False
    assert len(program.warnings) == 1
    with pytest.raises(ScriptError) as caught:
        parse(expression, "ctp-filter", strict=True)
    assert said in str(caught.value)
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(("expression", "said"), [
    ('true. + Modality.resembles("MR")', "there is no method resembles. Expected one of equals,"),
    ('true. + NoSuchKeyword.equals("MR")', "no element is called 'NoSuchKeyword'"),
    ('true. + (Modality.equals("MR")', "a bracket is not closed"),
    ('true. + Modality.matches("(M")', "is not a regular expression"),
])
def test_a_mistake_in_one_comparison_leaves_the_others_and_is_told(expression, said):
    assert answer(expression) is True
    assert said in parse(expression, "ctp-filter").warnings[0]
    with pytest.raises(ScriptError):
        parse(expression, "ctp-filter", strict=True)


def test_brackets_have_a_depth():
    assert "nests too deeply" in parse("(" * 5000 + "true." + ")" * 5000, "ctp-filter").warnings[0]
    assert "nests too deeply" in parse("!" * 5000 + "true.", "ctp-filter").warnings[0]
    assert answer("(" * 50 + "true." + ")" * 50) is True


def test_a_filter_leaves_the_object_as_it_is():
    dataset = made(*OBJECT)
    assert run(parse('Modality.equals("MR")', "ctp-filter"), dataset).counts()["changed"] == 0


def test_the_language_is_known_by_its_text():
    assert parse('Modality.equals("MR")').language == "ctp-filter"
