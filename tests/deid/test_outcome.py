"""What a run reports: every element with what became of it, and no values unless asked."""
from __future__ import annotations

import json

from tests.deid.objects import made

from scanhouse.deid.engine import run
from scanhouse.deid.languages import parse
from scanhouse.deid.outcome import Kind

SCRIPT = '''version "6.7"
(0010,0010) := "ANON"
(0010,0020) := (0010,0020)
-(0008,0020)
(0008,0060) := ""
(0012,0062) := "YES"
-(0019,{ACME}01)
'''


def outcome():
    dataset = made(("(0019,0010)", "LO", "ACME"), ("(0019,1001)", "LO", "v"), ("(0008,1110)[0]/(0008,1155)", "UI", "1.2"))
    return run(parse(SCRIPT), dataset)


def test_every_element_of_input_and_output_is_told_once():
    kinds = {change.path: change.kind for change in outcome().changes}
    assert kinds["(0010,0010)"] is Kind.CHANGED
    assert kinds["(0010,0020)"] is Kind.KEPT
    assert kinds["(0008,0020)"] is Kind.REMOVED
    assert kinds["(0008,0060)"] is Kind.EMPTIED
    assert kinds["(0012,0062)"] is Kind.ADDED
    assert kinds["(0019,1001)"] is Kind.REMOVED
    assert kinds["(0008,1110)[0]/(0008,1155)"] is Kind.NOT_COVERED
    assert len(kinds) == len(outcome().changes)


def test_a_change_names_the_element_its_creator_and_the_line():
    change = next(change for change in outcome().changes if change.path == "(0019,1001)")
    assert (change.creator, change.vr, change.why) == ("ACME", "LO", "line 7")
    change = next(change for change in outcome().changes if change.path == "(0010,0010)")
    assert (change.keyword, change.before, change.after) == ("PatientName", "Doe^John", "ANON")


def test_text_json_and_repr_hold_no_values_unless_asked():
    done = outcome()
    for shown in (done.text(), done.json(), repr(done.changes), repr(done)):
        assert "Doe^John" not in shown
    assert "'Doe^John' -> 'ANON'" in done.text(values=True)


def test_the_text_lists_what_was_done_and_sums_up():
    lines = outcome().text().splitlines()
    assert lines[0] == "ok"
    assert "removed  (0008,0020) StudyDate  (line 4)" in lines
    assert lines[-1].startswith("1 kept, 1 changed, 2 removed, 1 emptied, 1 added")


def test_json_holds_counts_and_one_row_for_each_element():
    parsed = json.loads(outcome().json())
    assert sum(parsed["counts"].values()) == len(parsed["elements"])
    assert parsed["status"] == "ok"
