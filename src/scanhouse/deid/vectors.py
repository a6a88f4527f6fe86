"""Conformance vectors: a script, an object, and what must hold afterwards, one JSON file each; run, compared and counted.

The object is written as a Part 10 file and read back before the run, and so is the result, so that what passes is what a reader sees.
"""
from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydicom import Dataset

from scanhouse.deid.context import Context
from scanhouse.deid.engine import run
from scanhouse.deid.errors import RunError, ScriptError
from scanhouse.deid.languages import parse
from scanhouse.deid.lookup import parse_lookup
from scanhouse.deid.outcome import Outcome, Status
from scanhouse.deid.program import Language
from scanhouse.deid.vector_claims import broken_claims, untold_changes
from scanhouse.deid.vector_objects import built, reread
from scanhouse.errors import Invalid, NotFound

Vector = Mapping[str, Any]  # Any: JSON, whose format is the README's of the vectors

NOW = datetime(2026, 1, 31, 12, 34, 56)
"""Today, for scripts that ask: vectors assert only its form."""
_NAMES = {Status.OK: "ok", Status.REJECTED: "rejected", Status.QUARANTINED: "quarantine", Status.SKIPPED: "skip",
          Status.NO_MATCH: "no_match"}
_KINDS = {"anonymizer": Language.CTP, "filter": Language.CTP_FILTER, "pixel": Language.CTP_PIXEL}


@dataclass(frozen=True)
class Failure:
    """A vector that does not hold, and each reason why."""

    vector: str
    language: str
    reasons: tuple[str, ...]


@dataclass
class Report:
    """Passed and total per language."""

    passed: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.failures

    def text(self) -> str:
        lines = [f"{language}: {self.passed[language]}/{self.total[language]}" for language in sorted(self.total)]
        lines += [f"failed {failure.vector}: {'; '.join(failure.reasons)}" for failure in self.failures]
        return "\n".join(lines)


def check(folder: Path, *, progress: Callable[[str], None] | None = None) -> Report:
    """Run every vector below the folder. Raises `NotFound` when there is none, `Invalid` when a file is no vector."""
    files = sorted(folder.rglob("*.json"))
    if not files:
        raise NotFound(f"{folder} holds no vectors: give a folder with .json files.")
    report = Report()
    for file in files:
        vector = _loaded(file)
        language = vector["language"]
        reasons = run_vector(vector)
        report.total[language] += 1
        if reasons:
            report.failures.append(Failure(vector["id"], language, tuple(reasons)))
        else:
            report.passed[language] += 1
        if progress is not None:
            progress(vector["id"])
    return report


def _loaded(file: Path) -> Vector:
    try:
        vector = json.loads(file.read_bytes())
    except ValueError as error:
        raise Invalid(f"{file} is not JSON: {error}") from None
    missing = {"id", "language", "script", "input", "outcome", "expected"} - (vector.keys() if isinstance(vector, dict) else set())
    if missing:
        raise Invalid(f"{file} is not a vector: it lacks {', '.join(sorted(missing))}.")
    return vector  # type: ignore[no-any-return]  # a dict by the test above


def run_vector(vector: Vector) -> list[str]:
    """The reasons why the vector does not hold; none when it does."""
    before = built(vector["input"], vector.get("pixels"))
    status, outcome, detail = _ran(vector, before)
    reasons = [] if status == vector["outcome"] else [f"outcome is {status}{detail}, expected {vector['outcome']}"]
    if status not in ("ok", "skip", "no_match") or outcome is None:
        return reasons
    after = reread(outcome.dataset) if outcome.dataset is not None else None
    if not reasons:
        reasons = _judged(vector["expected"], vector, before, after, outcome)
    if not reasons:
        return []
    for claims in vector.get("also_accept", ()):
        if status == "ok" and not _judged(claims, vector, before, after, outcome):
            return []
    return reasons


def _judged(claims: list[Vector], vector: Vector, before: Dataset, after: Dataset | None, outcome: Outcome) -> list[str]:
    reasons = broken_claims(claims, after, outcome.answer, vector.get("pixels"))
    if vector.get("closed") and after is not None:
        reasons += untold_changes(claims, before, after, ignored=(0x0002, 0x7FE0) if vector["language"] == "ctp" else ())
    return reasons


def _ran(vector: Vector, dataset: Dataset) -> tuple[str, Outcome | None, str]:
    """The vector's name for what happened, the outcome if there is one, and the message if there is none."""
    language = _KINDS[vector.get("kind", "anonymizer")] if vector["language"] == "ctp" else Language(vector["language"])
    record = vector.get("record")
    try:
        program = parse(vector["script"], language, script_id=str(record["script_id"]) if record else "")
    except ScriptError as error:
        return "script_error", None, f" ({error})"
    try:
        outcome = run(program, dataset, _context(vector, language))
    except RunError as error:
        # A CTP object whose script fails goes to quarantine (reference 4.6).
        return "quarantine" if vector["language"] == "ctp" else "error", None, f" ({error})"
    return _NAMES[outcome.status], outcome, f" ({outcome.reason})" if outcome.reason else ""


def _context(vector: Vector, language: Language) -> Context:
    urls = vector.get("urls", {})

    def fetched(url: str) -> str:
        if url not in urls:
            raise RunError("the address cannot be reached")
        return str(urls[url])

    return Context(variables=vector.get("variables", {}), lookup=_lookup(vector.get("lookup_table"), language), urls=fetched, now=NOW,
                   key=b"vectors", record="record" in vector, ignore_rejection=bool(vector.get("ignore_rejection")),
                   config=vector.get("config", {}))


def _lookup(text: str | None, language: Language) -> dict[str, str] | None:
    if text is None:
        return None
    if language is Language.CTP:
        from scanhouse.deid.ctp.lookup import parse_lookup as parse_properties

        return parse_properties(text)
    return parse_lookup(text)
