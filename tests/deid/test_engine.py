"""Running programs: the input stays, errors have places, budgets end, results are valid files."""
from __future__ import annotations

import pytest
from pydicom import Dataset
from tests.deid.objects import contents, made, text

from scanhouse.deid.context import Context
from scanhouse.deid.engine import run
from scanhouse.deid.errors import RunError, TooManySteps
from scanhouse.deid.languages import parse
from scanhouse.deid.outcome import Status
from scanhouse.deid.program import Answer, Compare, Constant, Element, End, Joined, Language, Not, Program, Text
from scanhouse.deid.tagpath import root
from scanhouse.deid.vector_objects import reread


def ran(script: str, dataset: Dataset, **context) -> Dataset:
    outcome = run(parse('version "6.7"\n' + script), dataset, Context(**context))
    assert outcome.dataset is not None
    return outcome.dataset


def test_the_input_stays_as_it_was_even_deep_inside():
    dataset = made(("(0008,1110)[0]/(0008,1155)", "UI", "1.2"), ("(0019,0010)", "LO", "ACME"), ("(0019,1001)", "LO", "v"))
    before = contents(dataset)
    ran('removeAllPrivateTags\n-(0008,1110)[0]\n*/(0008,1155) ?= "9"\n-(0002,0012)\n(0010,0010) := "X"', dataset)
    assert contents(dataset) == before
    assert "ImplementationClassUID" in dataset.file_meta


def test_an_error_while_running_names_line_and_column_and_leaves_no_object():
    dataset = made()
    with pytest.raises(RunError) as error:
        run(parse('version "6.7"\n(0010,0010) := "X"\n(0008,0020) := shiftDateByIncrement["soon", 1]'), dataset)
    assert (error.value.line, error.value.column) == (3, 16)
    assert "soon" not in str(error.value)
    assert text(dataset, "(0010,0010)") == "Doe^John"


def test_a_script_that_takes_too_many_steps_is_stopped():
    with pytest.raises(TooManySteps, match="50 steps"):
        ran("\n".join('(0010,0010) := "X"' for _ in range(100)), made(), steps=50)


def test_looking_through_a_large_object_costs_steps():
    dataset = made(*((f"(0008,1110)[{n}]/(0008,1155)", "UI", "1.2") for n in range(200)))
    with pytest.raises(TooManySteps):
        ran('*/(0008,1155) ?= "9"', dataset, steps=300)


def test_file_meta_information_follows_the_identity_of_the_data_set():
    after = ran('(0008,0018) := "1.2.3.9"\n(0002,0003) := "1.1.1"', made())
    assert str(after.file_meta.MediaStorageSOPInstanceUID) == "1.2.3.9"


def test_naming_another_transfer_syntax_does_not_change_how_the_bytes_are_read():
    after = ran('(0002,0010) := "1.2.840.10008.1.2"', made())
    assert str(after.file_meta.TransferSyntaxUID) == "1.2.840.10008.1.2.1"
    after = ran("-(0002,XXXX)", made())
    assert str(after.file_meta.TransferSyntaxUID) == "1.2.840.10008.1.2.1"


def test_text_that_the_character_set_cannot_hold_turns_the_object_to_utf_8():
    dataset = made(("(0008,1030)", "LO", "Größe"), ("(0010,1002)[0]/(0010,0010)", "PN", "Müller^Jörg"))
    after = reread(ran('(0010,0010) := "山田^太郎"', dataset))
    assert text(after, "(0008,0005)") == "ISO_IR 192"
    assert text(after, "(0010,0010)") == "山田^太郎"
    assert text(after, "(0008,1030)") == "Größe"
    assert text(after, "(0010,1002)[0]/(0010,0010)") == "Müller^Jörg"


def test_text_that_the_character_set_can_hold_leaves_it_alone():
    after = reread(ran('(0010,0010) := "Müller"', made()))
    assert text(after, "(0008,0005)") == "ISO_IR 100"
    assert text(after, "(0010,0010)") == "Müller"


def test_without_a_character_set_only_ascii_is_held():
    dataset = made(("(0008,0005)", "CS", "ISO_IR 100"))
    del dataset[0x00080005]
    after = reread(ran('(0010,0010) := "Müller"', reread(dataset)))
    assert text(after, "(0008,0005)") == "ISO_IR 192"
    assert text(after, "(0010,0010)") == "Müller"


def test_a_filter_answers_and_changes_nothing():
    condition = Not(Compare(Element(root(0x00080060)), "~", Text("C.")))
    outcome = run(Program(Language.CTP_FILTER, (Answer(condition),)), made())
    assert outcome.answer is True
    assert {change.kind for change in outcome.changes} == {"not covered"}


@pytest.mark.parametrize(("status", "stored"), [("rejected", False), ("quarantined", False), ("skipped", True), ("no match", True)])
def test_an_early_end_gives_the_unmodified_object_or_none(status, stored):
    dataset = made()
    outcome = run(Program(Language.CTP, (End(status, "because"),)), dataset)
    assert outcome.status is Status(status) and outcome.reason == "because"
    assert (outcome.dataset is dataset) is stored
    assert outcome.rejected is not stored


def test_joined_texts_count_what_is_absent_as_nothing():
    from scanhouse.deid.program import Assign

    program = Program(Language.CTP, (Assign(root(0x00100020), Joined((Text("A-"), Element(root(0x00100021)), Element(root(0x00080060))))),))
    outcome = run(program, made())
    assert text(outcome.dataset, "(0010,0020)") == "A-MR"


def test_a_program_may_hold_constant_conditions():
    assert run(Program(Language.CTP_FILTER, (Answer(Constant(False)),)), made()).answer is False


def test_the_transfer_of_absent_values_and_items_has_switches():
    dataset = made(("(0008,1110)[0]/(0008,1155)", "UI", "1.2"), ("(0008,1110)[1]/(0008,1155)", "UI", "1.3"))
    after = ran("(0010,0010) := (0010,0021)\n-(0008,1110)[0]", dataset, assign_absent=True, remove_items=True)
    assert text(after, "(0010,0010)") == ""
    assert text(after, "(0008,1110)[0]/(0008,1155)") == "1.3"


def test_an_object_that_nests_without_end_is_refused():
    item = Dataset()
    top = item
    for _ in range(80):
        item.ReferencedStudySequence = [Dataset()]
        item = item.ReferencedStudySequence[0]
    with pytest.raises(RunError, match="nests"):
        ran("removeAllPrivateTags", top)
