"""Content of structured reports: gone by default, cleaned by concept name with the option."""
from __future__ import annotations

from tests.deid.objects import made, text

from scanhouse.deid.context import Context
from scanhouse.deid.engine import run
from scanhouse.deid.languages import parse

KEYED = Context(key=b"a key of thirty-two bytes or so..")
TREE = "(0040,A730)"


def item(number: int, kind: str, code: tuple[str, str], *value: tuple[str, str, str]) -> list[tuple[str, str, str | int]]:
    base = f"{TREE}[{number}]"
    return [(f"{base}/(0040,A010)", "CS", "CONTAINS"), (f"{base}/(0040,A040)", "CS", kind), (f"{base}/(0040,A043)", "SQ", 1),
            (f"{base}/(0040,A043)[0]/(0008,0100)", "SH", code[0]), (f"{base}/(0040,A043)[0]/(0008,0102)", "SH", code[1]),
            *[(f"{base}/{path}", vr, text) for path, vr, text in value]]


REPORT = made(
    ("(0008,0016)", "UI", "1.2.840.10008.5.1.4.1.1.88.33"), (TREE, "SQ", 5),
    *item(0, "TEXT", ("121071", "DCM"), ("(0040,A160)", "UT", "Lesion in lung, says Kowalczyk")),
    *item(1, "PNAME", ("121008", "DCM"), ("(0040,A123)", "PN", "Kowalczyk^A")),
    *item(2, "TEXT", ("121021", "DCM"), ("(0040,A160)", "UT", "F-1234")),
    *item(3, "NUM", ("121206", "DCM")),
    *item(4, "UIDREF", ("112227", "DCM"), ("(0040,A124)", "UI", "1.2.3.9")),
)


def test_by_default_a_report_keeps_its_form_and_loses_its_content():
    after = run(parse("profile basic"), REPORT, KEYED).dataset
    assert len(after.ContentSequence) == 1
    assert text(after, f"{TREE}[0]/(0040,A160)") == "ANONYMIZED"


def test_with_the_option_items_are_judged_by_their_concept_names():
    after = run(parse("profile basic\noption clean-structured-content\noption clean-descriptors"), REPORT, KEYED).dataset
    values = [text(after, f"{TREE}[{number}]/(0040,A040)") for number in range(len(after.ContentSequence))]
    assert values == ["TEXT", "PNAME", "NUM", "UIDREF"], "the filler number is gone with its item"
    assert text(after, f"{TREE}[0]/(0040,A160)") == "Lesion in lung"
    assert text(after, f"{TREE}[1]/(0040,A123)") == "ANON"
    assert text(after, f"{TREE}[3]/(0040,A124)").startswith("2.25.")
    assert [str(each.CodeValue) for each in after.DeidentificationMethodCodeSequence] == ["113100", "113104", "113105"]


def test_references_of_a_selection_stay_and_follow_their_objects():
    before = made(("(0008,0016)", "UI", "1.2.840.10008.5.1.4.1.1.88.59"), (TREE, "SQ", 2),
                  (f"{TREE}[0]/(0040,A010)", "CS", "CONTAINS"), (f"{TREE}[0]/(0040,A040)", "CS", "IMAGE"), (f"{TREE}[0]/(0008,1199)", "SQ", 1),
                  (f"{TREE}[0]/(0008,1199)[0]/(0008,1155)", "UI", "1.2.3.4.5"),
                  *item(1, "TEXT", ("113012", "DCM"), ("(0040,A160)", "UT", "For Dr Kowalczyk")))
    after = run(parse("profile basic"), before, KEYED).dataset
    assert len(after.ContentSequence) == 1
    assert text(after, f"{TREE}[0]/(0008,1199)[0]/(0008,1155)") == text(after, "(0008,0018)")
    with_uids = run(parse("profile basic\noption retain-uids"), before, KEYED).dataset
    assert text(with_uids, f"{TREE}[0]/(0008,1199)[0]/(0008,1155)") == text(with_uids, "(0008,0018)") == "1.2.3.4.5"
