"""Every rule by which incoming scans meet a session in the archive (xnat-data-api 4.2, 4.5, 7.4), and the law over all of them."""
from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanhouse.ingest.merge import New, NewFile, NewScan, Old, OldScan, Overwrite, Plan, Stored, Wish, plan

APPEND, DELETE = Wish(Overwrite.APPEND), Wish(Overwrite.DELETE)
AUTOMATIC = Wish(Overwrite.APPEND, same_is_fine=True)
MR, PET = "xnat:mrSessionData", "xnat:petSessionData"
MR_CLASS = "1.2.840.10008.5.1.4.1.1.4"


def file(n: int, *, path: str = "", resource: str = "DICOM", content: str = "") -> NewFile:
    return NewFile(n, resource, path or f"{n}.dcm", f"1.2.{n}", MR_CLASS, content or f"object-{n}")


def stored(n: int, *, path: str = "", resource: str = "DICOM", content: str = "") -> Stored:
    return Stored(1000 + n, resource, path or f"{n}.dcm", f"1.2.{n}", MR_CLASS, content or f"object-{n}")


def scan(*files: NewFile, id: str = "1", uid: str = "9.1", modality: str = "MR") -> NewScan:
    return NewScan(id, uid, modality, files)


def new(*scans: NewScan, element: str = MR, subject: str = "S1", study: str = "8.1") -> New:
    return New(element, subject, study, scans)


def old(*scans: OldScan, element: str = MR, subject: str = "S1", study: str = "8.1") -> Old:
    return Old("E1", element, subject, study, scans)


HALF = OldScan(7, "1", "9.1", tuple(stored(n) for n in range(8)))


def added(result: Plan) -> list[int]:
    assert not result.conflicts
    return [one.received for one in result.add]


def test_a_session_that_is_not_there_is_taken_as_it_is() -> None:
    result = plan(new(scan(file(1), file(2)), scan(file(3), id="2", uid="9.2")), None, Wish())
    assert added(result) == [1, 2, 3]
    assert [(key, identifier) for _, key, identifier in result.scans] == [(None, "1"), (None, "2")]


@pytest.mark.parametrize(
    ("wish", "incoming", "conflict", "add", "replaced"),
    [
        pytest.param(replace(APPEND, may_merge=False), range(8, 16), "Session already exists, retry with overwrite enabled", [], [], id="none"),
        pytest.param(APPEND, range(8, 16), None, list(range(8, 16)), [], id="append, disjoint halves"),
        pytest.param(APPEND, range(4, 16), "4 files are there already", [], [], id="append, overlapping halves"),
        pytest.param(replace(APPEND, overwrite_files=True), range(4, 16), None, list(range(4, 16)), [1004, 1005, 1006, 1007],
                     id="append with overwrite_files"),
        pytest.param(DELETE, range(4, 16), None, list(range(4, 16)), [1004, 1005, 1006, 1007], id="delete, overlapping halves"),
        pytest.param(DELETE, range(8), None, list(range(8)), [1000 + n for n in range(8)], id="delete, all of it again"),
        pytest.param(AUTOMATIC, range(4, 16), None, list(range(8, 16)), [], id="automatic, the same again changes nothing"),
    ],
)
def test_what_may_join_a_series_that_is_there(wish: Wish, incoming: range, conflict: str | None, add: list[int], replaced: list[int]) -> None:
    result = plan(new(scan(*(file(n) for n in incoming))), old(HALF), wish)
    if conflict:
        assert conflict in " ".join(result.conflicts)
    else:
        assert added(result) == add
        assert sorted(result.replace) == replaced


def test_other_content_under_a_uid_that_is_there_is_a_conflict_also_for_what_archives_itself() -> None:
    result = plan(new(scan(file(1, content="other"))), old(HALF), AUTOMATIC)
    assert result.conflicts == ["Scan 1: 1 files are there already under the same SOP Instance UID. Archive with overwrite to replace them."]


def test_a_new_copy_replaces_the_old_one_whatever_its_name() -> None:
    result = plan(new(scan(file(1, path="renamed.dcm", content="other"))), old(HALF), DELETE)
    assert result.replace == [1001]
    assert [one.path for one in result.add] == ["renamed.dcm"]


@pytest.mark.parametrize("wish", [APPEND, DELETE, AUTOMATIC])
@pytest.mark.parametrize("by_name", [False, True])
def test_a_name_that_another_instance_has_is_a_conflict_however_it_is_archived(wish: Wish, by_name: bool) -> None:
    result = plan(replace(new(scan(file(50, path="1.dcm"), file(51))), by_name=by_name), old(HALF), wish)
    assert len(result.conflicts) == 1
    assert "Scan 1: 1 files have the name of another file there, which is never overwritten." in result.conflicts[0]
    assert not result.replace


def test_a_name_that_a_file_without_an_instance_has_is_a_conflict_too() -> None:
    notes = Stored(1, "DICOM", "x.dcm", "", "", "object-notes")
    assert "never overwritten" in " ".join(plan(new(scan(file(50, path="x.dcm"))), old(OldScan(7, "1", "9.1", (notes,))), DELETE).conflicts)


def test_files_that_replace_each_other_may_change_names() -> None:
    result = plan(new(scan(file(1, path="2.dcm"), file(2, path="1.dcm"))), old(HALF), DELETE)
    assert added(result) == [1, 2]
    assert sorted(result.replace) == [1001, 1002]


def test_the_same_object_under_another_name_brings_its_name_where_it_replaces() -> None:
    again = new(scan(file(1, path="renamed.dcm"), file(2)))
    taken = plan(again, old(HALF), replace(DELETE, same_is_fine=True))
    assert ([one.path for one in taken.add], taken.replace, taken.same) == (["renamed.dcm"], [1001], [2])
    assert plan(again, old(HALF), AUTOMATIC).same == [1, 2]


def test_where_the_name_decides_the_same_object_under_another_name_stands_beside_the_first() -> None:
    for wish in (APPEND, DELETE, AUTOMATIC):
        result = plan(replace(new(scan(file(1, path="renamed.dcm", content="other"))), by_name=True), old(HALF), wish)
        assert added(result) == [1]
        assert not result.replace


@pytest.mark.parametrize(("wish", "conflict", "replaced"), [(APPEND, True, []), (DELETE, False, [1001]), (AUTOMATIC, True, [])])
def test_where_the_name_decides_the_same_name_is_replaced_only_when_overwriting(wish: Wish, conflict: bool, replaced: list[int]) -> None:
    result = plan(replace(new(scan(file(1, content="other"))), by_name=True), old(HALF), wish)
    assert ("under the same name" in " ".join(result.conflicts)) is conflict
    assert result.replace == replaced


OTHER_CLASS = "1.2.840.99"
OVERWRITING = replace(DELETE, two_classes=True)


def of_other_class(n: int, *, resource: str = "DICOM") -> NewFile:
    return replace(file(n, resource=resource), received=100 + n, path=f"other-{n}.dcm", sop_class_uid=OTHER_CLASS, object=f"other-{n}")


@pytest.mark.parametrize("there", [None, old(OldScan(7, "1", "9.1", (stored(1),)))], ids=["in one delivery", "one after the other"])
def test_one_uid_in_two_sop_classes_of_a_resource_stands_twice_only_when_overwriting(there: Old | None) -> None:
    coming = new(scan(*([file(1)] if there is None else []), of_other_class(1)))
    for wish in (APPEND, AUTOMATIC, DELETE):
        assert "of another SOP class" in " ".join(plan(coming, there, wish).conflicts)
    result = plan(coming, there, OVERWRITING)
    assert 101 in added(result)
    assert not result.replace


def test_one_uid_in_two_sop_classes_that_stands_already_is_replaced_class_by_class() -> None:
    other = replace(stored(1), file=2001, path="other-1.dcm", sop_class_uid=OTHER_CLASS)
    result = plan(new(scan(file(1), of_other_class(1))), old(OldScan(7, "1", "9.1", (stored(1), other))), DELETE)
    assert added(result) == [1, 101]
    assert sorted(result.replace) == [1001, 2001]


@pytest.mark.parametrize("wish", [APPEND, DELETE, AUTOMATIC])
def test_one_uid_in_two_sop_classes_is_fine_in_two_resources(wish: Wish) -> None:
    assert added(plan(new(scan(file(1), of_other_class(1, resource="secondary"))), None, wish)) == [1, 101]
    assert added(plan(new(scan(of_other_class(1, resource="secondary"))), old(HALF), wish)) == [101]


def test_the_same_name_in_another_resource_is_free() -> None:
    result = plan(new(scan(file(50, path="1.dcm", resource="secondary"))), old(HALF), APPEND)
    assert [one.path for one in result.add] == ["1.dcm"]


def test_another_series_with_a_number_that_is_taken_becomes_a_scan_of_its_own() -> None:
    result = plan(new(scan(file(50), uid="9.2")), old(HALF), APPEND)
    assert [(key, identifier) for _, key, identifier in result.scans] == [(None, "1-MR1")]
    assert added(result) == [50]


def test_the_rest_of_such_a_series_joins_that_scan() -> None:
    there = OldScan(8, "1-MR1", "9.2", (stored(40),))
    result = plan(new(scan(file(50), uid="9.2")), old(HALF, there), APPEND)
    assert [(key, identifier) for _, key, identifier in result.scans] == [(8, "1-MR1")]
    assert added(result) == [50]


@pytest.mark.parametrize(("wish", "conflicts"), [(APPEND, True), (AUTOMATIC, True), (DELETE, False)])
def test_a_series_that_comes_under_another_number_is_a_conflict_unless_it_overwrites(wish: Wish, conflicts: bool) -> None:
    result = plan(new(scan(file(50), id="5")), old(HALF), wish)
    assert ("comes with the number 5" in " ".join(result.conflicts)) is conflicts
    assert [(key, identifier) for _, key, identifier in result.scans] == [(7, "1")]


@pytest.mark.parametrize("wish", [APPEND, DELETE, AUTOMATIC])
def test_a_session_of_another_subject_is_a_conflict(wish: Wish) -> None:
    result = plan(new(scan(file(50)), subject="S2"), old(HALF), wish)
    assert "Invalid modification of session subject via archive process." in result.conflicts


@pytest.mark.parametrize(("wish", "conflicts"), [(APPEND, True), (AUTOMATIC, True), (DELETE, False)])
def test_another_study_under_the_label_is_a_conflict_unless_it_overwrites(wish: Wish, conflicts: bool) -> None:
    result = plan(new(scan(file(50), uid="9.2"), study="8.2"), old(HALF), wish)
    assert ("Invalid modification of session UID via archive process." in result.conflicts) is conflicts


@pytest.mark.parametrize(
    ("wish", "conflicts"),
    [
        (APPEND, True), (replace(APPEND, across_modalities=True), True), (DELETE, True), (replace(DELETE, across_modalities=True), False),
    ],
)  # fmt: skip
def test_mr_joins_a_pet_session_only_when_it_overwrites_and_the_site_lets_it(wish: Wish, conflicts: bool) -> None:
    result = plan(new(scan(file(50), uid="9.2")), old(HALF, element=PET), wish)
    assert ("Invalid modification of session modality via archive process." in result.conflicts) is conflicts


numbers = st.integers(0, 7)
contents = st.sampled_from(["a", "b"])
paths = st.sampled_from(["x.dcm", "y.dcm", "z.dcm", "w.dcm"])
classes = st.sampled_from([MR_CLASS, OTHER_CLASS])
resources = st.sampled_from(["DICOM", "secondary"])
uids = st.sampled_from(["9.1", "9.2", "9.3"])
identifiers = st.sampled_from(["1", "2", "1-MR1"])


@st.composite
def incoming(draw: st.DrawFn) -> New:
    found, number = [], 0
    for uid in draw(st.lists(uids, unique=True, min_size=1)):
        files = []
        places = draw(st.lists(st.tuples(resources, paths), unique=True))
        for (n, sop_class), (resource, path) in zip(draw(st.lists(st.tuples(numbers, classes), unique=True)), places, strict=False):
            number += 1
            one = file(n, path=path, resource=resource, content=draw(contents))
            files.append(replace(one, received=number, sop_class_uid=sop_class))
        found.append(scan(*files, id=f"{draw(identifiers)}", uid=uid))
    return replace(new(*found, element=draw(st.sampled_from([MR, PET]))), by_name=draw(st.booleans()))


@st.composite
def archived(draw: st.DrawFn) -> Old:
    found, key = [], 0
    names = draw(st.lists(identifiers, unique=True))
    for identifier, uid in zip(names, draw(st.permutations(["9.1", "9.2", "9.3"])), strict=False):
        places = draw(st.lists(st.tuples(resources, paths), unique=True, max_size=4))
        files = []
        for (resource, path), n in zip(places, draw(st.permutations(range(8))), strict=False):
            key += 1
            one = stored(n, path=path, resource=resource, content=draw(contents))
            files.append(replace(one, file=key, sop_class_uid=draw(classes)))
        found.append(OldScan(len(found), identifier, uid, tuple(files)))
    return old(*found)


wishes = st.builds(Wish, st.sampled_from(Overwrite), st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.booleans())


@given(incoming(), st.none() | archived(), wishes)
def test_nothing_is_lost_and_nothing_is_overwritten_that_was_not_asked_for(coming: New, there: Old | None, wish: Wish) -> None:
    result = plan(coming, there, wish)
    files = {one.received: one for one_scan in coming.scans for one in one_scan.files}
    decided = [one.received for one in result.add] + result.same
    assert len(decided) == len(set(decided))
    assert set(decided) <= files.keys()
    assert result.conflicts or set(decided) == files.keys(), "each file is added, the same, or a conflict"

    before = {one.file: (one_scan.uid, one) for one_scan in (there.scans if there else ()) for one in one_scan.files}
    scan_of = {one.received: one_scan for one_scan in coming.scans for one in one_scan.files}
    assert len(result.replace) == len(set(result.replace))
    if not wish.replaces:
        assert not result.replace
    if not result.conflicts:
        arriving = {(scan_of[one.received].uid, one.sop_instance_uid) for one in result.add}
        assert all((before[key][0], before[key][1].sop_instance_uid) in arriving for key in result.replace), "an instance gives way to itself only"

    kept = [(uid, one.resource, one.path) for key, (uid, one) in before.items() if key not in result.replace]
    after = kept + [(scan_of[one.received].uid, one.resource, one.path) for one in result.add]
    assert len(after) == len(set(after)), "no two files of a scan have one name"
    ids = [one_scan.id for one_scan in (there.scans if there else ())] + [identifier for _, key, identifier in result.scans if key is None]
    assert len(ids) == len(set(ids)), "no two scans have one ID"
