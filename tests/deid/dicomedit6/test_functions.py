"""Each function of DicomEdit 6, with its edges."""
from __future__ import annotations

import pytest
from tests.deid.objects import made, text

from scanhouse.deid.context import Context
from scanhouse.deid.engine import run
from scanhouse.deid.errors import RunError
from scanhouse.deid.languages import parse
from scanhouse.deid.outcome import Status
from scanhouse.deid.vector_objects import reread

TARGET = "(0010,4000)"


def outcome(script, *elements, **context):
    return run(parse('version "6.7"\n' + script), made(*elements), Context(**context))


def value(expression, *elements, **context):
    return text(reread(outcome(f"{TARGET} := {expression}", *elements, **context).dataset), TARGET)


@pytest.mark.parametrize(("call", "result"), [
    ('concatenate["a", (0010,0021), {"b", {1}}]', "ab1"), ("concatenate[]", ""), ('concatenate[{(0008,0060), "-"}, (0010,0020)]', "MR-ID1"),
    ('format["{0}_{1}", "a", 2]', "a_2"), ('format["{0}", (0010,0021)]', None),
    ('lowercase["AbC"]', "abc"), ("uppercase[(0010,0021)]", None),
    ('substring["abcdef", 2, 4]', "cd"), ('substring["abc", 1, 1]', ""), ("substring[(0010,0021), 0, 5]", None),
    ('replace["a.b.c", ".", "-"]', "a-b-c"), ('replace[(0010,0021), "a", "b"]', None),
    ('match["abc123", "[0-9]+", 0]', "123"), ('match["abc", "[0-9]+", 0]', None), ('match["key=v", "(.*)=(.*)", 2]', "v"),
    ('ismatch["123", "[0-9]+"]', "true"), ('ismatch["a123", "[0-9]+"]', "false"), ('ismatch[(0010,0021), ".*"]', "false"),
    ('normalizeString["Ü1", "??"]', "??1"), ('normalizeString["山田"]', "__"), ('normalizeString["aéb", ""]', "ab"),
    ('urlEncode["0=1 ü"]', "0%3D1+%C3%BC"), ("true[]", "true"),
    ('hashUID["1.2.3.4.5"]', "2.25.281097975800109040096884226991818420711"), ("hashUID[(0010,0021)]", None),
    ('shiftDateByIncrement["20231231", 1]', "20240101"), ('shiftDateByIncrement[(0008,0020), "-1"]', "20211231"),
    ("shiftDateByIncrement[(0008,0022), 1]", None), ('shiftDateByIncrement["20240101", 1, "YEARS"]', "20241231"),
    ('shiftDateTimeByIncrement["20240101000000", 61]', "20240101000101"), ('shiftDateTimeByIncrement[(0008,0020), 2, "days"]', "20220103"),
    ('lookup["pid", "ID1"]', "ANON7"), ('lookup["pid", "ID9"]', None), ("lookup[(0010,0021), (0010,0020)]", None),
    ('getURL["https://x"]', "onetwo"),
])
def test_functions_give_values(call, result):
    assert value(call, lookup={"pid/ID1": "ANON7"}, urls=lambda url: "one\ntwo") == result


@pytest.mark.parametrize(("call", "says"), [
    ('substring["abc", 2, 9]', "no characters 2 to 9"), ('substring["abc", "x", 1]', "begin is not a whole number"), ('substring["abc", 1]', "2 arg"),
    ('match["abc", "(a)", 2]', "no group 2"), ('lowercase["a", "b"]', "2 arguments"), ('shiftDateByIncrement[(0010,0010), 1]', "no date"),
    ('shiftDateByIncrement["", 1]', "not a date"), ('shiftDateByIncrement["20240101", 1, "weeks"]', "not a unit"),
    ('getURL["https://empty"]', "answers with nothing"), ("mapUID[(0008,0018), \"a\"]", "cannot begin a UID"), ('format["{", "a"]', "brace"),
    ("isPresent[(0010,00XX)]", "several elements"), ('isPresent["(0010,0010)"]', "not a tag path"), ("isPresent[]", "0 arguments"),
])
def test_functions_refuse_what_they_cannot_do(call, says):
    with pytest.raises(RunError, match=says):
        value(call, urls=lambda url: "")


def test_addresses_are_read_only_when_the_caller_allows_it():
    with pytest.raises(RunError, match="no access to addresses"):
        value('getURL["https://x"]')


def test_text_cannot_grow_without_bound():
    with pytest.raises(RunError, match="longer than"):
        outcome('x := "aaaaaaaaaaaaaaaa"\n' + "x := concatenate[x, x, x, x]\n" * 12)


def test_hash_and_map_lists_change_every_value_in_place_and_warn_of_what_is_no_uid():
    done = outcome('hashUIDList[{*/(0008,1155), (0008,001A)}, (0010,0020)]\nmapReferencedUIDs["1.2.99", "(0008,1110)/(0008,1150)"]',
                   ("(0008,1110)[0]/(0008,1155)", "UI", "1.2.3.4.5"), ("(0008,1110)[0]/(0008,1150)", "UI", "1.1"),
                   ("(0008,1110)[1]/(0008,1150)", "UI", "1.1"), ("(0008,001A)", "UI", "1.2.3.4.5\\1.2.3.4.5"))
    dataset = done.dataset
    hashed = "2.25.281097975800109040096884226991818420711"
    assert text(dataset, "(0008,1110)[0]/(0008,1155)") == hashed
    assert text(dataset, "(0008,001A)") == f"{hashed}\\{hashed}"
    mapped = text(dataset, "(0008,1110)[0]/(0008,1150)")
    assert mapped == text(dataset, "(0008,1110)[1]/(0008,1150)") and mapped.startswith("1.2.99.")
    assert done.warnings == ("hashUIDList: (0010,0020) is no UID",)


def test_lists_and_sequences_of_dates_move_in_place_and_empty_ones_are_passed_over():
    dataset = outcome('shiftDateTimeListByIncrement[{(0008,0020), (0008,0021), (0008,0022), */(0040,A030)}, 2, "days"]\n'
                      'shiftDateTimeSequenceByIncrement[86400, "*/(0040,A030)"]',
                      ("(0008,0021)", "DA", ""), ("(0040,A730)[0]/(0040,A030)", "DT", "20220101120000")).dataset
    assert [text(dataset, path) for path in ("(0008,0020)", "(0008,0021)", "(0008,0022)", "(0040,A730)[0]/(0040,A030)")] == [
        "20220103", "", None, "20220104120000"]


@pytest.mark.parametrize(("study", "birth", "age", "result"), [
    ("20000131", "19000101", "100Y", ("19110201", "089Y")),
    ("20000131", "19500101", "050Y", ("19500101", "050Y")),
    ("", "19000101", "100Y", ("19000101", "100Y")),
    ("", "", "090Y", ("", "089Y")),
    ("20000131", "", "089Y", ("", "089Y")),
    ("20000131", "19000101", "900M", ("19110201", "900M")),
])
def test_ages_above_89_are_capped_with_the_date_of_birth(study, birth, age, result):
    dataset = outcome("scalePatientAgeAndDobFromStudyDate[]", ("(0008,0020)", "DA", study), ("(0010,0030)", "DA", birth),
                      ("(0010,1010)", "AS", age), ("(0008,1110)[0]/(0010,0030)", "DA", birth)).dataset
    assert (text(dataset, "(0010,0030)"), text(dataset, "(0010,1010)")) == result
    assert text(dataset, "(0008,1110)[0]/(0010,0030)") == result[0]


PRIVATE = (("(0019,0010)", "LO", "ACME"), ("(0019,1001)", "LO", "a"), ("(0019,1002)", "LO", "b"), ("(0019,0011)", "LO", "OTHER"),
           ("(0019,1101)", "LO", "c"), ("(0021,1001)", "LO", "orphan"), ("(0008,1110)[0]/(0019,0012)", "LO", "ACME"),
           ("(0008,1110)[0]/(0019,1201)", "LO", "d"), ("(0019,1005)[0]/(0023,0010)", "LO", "INNER"), ("(0019,1005)[0]/(0023,1001)", "LO", "e"),
           ("(0019,1005)[0]/(0023,1002)", "LO", "f"))


@pytest.mark.parametrize(("argument", "kept"), [
    ("(0019,{ACME}01)", {"(0019,0010)", "(0019,1001)"}),
    ('"*/(0019,{ACME}01)"', {"(0019,0010)", "(0019,1001)", "(0008,1110)[0]/(0019,0012)", "(0008,1110)[0]/(0019,1201)"}),
    ("{(0019,{OTHER}XX)}", {"(0019,0011)", "(0019,1101)"}),
    ("(0019,{ACME}05)/(0023,{INNER}02)", {"(0019,0010)", "(0019,1005)", "(0019,1005)[0]/(0023,0010)", "(0019,1005)[0]/(0023,1002)"}),
    ("(0019,{ACME}05)", {"(0019,0010)", "(0019,1005)", "(0019,1005)[0]/(0023,0010)", "(0019,1005)[0]/(0023,1001)",
                         "(0019,1005)[0]/(0023,1002)"}),
    ("(0019,{NONE}01)", set()),
])
def test_private_elements_that_are_retained_keep_their_creators_and_the_way_to_them(argument, kept):
    changes = outcome(f"retainPrivateTags[{argument}]", *PRIVATE).changes
    private = {change.path for change in changes if change.kind != "removed" and int(change.path[-7], 16) & 1}
    assert private == kept


ORPHANED = (("(0019,0010)", "LO", "OTHER"), ("(0019,1002)[0]/(0019,1002)[0]/(0019,0010)", "LO", "ACME"),
            ("(0019,1002)[0]/(0019,1002)[0]/(0019,1001)", "LO", "a"))


def test_what_lies_in_a_private_sequence_without_creator_keeps_nothing_around_it():
    changes = outcome("retainPrivateTags[*/(0019,{ACME}XX)]", *ORPHANED).changes
    assert {change.path for change in changes if change.kind == "removed"} >= {"(0019,0010)", "(0019,1002)"}
    inside = outcome("retainPrivateTags[(0019,{OTHER}02), */(0019,{ACME}XX)]", *ORPHANED)
    assert text(reread(inside.dataset), "(0019,1002)[0]/(0019,1002)[0]/(0019,1001)") == "a"


@pytest.mark.parametrize("argument", ["(0010,0010)", '"nonsense"', "(0010,0021)", '"(0010,0010)"'])
def test_only_private_paths_can_be_retained(argument):
    with pytest.raises(RunError):
        outcome(f"retainPrivateTags[{argument}]")


def test_blank_values_empties_whole_values_everywhere_and_keeps_their_vr():
    dataset = reread(outcome('blankValues[(0010,0020), "7"]', ("(0008,0050)", "SH", " ID1 "), ("(0008,1030)", "LO", "ID1 too"),
                             ("(0010,1000)", "LO", "id1"), ("(0028,0008)", "IS", "7"), ("(0028,0010)", "US", "7"), ("(0010,4000)", "LT", " ID1"),
                             ("(0008,1110)[0]/(0010,0020)", "LO", "ID1"), ("(0002,0016)", "AE", "ID1")).dataset)
    assert [text(dataset, path) for path in ("(0008,0050)", "(0010,0020)", "(0028,0008)", "(0028,0010)", "(0008,1110)[0]/(0010,0020)",
                                             "(0002,0016)")] == [""] * 6
    assert [text(dataset, path) for path in ("(0008,1030)", "(0010,1000)", "(0010,4000)")] == ["ID1 too", "id1", " ID1"]
    assert dataset["Rows"].VR == "US"


def test_blank_values_finds_a_value_whose_blanks_in_front_count():
    dataset = reread(outcome('blankValues[(0008,0081)]', ("(0008,0081)", "ST", " Main Street"), ("(0010,4000)", "LT", " Main Street "),
                             ("(0008,0080)", "LO", "Main Street"), ("(0008,2111)", "ST", "Main Street"), ("(0009,0010)", "LO", "ACME"),
                             ("(0009,1001)", "UN", " Main Street")).dataset)
    assert [text(dataset, path) for path in ("(0008,0081)", "(0010,4000)", "(0008,0080)", "(0009,1001)")] == [""] * 4
    assert text(dataset, "(0008,2111)") == "Main Street"


def test_blank_values_of_nothing_blanks_nothing():
    assert not [change for change in outcome('blankValues[]\nblankValues["", (0010,0021), (0008,0050)]', ("(0008,0050)", "SH", "")).changes
                if change.kind == "emptied"]


def test_real_tags_are_set_and_deleted_by_their_numbers():
    dataset = outcome('set["(0045,0010)", "PCI"]\nset["(0045,1045)", "V"]\nset["(0028,0008)", "10"]\nset["(0008,1110)[1]/(0045,0010)", "PCI"]\n'
                      'delete["(0019,0010)"]\ndelete["(0008,1110)/(0008,1155)"]\ndelete["(0008,1110)[5]/(0008,1155)"]',
                      ("(0019,0010)", "LO", "ACME"), ("(0008,1110)[0]/(0008,1155)", "UI", "1.2")).dataset
    assert [text(dataset, path) for path in ("(0045,0010)", "(0045,1045)", "(0028,0008)", "(0008,1110)[1]/(0045,0010)", "(0019,0010)",
                                             "(0008,1110)[0]/(0008,1155)")] == ["PCI", "V", "10", "PCI", None, None]
    assert dataset["NumberOfFrames"].VR == "IS"


@pytest.mark.parametrize(("call", "status"), [("reject[]", Status.REJECTED), ("reject[true[]]", Status.REJECTED), ("reject[false[]]", Status.OK),
                                              ('reject[ismatch[(0008,0060), "MR"]]', Status.REJECTED)])
def test_reject_refuses_unless_its_argument_is_false(call, status):
    assert outcome(f'{call}\n(0010,0010) := "after"').status is status


def test_a_rejection_of_archived_data_is_a_warning_and_the_script_goes_on():
    done = outcome('reject[]\n(0010,0010) := "after"', ignore_rejection=True)
    assert text(done.dataset, "(0010,0010)") == "after"
    assert "refuses" in done.warnings[0]


class Paper:
    """A fake of what blanks pixels: notes what it was asked."""

    def __init__(self):
        self.regions = []

    def blank(self, dataset, regions):
        self.regions += regions
        return True


def test_a_rectangle_is_handed_to_whoever_blanks_pixels():
    paper = Paper()
    assert outcome('alterPixels["rectangle", "l=1, top=2, r=3, bottom=4", "solid", "v=9"]', pixels=paper).pixels_changed
    [region] = paper.regions
    assert (region.left, region.top, region.right, region.bottom) == (1, 2, 3, 4)


@pytest.mark.parametrize("arguments", ['"circle", "l=0,t=0,r=1,b=1", "solid", "v=0"', '"rectangle", "l=0,t=0,r=1,b=1", "dotted", "v=0"',
                                       '"rectangle", "l=0,t=0,r=1", "solid", "v=0"', '"rectangle", "l=0,t=0,r=1,b=x", "solid", "v=0"',
                                       '"rectangle", "l=0,t=0,r=1,b=1", "solid"'])
def test_other_shapes_fills_and_parameters_are_refused(arguments):
    with pytest.raises(RunError):
        outcome(f"alterPixels[{arguments}]", pixels=Paper())
