"""The engine runs in the browser: Pyodide under Node, with nothing but pydicom."""
from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pydicom
import pytest

import scanhouse

HERE = Path(__file__).parent / "pyodide"
ROOT = Path(__file__).resolve().parents[2]
FOUND = Path(sys.executable).parent


def tool(name: str) -> str:
    """Node's programs, of the machine or of the virtual environment."""
    return shutil.which(name) or str(FOUND / name)


@pytest.fixture(scope="session")
def pyodide() -> Path:
    """A folder with Pyodide of the locked version, fetched once."""
    folder = ROOT / "var" / "pyodide"
    folder.mkdir(parents=True, exist_ok=True)
    lock = HERE / "package-lock.json"
    installed = folder / "installed.json"
    if not installed.exists() or installed.read_bytes() != lock.read_bytes():
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder / name)
        subprocess.run([tool("npm"), "ci", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True, timeout=300)
        shutil.copy(lock, installed)
    shutil.copy(HERE / "run.mjs", folder / "run.mjs")
    return folder


def ran(pyodide: Path, vectors: Path) -> dict:
    source, packages = Path(scanhouse.__file__).parents[1], Path(pydicom.__file__).parents[1]
    done = subprocess.run([tool("node"), str(pyodide / "run.mjs"), str(source), str(packages), str(vectors)], capture_output=True, text=True,
                          timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.journey
def test_the_engine_runs_in_pyodide_without_numpy(pyodide: Path, tmp_path: Path):
    vector = {"id": "de6/x", "language": "dicomedit6", "script": 'version "6.7"\n(0010,0010) := hashUID["1.2.3.4.5"]\n', "outcome": "ok",
              "input": [{"tag": "(0010,0010)", "vr": "PN", "value": "B"}],
              "expected": [{"tag": "(0010,0010)", "value": "2.25.281097975800109040096884226991818420711"}]}
    (tmp_path / "good.json").write_text(json.dumps(vector))
    (tmp_path / "bad.json").write_text(json.dumps({**vector, "id": "de6/bad", "expected": []} | {"outcome": "rejected"}))
    done = ran(pyodide, tmp_path)
    assert (done["passed"], done["total"], done["numpy"]) == ({"dicomedit6": 1}, {"dicomedit6": 2}, False)
    assert list(done["reasons"]) == ["de6/bad"]


@pytest.mark.journey
@pytest.mark.shared
@pytest.mark.parametrize("language", ["dicomedit6", "dicomedit4", "ctp"])
def test_all_shared_vectors_without_pixels_hold_in_pyodide(pyodide: Path, shared: Path, language: str):
    assert ran(pyodide, shared / "deid-vectors" / language)["reasons"] == {}
