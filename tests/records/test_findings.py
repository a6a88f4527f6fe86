"""What is wrong with the names of DICOM files, and what is done about it."""
from __future__ import annotations

from itertools import count
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scanhouse.records.findings import CHANGED, TAKEN, Entry, plan, survey, totals

MR = "1.2.840.10008.5.1.4.1.1.4"


def image(path: str, uid: str, name: str, *, object: str = "") -> Entry:
    return Entry(path, object or f"{path} of {uid}", MR, uid, name)


def other(path: str) -> Entry:
    return Entry(path, path)


def held(entries: list[Entry]) -> dict[str, tuple[int, str]]:
    """What the resource holds; later ones are newer."""
    return {entry.path: (age, entry.object) for age, entry in zip(count(1), entries, strict=False)}


def mended(*entries: Entry) -> Any:
    return plan(survey(entries), held(list(entries)))


def test_a_file_under_another_name_than_its_own_gets_its_own() -> None:
    found = survey([image("0.dcm", "1.1", "a.dcm"), image("b.dcm", "1.2", "b.dcm")])
    assert (found["mismatched"], totals(found)["mismatched"]) == ({"0.dcm": "a.dcm"}, 1)
    assert mended(image("0.dcm", "1.1", "a.dcm"), image("b.dcm", "1.2", "b.dcm")).moves == {"0.dcm": "a.dcm"}


def test_a_file_stays_in_its_folder() -> None:
    assert mended(image("in/0.dcm", "1.1", "a.dcm")).moves == {"in/0.dcm": "in/a.dcm"}


def test_of_two_files_of_one_instance_the_rightly_named_stays_however_old() -> None:
    result = mended(image("a.dcm", "1.1", "a.dcm"), image("0.dcm", "1.1", "a.dcm"))
    assert (result.removals, result.retained, result.moves) == (["0.dcm"], ["a.dcm"], {})


def test_of_two_wrongly_named_files_of_one_instance_the_newest_gets_the_name() -> None:
    result = mended(image("0.dcm", "1.1", "a.dcm"), image("1.dcm", "1.1", "a.dcm"))
    assert (result.removals, result.moves) == (["0.dcm"], {"1.dcm": "a.dcm"})


def test_files_of_one_instance_that_deserve_different_names_are_left_to_a_person() -> None:
    entries = [image("a.dcm", "1.1", "a.dcm"), image("b.dcm", "1.1", "b.dcm")]
    found = survey(entries)
    assert found["non_actionable"] == {MR: {"1.1": {"a.dcm": "a.dcm", "b.dcm": "b.dcm"}}}
    assert (totals(found)["non_actionable"], totals(found)["files_in_non_actionable"], totals(found)["duplicates"]) == (1, 2, 0)
    result = mended(*entries)
    assert not (result.moves or result.removals)


def test_what_is_no_dicom_is_told_and_left() -> None:
    found = survey([other("notes.txt")])
    assert (found["bad"], found["uids"], totals(found)["entries"]) == (["notes.txt"], {}, 1)
    assert not mended(other("notes.txt")).removals


def test_names_are_swapped() -> None:
    assert mended(image("a.dcm", "1.2", "b.dcm"), image("b.dcm", "1.1", "a.dcm")).moves == {"a.dcm": "b.dcm", "b.dcm": "a.dcm"}


def test_a_name_that_another_file_keeps_is_not_taken_from_it() -> None:
    result = mended(other("a.dcm"), image("0.dcm", "1.1", "a.dcm"))
    assert (result.moves, result.errors) == ({}, {"0.dcm": ("a.dcm", TAKEN)})


def test_who_cannot_move_is_in_the_way_of_others() -> None:
    result = mended(other("a.dcm"), image("b.dcm", "1.1", "a.dcm"), image("0.dcm", "1.2", "b.dcm"))
    assert (result.moves, sorted(result.errors)) == ({}, ["0.dcm", "b.dcm"])


def test_instances_to_which_the_template_gives_one_name_are_numbered_and_then_right() -> None:
    result = mended(image("0.dcm", "1.1", "a.dcm"), image("1.dcm", "1.2", "a.dcm"), image("2.dcm", "1.3", "a.dcm"))
    assert result.moves == {"0.dcm": "a.dcm", "1.dcm": "a.dcm_1", "2.dcm": "a.dcm_2"}
    assert survey([image("a.dcm", "1.1", "a.dcm"), image("a.dcm_1", "1.2", "a.dcm")])["mismatched"] == {}


def test_a_file_that_changed_since_the_survey_is_left_alone() -> None:
    found = survey([image("0.dcm", "1.1", "a.dcm"), image("1.dcm", "1.2", "b.dcm"), image("2.dcm", "1.2", "b.dcm")])
    result = plan(found, {"0.dcm": (1, "other"), "1.dcm": (2, "1.dcm of 1.2")})
    assert not (result.moves or result.removals)
    assert result.errors == {"0.dcm": ("a.dcm", CHANGED), "2.dcm": ("b.dcm", CHANGED)}


names = st.sampled_from(["a", "b", "c", "d", "e"])


@given(st.dictionaries(names, st.tuples(st.sampled_from(["1", "2", "3", "4"]), names, st.booleans()), max_size=5))
def test_no_instance_is_lost_and_no_two_files_get_one_name(files: dict[str, tuple[str, str, bool]]) -> None:
    entries = [image(path, uid, name) if dicom else other(path) for path, (uid, name, dicom) in files.items()]
    result = mended(*entries)
    after = [result.moves.get(path, path) for path in files if path not in result.removals]
    assert len(after) == len(set(after))
    left = [entry for entry in entries if entry.path not in result.removals]
    assert {entry.sop_instance_uid for entry in left} == {entry.sop_instance_uid for entry in entries}
    assert all(entry in left for entry in entries if not entry.is_dicom)
