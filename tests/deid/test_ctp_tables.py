"""Lookup tables, Java's properties text, keywords of dcm4che, and lists of safe private elements."""
from __future__ import annotations

import pytest

from scanhouse.deid.ctp.keywords import NAMES, tag_of
from scanhouse.deid.ctp.lookup import looked_up, parse_csv, parse_lookup
from scanhouse.deid.ctp.properties import properties
from scanhouse.deid.errors import SyntaxFault
from scanhouse.deid.safe_private import STANDARD, _listed, is_safe, parse_own


def test_a_lookup_table_is_java_properties():
    table = parse_lookup("# remark\n! another\n\nptid/1 = A \nptid/2:B\nptid/3 C\nptid/A\\ B=D\nptid/A\\:B = E\nptid/\\u00e9=\\u00C9\n"
                         "ptid/4=one\\\n   two\r\nptid/5=\n")
    assert table == {"ptid/1": "A", "ptid/2": "B", "ptid/3": "C", "ptid/A B": "D", "ptid/A:B": "E", "ptid/é": "É", "ptid/4": "onetwo",
                     "ptid/5": ""}


def test_entries_have_their_place():
    assert [(key, at.line, at.column) for key, _, at in properties("\n  a=1\\\n 2\nb=3")] == [("a", 2, 3), ("b", 4, 1)]


def test_a_broken_escape_names_its_line_and_no_value():
    with pytest.raises(SyntaxFault) as caught:
        parse_lookup("a=1\nptid/SECRET=\\u12")
    assert caught.value.line == 2 and "SECRET" not in str(caught.value)


def test_a_table_may_also_be_csv():
    assert parse_csv('ptid,1,A\n"ptid","x, y", B \n\n') == {"ptid/1": "A", "ptid/x, y": "B"}
    assert parse_csv("1,A\n", kind="ptid") == {"ptid/1": "A"}
    for wrong in ("ptid,1", "a,b,c,d", '"x'):
        with pytest.raises(SyntaxFault) as caught:
            parse_csv("ptid,1,A\n" + wrong)
        assert caught.value.line >= 2


def test_a_value_leads_on_at_most_ten_times():
    chain = {f"k/{n}": f"@k/{n + 1}" for n in range(20)} | {"k/9": "end"}
    assert looked_up(chain, "k", "0") == "end"
    assert looked_up({**chain, "k/9": "@k/10", "k/20": "far"}, "k", "0") is None
    assert looked_up({"k/a": "@remove()"}, "k", "a") == "@remove()"
    assert looked_up(None, "k", "a") is looked_up({}, "k", "a") is None


@pytest.mark.parametrize(("name", "tag"), [
    ("PatientName", 0x00100010), ("RefImageSeq", 0x00081140), ("ReferencedImageSequence", 0x00081140), ("RefPPSSeq", 0x00081111),
    ("RetrieveAET", 0x00080054), ("AcquisitionDatetime", 0x0008002A), ("RefFrameOfReferenceUID", 0x30060024),
    ("DeIdentificationMethodCodeSeq", 0x00120064), ("SPSID", 0x00400009),
    ("PPSStartDate", 0x00400244), ("PerformedStationAET", 0x00400241), ("RefSOPInstanceUID", 0x00081155), ("GantyID", 0x00181008),
    ("OperatorName", 0x00081070), ("OperatorsName", 0x00081070),
])
def test_an_element_has_its_tag_in_either_spelling(name, tag):
    assert tag_of(name) == tag


def test_every_exceptional_name_has_a_tag_of_the_dictionary_and_nonsense_has_none():
    from pydicom.datadict import dictionary_has_tag

    assert [name for name, tag in NAMES.items() if not dictionary_has_tag(tag) and tag >> 16 not in (0x4000, 0x0018, 0x0028)] == []
    assert tag_of("NoSuchKeyword") is None and tag_of("SeqRefPPS") is None


def test_safe_private_elements_are_those_of_the_standard_and_of_ctp():
    assert len(_listed(STANDARD)) == 479  # rows of the table in the edition named
    assert is_safe(0x0019, "SIEMENS MR HEADER", 0x0C) and is_safe(0x0019, " GEMS_ACQU_01 ", 0x1E) and is_safe(0x0013, "CTP", 0x10)
    assert not is_safe(0x0019, "SIEMENS MR HEADER", 0x0B) and not is_safe(0x0019, "siemens mr header", 0x0C) and not is_safe(0x0019, None, 0x0C)


def test_a_site_names_its_own_by_line():
    own = parse_own("# ours\n0019[ACME 1]02\n\n 0021 [B] ff # text\n")
    assert own == {(0x19, "ACME 1", 2), (0x21, "B", 0xFF)} and is_safe(0x19, "ACME 1", 2, own)
    for wrong in ("0020[A]01", "0019[A]", "x"):
        with pytest.raises(SyntaxFault, match="line 2"):
            parse_own("0019[A]01\n" + wrong)
