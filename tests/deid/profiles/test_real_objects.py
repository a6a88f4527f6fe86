"""Profiles on real objects and on planted identifiers: nothing planted is found again, and what comes out is as valid as what went in."""
from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pydicom
import pytest

from scanhouse.deid.context import Context
from scanhouse.deid.engine import run
from scanhouse.deid.errors import RunError
from scanhouse.deid.languages import parse
from scanhouse.deid.part10 import read, written

pytestmark = pytest.mark.shared
KEYED = Context(key=b"a key of thirty-two bytes or so..")
OTHERS = {".md", ".json", ".gz", ".py", ".txt", ".nii", ".zip", ".tsv", ".bval", ".bvec"}
EVERYTHING = "profile basic\npixels pass\n" + "".join(f"option {name}\n" for name in (
    "clean-descriptors", "clean-structured-content", "clean-graphics", "retain-modified-dates", "retain-patient-characteristics",
    "retain-device-identity", "retain-institution-identity", "retain-safe-private"))
PROFILES = {"default": "profile basic\n", "pixels looked at": "profile basic\npixels pass\n", "all options": EVERYTHING,
            "original UIDs and dates": "profile basic\npixels pass\noption retain-uids\noption retain-full-dates\n"}


def de_identified(program, data: bytes) -> bytes | None:
    """The new file, or None for a clear refusal."""
    try:
        outcome = run(program, read(data), KEYED)
        return None if outcome.dataset is None else written(outcome.dataset)
    except RunError as error:
        assert str(error)
        return None


@pytest.fixture(scope="module")
def planted(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("planted")
    subprocess.run([sys.executable, str(shared / "data/synth.py"), str(out), "--kinds", "zoo", "--phi", "heavy", "--patients", "2", "--studies", "1",
                    "--series", "7", "--instances", "1", "--project", "TRIAL"], check=True, capture_output=True)
    return out


def tokens(folder: Path) -> set[str]:
    manifest = json.loads((folder / "manifest.json").read_text())
    found: set[str] = set()
    for patient in manifest["patients"]:
        for values in patient["phi_tokens"].values():
            found.update(values)
    return found


@pytest.mark.parametrize("profile", ["default", "pixels looked at", "all options"])
def test_nothing_that_was_planted_is_found_again(planted: Path, profile: str) -> None:
    program, wanted, met, written_files = parse(PROFILES[profile]), tokens(planted), set(), 0
    assert len(wanted) > 20
    for file in sorted(planted.rglob("*.dcm")):
        data = file.read_bytes()
        met |= {token for token in wanted if token.encode() in data}
        after = de_identified(program, data)
        if after is None:
            continue
        written_files += 1
        left = {token for token in wanted for form in forms(token) if form in after}
        allowed = retained(wanted, data) if profile == "all options" else set()
        assert not left - allowed, file.name
    assert len(met) > 20 and written_files >= 8


def forms(token: str) -> set[bytes]:
    return {token.encode(), token.encode("latin-1", "ignore") or token.encode(), token.encode("utf-16-le")}


def retained(wanted: set[str], data: bytes) -> set[str]:
    """What the options that retain institutions and devices keep on purpose, and parts of it."""
    ds = read(data)
    kept = " ".join(str(ds.get(name, "")) for name in ("InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "StationName",
                                                       "DeviceSerialNumber"))
    return {token for token in wanted if token in kept}


def real_files(shared: Path) -> list[Path]:
    return [file for file in sorted((shared / "data").rglob("*")) if file.is_file() and file.suffix not in OTHERS and "archives" not in file.parts]


@pytest.mark.parametrize("profile", PROFILES)
def test_every_real_object_becomes_a_valid_file_or_is_refused(shared: Path, profile: str) -> None:
    program, done = parse(PROFILES[profile]), 0
    for file in real_files(shared):
        after = de_identified(program, file.read_bytes())
        if after is not None:
            done += 1
            again = pydicom.dcmread(BytesIO(after))
            assert again.PatientIdentityRemoved == "YES"
            assert again.get("SOPInstanceUID") in (None, "", again.file_meta.MediaStorageSOPInstanceUID)
            assert de_identified(program, after) == after, file
    assert done > 450


KNOWN_DAMAGE = ("malformed", "truncated", "deflated", "image_dfl", "padded", "wrong")
"""Files that the checkers cannot read before, so that nothing can be compared."""
NUMBERS = re.compile(r"[\d.]{12,}|\[\d+\]|= <[^>]*>|attribute \d+")


@pytest.mark.skipif(not shutil.which("dciodvfy") or not shutil.which("dcmdump"), reason="dicom3tools and dcmtk are not installed")
@pytest.mark.parametrize("profile", ["pixels looked at", "all options"])
def test_checkers_find_no_new_error(shared: Path, tmp_path: Path, profile: str) -> None:
    program, checked = parse(PROFILES[profile]), 0
    for file in one_of_each_series(shared):
        after = de_identified(program, file.read_bytes())
        if after is None:
            continue
        target = tmp_path / "after.dcm"
        target.write_bytes(after)
        assert subprocess.run(["dcmdump", "-q", str(target)], capture_output=True).returncode == 0, file
        assert not errors_of(target) - errors_of(file), file
        checked += 1
    assert checked > 60


def one_of_each_series(shared: Path) -> list[Path]:
    folders: dict[Path, list[Path]] = {}
    for file in real_files(shared):
        if not any(word in str(file) for word in KNOWN_DAMAGE):
            folders.setdefault(file.parent, []).append(file)
    return [file for files in folders.values() for file in (files if len(files) < 8 else files[:2])]


def errors_of(file: Path) -> set[str]:
    ran = subprocess.run(["dciodvfy", "-new", str(file)], capture_output=True)
    text = (ran.stdout + ran.stderr).decode("latin-1")
    return {NUMBERS.sub("#", line) for line in text.splitlines() if line.startswith("Error")}
