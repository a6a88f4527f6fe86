"""Names on the way in: by the site's template, by the upload, or by both; and what gives way is named, with the reason (7.4)."""
from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanhouse.dicom.sop_classes import is_primary
from scanhouse.ingest.file_names import NEWER, SAME_NAME, SESSION, Naming, choose, told
from scanhouse.ingest.models import Received

MR, RT_STRUCT = "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.481.3"
BY_UID = "${SOPInstanceUID}"
TOO_SHORT = "${SeriesInstanceUID}"
keys = count(1)


def row(n: int, *, name: str = "", source: str = "dicom", sop_class: str = MR, content: str = "") -> Received:
    return Received(key=next(keys), series_uid="9.1", sop_instance_uid=f"1.{n}", sop_class_uid=sop_class, name=name, source=source,
                    object=content or f"object-{n}-{sop_class}")  # fmt: skip


def names(rows: list[Received], **naming: object) -> list[str | None]:
    """The name of each row in turn, None for what gave way; with its resource where that is not the usual one."""
    files, aside = choose(rows, Naming(**{"template": BY_UID, **naming}))  # type: ignore[arg-type]
    assert files.keys() | aside.keys() == {one.key for one in rows}
    assert not files.keys() & aside.keys()
    found = [files.get(one.key) for one in rows]
    return [one and (one.path if one.resource == "DICOM" else f"{one.resource}/{one.path}") for one in found]


def test_objects_have_the_name_of_the_template_or_that_of_the_upload() -> None:
    assert names([row(1), row(2, name="a/b/x.dcm", source="upload"), row(3, name="a\\y.dcm", source="upload")]) == ["1.1.dcm", "x.dcm", "y.dcm"]


def test_what_is_no_image_goes_to_a_resource_of_its_own_where_the_site_wants_that() -> None:
    assert not is_primary(RT_STRUCT)
    assert names([row(1, sop_class=RT_STRUCT)]) == ["secondary/1.1.dcm"]
    assert names([row(1, sop_class=RT_STRUCT)], split_secondary=False) == ["1.1.dcm"]


def test_of_one_instance_the_newest_counts_whatever_its_name() -> None:
    rows = [row(1), row(2), row(1, name="x.dcm", content="other")]
    assert names(rows) == [None, "1.2.dcm", "x.dcm"]
    assert choose(rows, Naming())[1] == {rows[0].key: NEWER}


def test_where_the_name_decides_an_instance_stands_under_each_of_its_names() -> None:
    rows = [row(1), row(1, name="x.dcm", content="b"), row(1, content="c")]
    assert names(rows, by_name=True) == [None, "x.dcm", "1.1.dcm"]
    assert choose(rows, Naming(BY_UID, by_name=True))[1] == {rows[0].key: NEWER}


def test_one_uid_in_two_sop_classes_is_two_instances() -> None:
    assert names([row(1), row(1, sop_class=RT_STRUCT)]) == ["1.1.dcm", "secondary/1.1.dcm"]
    assert names([row(1), row(1, sop_class=RT_STRUCT)], split_secondary=False, template="${SOPClassUID}") == [f"{MR}.dcm", f"{RT_STRUCT}.dcm"]


@pytest.mark.parametrize("by_name", [False, True])
def test_a_template_that_is_not_unique_keeps_the_newest_and_says_so(by_name: bool) -> None:
    rows = [row(1), row(2), row(3)]
    assert names(rows, template=TOO_SHORT, by_name=by_name) == [None, None, "9.1.dcm"]
    aside = choose(rows, Naming(TOO_SHORT, by_name=by_name))[1]
    assert set(aside.values()) == {SAME_NAME}
    assert "2 are kept aside" in told(aside.values())


def test_the_second_file_of_a_name_is_named_by_the_template() -> None:
    rows = [row(2, name="1/x.dcm", source="upload"), row(1, name="2/x.dcm", source="upload")]
    assert names(rows) == ["x.dcm", "1.1.dcm"]


def test_the_session_importer_numbers_a_name_that_is_repeated() -> None:
    rows = [row(n, name=f"{n}/x.dcm", source=SESSION) for n in range(3)]
    assert names(rows) == ["x.dcm", "x.dcm_1", "x.dcm_2"]


def test_an_uploaded_file_never_gives_way_to_another_instance() -> None:
    rows = [row(n, name="x.dcm", source="upload") for n in range(3)]
    assert names(rows, template=TOO_SHORT) == ["x.dcm", "9.1.dcm", "9.1.dcm_1"]
    assert names([row(1, name="9.1.dcm", source="upload"), row(2), row(3)], template=TOO_SHORT) == ["9.1.dcm", "9.1.dcm_1", "9.1.dcm_2"]
    assert names([row(1), row(2, name="9.1.dcm", source="upload")], template=TOO_SHORT) == ["9.1.dcm", "9.1.dcm_1"]


received = st.builds(
    row, st.integers(0, 4), name=st.sampled_from(["", "x.dcm", "9.1.dcm", "9.1.dcm_1"]), source=st.sampled_from(["dicom", "upload", SESSION]),
    sop_class=st.sampled_from([MR, RT_STRUCT]), content=st.sampled_from("abc"),
)  # fmt: skip


@given(st.lists(received), st.builds(Naming, st.sampled_from([BY_UID, TOO_SHORT]), st.booleans(), st.booleans()))
def test_each_object_has_a_place_of_its_own_or_a_reason(rows: list[Received], naming: Naming) -> None:
    files, aside = choose(rows, naming)
    assert files.keys() | aside.keys() == {one.key for one in rows}
    assert not files.keys() & aside.keys()
    places = [(one.resource, one.path) for one in files.values()]
    assert len(places) == len(set(places))
    by_key = {one.key: one for one in rows}
    assert all(not by_key[key].name for key, why in aside.items() if why == SAME_NAME), "only names by the template give way to another instance"
