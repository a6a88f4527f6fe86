"""The Basic Profile, element by element."""
from __future__ import annotations

from datetime import datetime

import pytest
from pydicom.dataelem import DataElement
from pydicom.tag import BaseTag
from tests.deid.objects import made, text

from scanhouse.deid.context import Context
from scanhouse.deid.engine import run
from scanhouse.deid.languages import parse
from scanhouse.deid.outcome import Kind, Status
from scanhouse.deid.profiles.patients import is_pseudonym
from scanhouse.deid.uids import is_keyed_uid

KEYED = Context(key=b"a key of thirty-two bytes or so..", project="P1")


def done(dataset, *lines, context=KEYED):
    return run(parse("\n".join(["profile basic", *lines])), dataset, context)


def codes(dataset) -> list[str]:
    return [str(item.CodeValue) for item in dataset.DeidentificationMethodCodeSequence]


def test_what_the_table_removes_empties_and_replaces():
    after = done(made(("(0008,1030)", "LO", "Head of Doe"), ("(0008,0050)", "SH", "A1"), ("(0040,0512)", "LO", "C-17"),
                      ("(0010,1010)", "AS", "047Y"))).dataset
    assert text(after, "(0008,1030)") is None and text(after, "(0010,1010)") is None
    assert text(after, "(0008,0050)") == "" and text(after, "(0008,0020)") == ""
    assert text(after, "(0040,0512)") == "ANONYMIZED"
    assert text(after, "(0008,0060)") == "MR"


def test_patient_and_uids_get_names_that_only_the_key_can_make():
    after = done(made()).dataset
    assert is_pseudonym(text(after, "(0010,0020)"), KEYED) and text(after, "(0010,0010)") == text(after, "(0010,0020)")
    assert is_keyed_uid(text(after, "(0008,0018)"), KEYED.key)
    other = done(made(), context=Context(key=b"another key, as long as the one..", project="P1")).dataset
    assert text(other, "(0010,0020)") != text(after, "(0010,0020)") and text(other, "(0008,0018)") != text(after, "(0008,0018)")


def test_without_a_key_the_patient_is_emptied_and_uids_agree_within_the_run():
    context = Context()
    first, second = (done(made(("(0020,000D)", "UI", "1.2.9")), context=context).dataset for _ in range(2))
    assert text(first, "(0010,0020)") == "" and text(first, "(0010,0010)") == ""
    assert text(first, "(0020,000D)") == text(second, "(0020,000D)") != "1.2.9"


def test_a_lookup_table_comes_before_the_key():
    context = Context(key=KEYED.key, lookup={"patient/ID1": "SUBJ-7", "uid/1.2.3.4.5": "1.9.9", "shift/ID1": "-7"})
    after = done(made(), "option retain-modified-dates", context=context).dataset
    assert (text(after, "(0010,0020)"), text(after, "(0008,0018)"), text(after, "(0008,0020)")) == ("SUBJ-7", "1.9.9", "20211225")


@pytest.mark.parametrize(("sop_class", "expected"), [
    ("1.2.840.10008.5.1.4.1.1.4", None),           # MR: Acquisition DateTime is type 3 and may go
    ("1.2.840.10008.5.1.4.1.1.4.1", "19000101000000"),  # Enhanced MR: type 1C
    ("1.2.3.4", "19000101000000"),                 # nobody knows: the safe choice
])
def test_of_a_combined_action_the_least_is_done_that_keeps_the_object_conformant(sop_class, expected):
    after = done(made(("(0008,0016)", "UI", sop_class), ("(0008,002A)", "DT", "20220101101500")), "pixels pass").dataset
    assert text(after, "(0008,002A)") == expected


def test_private_attributes_go_unless_they_are_safe_and_the_option_says_so():
    before = made(("(0019,0010)", "LO", "SIEMENS MR HEADER"), ("(0019,100C)", "IS", "1000"), ("(0019,1011)", "LO", "Doe"),
                  ("(0021,0010)", "LO", "ACME"), ("(0021,1001)", "LO", "x"), ("(0021,1002)", "LO", "y"))
    assert not [tag for tag in done(before).dataset._dict if tag.group & 1]
    after = done(before, "option retain-safe-private", "safe (0021,{ACME}01)").dataset
    assert [f"{int(tag):08X}" for tag in sorted(after._dict) if tag.group & 1] == ["00190010", "0019100C", "00210010", "00211001"]
    assert [item.PrivateCreatorReference for item in after.PrivateDataElementCharacteristicsSequence] == ["SIEMENS MR HEADER", "ACME"]
    assert "113111" in codes(after)


def test_unknown_attributes_overlays_and_curves_go():
    before = made(("(0008,FFF1)", "LO", "x"), ("(4000,0010)", "LT", "x"), ("(6000,0010)", "US", "4"), ("(6000,0022)", "LO", "Doe"),
                  ("(5000,0005)", "US", "1"))
    before._dict[BaseTag(0x60003000)] = DataElement(0x60003000, "OW", b"\xff\xff")
    after = done(before).dataset
    assert not [tag for tag in after._dict if tag.group in (0x4000, 0x5000, 0x6000) or tag == 0x0008FFF1]


def test_listed_and_unlisted_attributes_are_told_apart():
    kinds = {change.tag: change.kind for change in done(made(("(0018,0080)", "DS", "2300"))).changes}
    assert kinds[0x00180080] is Kind.NOT_COVERED and kinds[0x00080020] is Kind.EMPTIED
    after = done(made(("(0018,0080)", "DS", "2300"), ("(0018,9005)", "SH", "words")), "unlisted remove").dataset
    assert text(after, "(0018,0080)") == "2300" and text(after, "(0018,9005)") is None


def test_sequences_that_stay_are_decided_item_by_item():
    before = made(("(0008,1115)", "SQ", 1), ("(0008,1115)[0]/(0020,000E)", "UI", "1.2.7"), ("(0020,000E)", "UI", "1.2.7"),
                  ("(0008,1115)[0]/(0010,0010)", "PN", "Doe"))
    after = done(before).dataset
    assert text(after, "(0008,1115)[0]/(0020,000E)") == text(after, "(0020,000E)") != "1.2.7"
    assert text(after, "(0008,1115)[0]/(0010,0010)") == text(after, "(0010,0010)")


def test_dates_move_by_one_shift_and_times_stay():
    before = made(("(0008,0021)", "DA", "20220111"), ("(0008,0030)", "TM", "101500"), ("(0008,002A)", "DT", "20220101101500.5+0100"),
                  ("(0010,0030)", "DA", "19700101"))
    after = done(before, "option retain-modified-dates").dataset
    study, series = (datetime.strptime(text(after, tag), "%Y%m%d") for tag in ("(0008,0020)", "(0008,0021)"))
    assert (series - study).days == 10 and study < datetime(2022, 1, 1)
    assert text(after, "(0008,0030)") == "101500" and text(after, "(0008,002A)").endswith("101500.5+0100")
    assert text(after, "(0010,0030)") == ""
    assert text(after, "(0028,0303)") == "MODIFIED"


def test_a_date_that_is_none_does_not_stay():
    after = done(made(("(0008,0020)", "DA", "Doe's day")), "option retain-modified-dates").dataset
    assert text(after, "(0008,0020)") == ""


def test_ages_above_89_are_one_age():
    for age, kept in (("089Y", "089Y"), ("090Y", "090Y"), ("104Y", "090Y"), ("011M", "011M")):
        after = done(made(("(0010,1010)", "AS", age)), "option retain-patient-characteristics").dataset
        assert text(after, "(0010,1010)") == kept


def test_the_object_says_what_was_done_and_no_more():
    after = done(made(("(0008,1030)", "LO", "Brain T1")), "option clean-descriptors", "option clean-graphics", "option retain-uids").dataset
    assert (text(after, "(0012,0062)"), text(after, "(0028,0303)")) == ("YES", "REMOVED")
    assert codes(after) == ["113100", "113105", "113110"]
    assert "PS3.15 2026d basic" in text(after, "(0012,0063)")
    assert text(after, "(0028,0301)") is None


def test_file_meta_information_forgets_the_sender():
    before = made()
    before.file_meta.SourceApplicationEntityTitle = "HOSPITAL"
    before.preamble = b"Doe^John".ljust(128, b"\0")
    after = done(before).dataset
    assert "SourceApplicationEntityTitle" not in after.file_meta and after.preamble == bytes(128)
    assert after.file_meta.MediaStorageSOPInstanceUID == after.SOPInstanceUID


@pytest.mark.parametrize(("sop_class", "burned_in", "line", "status"), [
    ("1.2.840.10008.5.1.4.1.1.7", "", "pixels cautious", Status.QUARANTINED),
    ("1.2.840.10008.5.1.4.1.1.7", "", "pixels declared", Status.OK),
    ("1.2.840.10008.5.1.4.1.1.4", "YES", "pixels declared", Status.QUARANTINED),
    ("1.2.840.10008.5.1.4.1.1.4", "YES", "pixels pass", Status.OK),
    ("1.2.840.10008.5.1.4.1.1.4", "NO", "pixels cautious", Status.OK),
])
def test_pixels_that_may_show_text_send_the_object_aside(sop_class, burned_in, line, status):
    before = made(("(0008,0016)", "UI", sop_class), ("(0028,0301)", "CS", burned_in))
    before._dict[BaseTag(0x7FE00010)] = DataElement(0x7FE00010, "OW", b"\0\0")
    assert done(before, line).status is status


def test_a_directory_is_no_object_to_de_identify():
    before = made(("(0004,1220)", "SQ", 1))
    assert done(before).status is Status.QUARANTINED


def test_an_encapsulated_document_is_replaced_by_an_empty_one_of_its_type():
    before = made(("(0042,0012)", "LO", "application/pdf"))
    before._dict[BaseTag(0x00420011)] = DataElement(0x00420011, "OB", b"%PDF-1.4 Doe^John")
    data = done(before).dataset.EncapsulatedDocument
    assert data.startswith(b"%PDF") and b"Doe" not in data and len(data) % 2 == 0
