"""What holds for every object: what the profile lists is never left, relations between UIDs survive, twice is as once."""
from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import Dataset, Sequence
from pydicom.dataelem import DataElement
from pydicom.tag import BaseTag
from tests.deid.strategies import files

from scanhouse.deid.context import Context
from scanhouse.deid.elements import everything
from scanhouse.deid.engine import run
from scanhouse.deid.languages import parse
from scanhouse.deid.part10 import read, written
from scanhouse.deid.profiles.options import OPTIONS
from scanhouse.deid.profiles.table import rows
from scanhouse.deid.values import element, known_vr, vr_of

KEYED = Context(key=b"a key of thirty-two bytes or so..", project="P")
LISTED = {int(row.target, 16): row for row in rows() if "X" not in row.target and row.target != "PRIVATE"}
PLAIN = sorted(tag for tag in LISTED if tag >> 16 >= 8 and known_vr(tag, None) not in ("SQ", "UN", "OB"))
CANARY = {"DA": "19510203", "DT": "19510203101112", "TM": "101112.345", "UI": "1.2.826.0.1.777", "AS": "051Y", "DS": "51.203", "IS": "51203",
          "AE": "CANARY", "CS": "CANARY"}
NUMBER = "513"
ONES = [name for name in OPTIONS if name not in ("clean-recognizable-visual-features", "clean-pixel-data")]
quick = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def planted(tag: int) -> str:
    vr = known_vr(tag, None)
    return CANARY.get(vr, NUMBER if vr in ("US", "SS", "UL", "SL", "FL", "FD") else "Canary^Bird")


@st.composite
def listed(draw: st.DrawFn) -> Dataset:
    """An object, with attributes of the table planted at the root and in items of a sequence that stays."""
    dataset = draw(files())
    dataset.SOPClassUID = draw(st.sampled_from(["1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.88.33", "1.2.3.4"]))
    inner = Dataset()
    for holder in (dataset, inner):
        for tag in draw(st.lists(st.sampled_from(PLAIN), unique=True, max_size=25)):
            holder._dict[BaseTag(tag)] = element(tag, known_vr(tag, None), planted(tag))
    dataset._dict[BaseTag(0x00081115)] = DataElement(0x00081115, "SQ", Sequence([inner]))
    return read(written(dataset))


@quick
@given(listed())
def test_what_the_table_lists_is_never_left(dataset):
    after = run(parse("profile basic\npixels pass"), dataset, KEYED).dataset
    for place in everything(after):
        if place.tag in LISTED and place.text and vr_of(place.entry, place.holder) != "SQ":
            assert place.text != planted(place.tag), (place.tag, LISTED[place.tag].action)
        assert not place.tag.group & 1


@quick
@given(listed(), st.lists(st.sampled_from(ONES), unique=True))
def test_a_second_run_changes_nothing_more(dataset, options):
    chosen = [name for name in options if name != "retain-full-dates" or "retain-modified-dates" not in options]
    program = parse("profile basic\npixels pass\n" + "".join(f"option {name}\n" for name in chosen))
    once = written(run(program, dataset, KEYED).dataset)
    assert written(run(program, read(once), KEYED).dataset) == once


@quick
@given(listed())
def test_equal_uids_stay_equal_and_others_stay_apart(dataset):
    outcome = run(parse("profile basic\npixels pass\noption retain-safe-private"), dataset, KEYED)
    renamed: dict[str, str] = {}
    for change in outcome.changes:
        if change.vr == "UI" and change.before and change.after and LISTED.get(change.tag) and LISTED[change.tag].action == "U":
            for old, new in zip(change.before.split("\\"), change.after.split("\\"), strict=True):
                assert renamed.setdefault(old, new) == new
    assert len(set(renamed.values())) == len(renamed)


@quick
@given(listed())
def test_with_options_only_what_they_speak_of_stays(dataset):
    after = run(parse("profile basic\npixels pass\noption retain-device-identity"), dataset, KEYED).dataset
    for place in everything(after):
        row = LISTED.get(place.tag)
        if row is not None and "D" not in row.letters and place.text and vr_of(place.entry, place.holder) != "SQ":
            assert place.text != planted(place.tag)


@pytest.mark.parametrize("name", ONES)
def test_every_option_runs_alone(name):
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID, dataset.PatientID = "1.2.840.10008.5.1.4.1.1.4", "1.2.3", "X"
    assert run(parse(f"profile basic\noption {name}"), dataset, KEYED).dataset.PatientIdentityRemoved == "YES"
