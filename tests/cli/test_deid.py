"""`scanhouse deid` over files and folders."""
from __future__ import annotations

import json
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file
from typer.testing import CliRunner, Result

from scanhouse.cli.deid import app
from scanhouse.errors import Invalid, NotFound

CT, MR, RLE = (Path(str(get_testdata_file(name))) for name in ("CT_small.dcm", "MR_small.dcm", "MR_small_RLE.dcm"))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with two objects and a file that is none, a script and a key."""
    (tmp_path / "in" / "Doe^John").mkdir(parents=True)
    (tmp_path / "in" / "Doe^John" / "one.dcm").write_bytes(CT.read_bytes())
    (tmp_path / "in" / "two").write_bytes(MR.read_bytes())
    (tmp_path / "in" / "README.txt").write_text("nothing to see")
    (tmp_path / "script").write_text("profile basic\n")
    (tmp_path / "key").write_text("0123456789abcdef0123456789abcdef\n")
    return tmp_path


def deid(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def outputs(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


@pytest.mark.parametrize("processes", [1, 2])
def test_a_folder_goes_out_under_names_that_say_nothing(place: Path, processes: int) -> None:
    answer = deid("run", place / "script", place / "in", place / "out", "--key-file", place / "key", "--processes", processes)
    assert answer.exit_code == 0 and "2 written, 1 no DICOM" in answer.output
    assert len(outputs(place / "out")) == 2
    for file in outputs(place / "out"):
        ds = pydicom.dcmread(file)
        assert file.relative_to(place / "out").parts == (ds.StudyInstanceUID, ds.SeriesInstanceUID, f"{ds.SOPInstanceUID}.dcm")
        assert ds.PatientIdentityRemoved == "YES"


def test_runs_with_one_key_agree_and_may_be_repeated(place: Path) -> None:
    for _ in range(2):
        assert deid("run", place / "script", place / "in", place / "out", "--key-file", place / "key").exit_code == 0
    deid("run", place / "script", place / "in", place / "other")
    assert len(outputs(place / "out")) == 2
    assert {file.name for file in outputs(place / "out")}.isdisjoint(file.name for file in outputs(place / "other"))


def test_names_may_be_kept_and_one_file_is_one_file(place: Path) -> None:
    deid("run", place / "script", place / "in", place / "out", "--keep-names")
    assert [str(file.relative_to(place / "out")) for file in outputs(place / "out")] == ["Doe^John/one.dcm", "two"]
    assert deid("run", place / "script", place / "in" / "two", place / "new.dcm").exit_code == 0
    assert pydicom.dcmread(place / "new.dcm").Modality == "MR"


def test_what_is_not_written_is_told_and_the_command_ends_with_1(place: Path) -> None:
    (place / "script").write_text('version "6.7"\n(0008,0060) = "CT" ? reject["no CT here"]\n')
    (place / "in" / "cut.dcm").write_bytes(CT.read_bytes()[:3000])
    answer = deid("run", place / "script", place / "in", place / "out", "--report", place / "report", "--processes", 1)
    assert answer.exit_code == 1 and "rejected" in answer.output
    report = [json.loads(line) for line in (place / "report").read_text().splitlines()]
    assert {done["source"]: done["status"] for done in report}["Doe^John/one.dcm"] == "rejected"
    assert not [file for file in outputs(place / "out") if file.name.endswith(".part")]
    assert [pydicom.dcmread(file).Modality for file in outputs(place / "out")].count("MR") == 1


def test_an_object_that_exists_is_not_overwritten_unless_asked(place: Path) -> None:
    (place / "new.dcm").write_bytes(b"precious")
    assert deid("run", place / "script", place / "in" / "two", place / "new.dcm").exit_code == 1
    assert (place / "new.dcm").read_bytes() == b"precious"
    assert deid("run", place / "script", place / "in" / "two", place / "new.dcm", "--overwrite").exit_code == 0


@pytest.mark.parametrize(("arguments", "kind"), [
    (("run", "script", "nowhere", "out"), NotFound),
    (("run", "missing", "in", "out"), NotFound),
    (("run", "script", "in", "in/out"), Invalid),
    (("run", "script", "in", "out", "--variable", "novalue"), Invalid),
    (("run", "script", "in", "out", "--key-file", "missing"), NotFound),
    (("run", "script", "in", "out", "--key-file", "short"), Invalid),
    (("explain", "bad"), Invalid),
])
def test_a_wrong_command_ends_with_an_error_of_ours(place: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...],
                                                    kind: type[Exception]) -> None:
    monkeypatch.chdir(place)
    (place / "short").write_text("abc")
    (place / "bad").write_text("profile nobody\n")
    answer = deid(*arguments)
    assert isinstance(answer.exception, kind) and str(answer.exception)


def test_explain_uses_the_standards_names(place: Path) -> None:
    answer = deid("explain", place / "script")
    assert "(0010,0010): emptied (Patient's Name" in answer.output
    (place / "script").write_text('version "6.7"\n(0010,0010) := "X"\n-*/(0008,1030)\n(0008,0060) = "MR" ? (0010,0020) := subject\n')
    answer = deid("explain", place / "script")
    assert "Sets Patient's Name (0010,0010) to the text 'X'." in answer.output
    assert "Removes Study Description (0008,1030), at any depth." in answer.output
    assert "If Modality (0008,0060) is the text 'MR':" in answer.output


def test_diff_shows_before_and_after_and_writes_nothing(place: Path) -> None:
    answer = deid("diff", place / "script", place / "in" / "two")
    assert answer.exit_code == 0 and "changed  (0008,0018) SOPInstanceUID" in answer.output
    hidden = deid("diff", place / "script", place / "in" / "two", "--no-values").output
    assert str(pydicom.dcmread(MR).PatientName) in answer.output and str(pydicom.dcmread(MR).PatientName) not in hidden
    assert json.loads(deid("diff", place / "script", place / "in" / "two", "--json").output.split(": ", 1)[1])["status"] == "ok"


def test_coverage_lists_what_stays_and_may_identify_first(place: Path) -> None:
    (place / "script").write_text('version "6.7"\n(0010,0010) := "X"\n')
    ds = pydicom.dcmread(MR)
    ds.PatientName, ds.ImageComments = "Kowalczyk^Jan", "Kowalczyk moved"
    ds.save_as(place / "in" / "two")
    answer = deid("coverage", place / "script", place / "in", "--most", 12)
    assert "Objects: 2 ok" in answer.output
    risks = answer.output.split("may identify:\n")[1].splitlines()
    assert len(risks) == 12 and any("ImageComments" in line and "a word of a name" in line for line in risks)
    assert "Kowalczyk" not in answer.output


def test_check_ends_with_0_only_when_all_vectors_hold(place: Path) -> None:
    vector = {"id": "v", "language": "dicomedit6", "script": 'version "6.1"\n(0010,0010) := "X"\n', "outcome": "ok",
              "input": [{"tag": "(0010,0010)", "vr": "PN", "value": "A"}], "expected": [{"tag": "(0010,0010)", "value": "X"}]}
    (place / "vectors").mkdir()
    (place / "vectors" / "v.json").write_text(json.dumps(vector))
    assert (deid("check", place / "vectors").exit_code, "dicomedit6: 1/1" in deid("check", place / "vectors").output) == (0, True)
    (place / "vectors" / "v.json").write_text(json.dumps(vector | {"expected": [{"tag": "(0010,0010)", "value": "Y"}]}))
    answer = deid("check", place / "vectors")
    assert answer.exit_code == 1 and "dicomedit6: 0/1" in answer.output
