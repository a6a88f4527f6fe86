"""Run XNAT's wire suite against a server of its own, print what passes in each area, and hold the ratchet.

`tests/conformance-passing.txt` names the tests that pass. One of them that fails is tried once more, alone, on a fresh server, since the
suite has time limits and machines differ; if it fails again, so does this. `--update` writes the file anew; other arguments go to pytest.
"""
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))
from tests.house import House  # noqa: E402

SUITE = REPOSITORY.parent / "shared" / "conformance"
PASSING = REPOSITORY / "tests" / "conformance-passing.txt"
PYTHON = REPOSITORY / ".venv" / "bin" / "python"
LIMIT = 50 * 60
"""Seconds for one run of tests."""
FIRST = {"access", "core"}
"""Areas whose tests that change the site share one server; those of the others have another. Such tests mostly wait, so both run at once."""


def main(arguments: list[str]) -> int:
    update = "--update" in arguments
    chosen = [a for a in arguments if a != "--update"]
    outcomes = run(chosen, side_by_side="not sitewide") | run_sitewide(chosen)
    passed = {node for node, outcome in outcomes.items() if outcome == "passed"}
    expected = set(PASSING.read_text().split("\n")) - {""} if PASSING.exists() else set()
    # Without a choice all must have an outcome: a run that was stopped proves nothing.
    lost = sorted((expected & outcomes.keys() if chosen else expected) - passed)
    if lost and not update:
        print(f"{len(lost)} tests that passed before did not; they are tried once more:", *lost, sep="\n  ")
        passed |= {node for node, outcome in run(lost, alone="").items() if outcome == "passed"}
        lost = sorted(set(lost) - passed)
    report(outcomes, passed)
    if update:
        PASSING.write_text("".join(f"{node}\n" for node in sorted(passed | (expected - outcomes.keys()))))
        return 0
    new = sorted(passed - expected)
    if new:
        print(f"{len(new)} tests pass that are not in {PASSING.name}. Run .ci/wire.py --update and commit it.")
    if lost:
        print(f"{len(lost)} tests that passed before fail:", *lost, sep="\n  ")
    return 1 if lost else 0


def run_sitewide(chosen: list[str]) -> dict[str, str]:
    if chosen:
        return run(chosen, alone="sitewide")
    others = {folder.name for folder in SUITE.iterdir() if folder.is_dir()} - FIRST
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda areas: run(["--area", ",".join(sorted(areas))], alone="sitewide"), (FIRST, others))
    return first | second


def run(chosen: list[str], *, side_by_side: str | None = None, alone: str | None = None) -> dict[str, str]:
    """Outcome of each test by node id, on a server started for this run."""
    with tempfile.TemporaryDirectory(prefix="scanhouse-wire-") as folder, House(Path(folder) / "data") as house:
        results = Path(folder) / "results.xml"
        marker = side_by_side if side_by_side is not None else alone
        command = [
            str(PYTHON), "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no", "-o", "addopts=--import-mode=importlib --strict-markers",
            f"--junitxml={results}", "--timeout=180", *(["-n", "3", "--dist", "loadfile"] if side_by_side is not None else []),
            *(["-m", marker] if marker else []), *chosen,
        ]
        environment = {
            **os.environ, "PYTHONDONTWRITEBYTECODE": "1", "XNAT_URL": house.url, "XNAT_ADMIN": "admin",
            "XNAT_ADMIN_PASSWORD": house.admin_password, "XNAT_DICOM_HOST": "localhost", "XNAT_DICOM_PORT": str(house.dicom_port),
        }
        try:
            subprocess.run(command, cwd=SUITE, env=environment, timeout=LIMIT, stdout=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            print(f"The suite was stopped after {LIMIT // 60} minutes.")
        return read(results) if results.exists() else {}


def read(results: Path) -> dict[str, str]:
    outcomes = {}
    for case in ElementTree.parse(results).iter("testcase"):
        path = case.get("classname", "").replace(".", "/") + ".py"
        bad = next((child.tag for child in case if child.tag in ("failure", "error", "skipped")), None)
        outcomes[f"{path}::{case.get('name')}"] = "passed" if bad is None else bad
    return outcomes


def report(outcomes: dict[str, str], passed: set[str]) -> None:
    total, good = Counter(area(node) for node in outcomes), Counter(area(node) for node in passed & outcomes.keys())
    skipped = Counter(area(node) for node, outcome in outcomes.items() if outcome == "skipped")
    print("XNAT's wire suite:")
    for name in sorted(total):
        left_out = f" ({skipped[name]} need a plug-in that is announced absent)" if skipped[name] else ""
        print(f"  {name:<11} {good[name]:>4} of {total[name]:>4} pass{left_out}")
    print(f"  {'all':<11} {good.total():>4} of {total.total():>4} pass", flush=True)


def area(node: str) -> str:
    return node.partition("/")[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
