"""The runner of conformance vectors, on its own and over all that there are."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanhouse.deid.vectors import check, run_vector
from scanhouse.errors import Invalid, NotFound

VECTOR = {
    "id": "de6/x", "language": "dicomedit6", "script": 'version "6.7"\n(0010,0010) := "A"\n', "outcome": "ok", "closed": True,
    "input": [{"tag": "(0010,0010)", "vr": "PN", "value": "B"}, {"tag": "(0008,1110)[0]/(0008,1155)", "vr": "UI", "value": "1.2"}],
    "expected": [{"tag": "(0010,0010)", "value": "A", "vr": "PN"}],
}


def test_a_vector_that_holds_has_no_reasons():
    assert run_vector(VECTOR) == []


@pytest.mark.parametrize(("changed", "reason"), [
    ({"expected": [{"tag": "(0010,0010)", "value": "C"}]}, "found PN 'A'"),
    ({"expected": []}, "(0010,0010) was changed without a claim"),
    ({"outcome": "error", "expected": []}, "outcome is ok"),
    ({"script": "nonsense"}, "outcome is script_error"),
    ({"script": 'version "6.7"\n-(0008,1110)\n(0010,0010) := "A"'}, "(0008,1110) was removed without a claim"),
])
def test_a_vector_that_does_not_hold_says_why(changed, reason):
    assert reason in "; ".join(run_vector({**VECTOR, **changed}))


def test_an_alternative_list_of_claims_may_hold_instead():
    assert run_vector({**VECTOR, "expected": [{"tag": "(0010,0010)", "value": "C"}], "also_accept": [VECTOR["expected"]]}) == []


@pytest.mark.parametrize("claim", [
    {"tag": "(0010,0010)", "present": True}, {"tag": "(0010,0010)", "starts_with": "A"}, {"tag": "(0010,0010)", "matches": "[A-Z]"},
    {"tag": "(0010,0010)", "not_value": "B"}, {"tag": "(0010,0020)", "absent": True}, {"tag": "(0008,1110)", "items": 1},
    {"tag": "(0010,0010)", "same_as": "(0010,0010)"}, {"pattern": "(0019,XXXX)", "absent": True, "scope": "any"},
])
def test_each_kind_of_claim_can_hold_and_fail(claim):
    told = [{"tag": "(0010,0010)", "present": True}]
    assert run_vector({**VECTOR, "expected": [claim, *told]}) == []
    wrong = {"present": {"tag": "(0010,0099)"}, "starts_with": {"starts_with": "B"}, "matches": {"matches": "[a-z]"},
             "not_value": {"not_value": "A"}, "absent": {"tag": "(0010,0010)"}, "items": {"items": 2}, "same_as": {"same_as": "(0010,0020)"}}
    key = next(key for key in wrong if key in claim)
    bad = {**claim, "pattern": "(0010,XXXX)"} if "pattern" in claim else {**claim, **wrong[key]}
    assert run_vector({**VECTOR, "expected": [bad, *told]}) != []


def test_a_folder_is_counted_by_language(tmp_path: Path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.json").write_text(json.dumps(VECTOR))
    (tmp_path / "deep" / "b.json").write_text(json.dumps({**VECTOR, "id": "de6/y", "outcome": "rejected"}))
    report = check(tmp_path)
    assert not report.ok
    assert report.text().splitlines() == ["dicomedit6: 1/2", "failed de6/y: outcome is ok, expected rejected"]


def test_a_folder_without_vectors_and_a_file_that_is_none_are_refused(tmp_path: Path):
    with pytest.raises(NotFound):
        check(tmp_path)
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(Invalid, match="lacks expected"):
        check(tmp_path)
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(Invalid, match="not JSON"):
        check(tmp_path)


@pytest.mark.shared
@pytest.mark.parametrize("language", ["dicomedit6", "dicomedit4"])
def test_all_shared_vectors_hold(shared: Path, language: str):
    report = check(shared / "deid-vectors" / language)
    assert report.ok, report.text()
