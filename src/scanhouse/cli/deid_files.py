"""Running a script over files and folders in several processes: which files, under which names they go out, and what became of each."""
from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from scanhouse.errors import NotFound, ScanhouseError

if TYPE_CHECKING:
    from scanhouse.deid.context import Integers
    from scanhouse.deid.fastpath.files import Identity
    from scanhouse.deid.program import Program

CHUNK = 16
"""Files given to a process at once: enough that handing them over costs nothing, few enough that all processes end together."""
HEAD = 1 << 16
"""Bytes that hold any file meta information."""
NO_DICOM = "no DICOM"


@dataclass(frozen=True)
class Order:
    """What every process is told. `names` keeps the files' own names; otherwise files are named by their new UIDs, since names may identify."""

    script: str
    language: str | None
    script_id: str
    key: bytes = field(repr=False)
    project: str
    variables: dict[str, str | None] = field(repr=False)
    lookup: dict[str, str] | None = field(repr=False)
    config: dict[str, str]
    source: Path
    target: Path
    names: bool
    overwrite: bool
    record: bool
    details: bool


@dataclass(frozen=True)
class Done:
    """What became of one file. `status` is `written`, `unchanged`, `rejected`, `quarantined`, `refused`, or `no DICOM`."""

    source: str
    status: str
    reason: str = ""
    target: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def files_below(place: Path) -> list[Path]:
    """The file itself, or every file below the folder, in order. Raises `NotFound`."""
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise NotFound(f"There is no file or folder {place}.")
    return sorted(file for file in place.rglob("*") if file.is_file() and not file.name.startswith("."))


def run_all(order: Order, files: list[Path], *, processes: int, told: Callable[[Done], None]) -> Counter[str]:
    """Run the script on every file; `told` hears of each as it is done. The number of files by status."""
    sums: Counter[str] = Counter()
    for done in _each(order, files, processes):
        sums[done.status] += 1
        told(done)
    return sums


def report_to(stream: TextIO | None) -> Callable[[Done], None]:
    """One line of JSON for each file, if there is a report at all."""
    def write(done: Done) -> None:
        if stream is not None:
            stream.write(json.dumps(asdict(done), ensure_ascii=False) + "\n")

    return write


def _each(order: Order, files: list[Path], processes: int) -> Iterator[Done]:
    work = partial(_run, order)
    if processes <= 1 or len(files) == 1:
        yield from map(work, files)
        return
    told = 0
    try:
        with ProcessPoolExecutor(min(processes, len(files))) as pool:
            for done in pool.map(work, files, chunksize=max(1, min(CHUNK, len(files) // processes))):
                told += 1
                yield done
    except BrokenProcessPool:
        # A decoder, which is C code, died of one file: the rest go one by one, so that only that file is refused.
        for file in files[told:]:
            yield _alone(work, file, order)


def _alone(work: Callable[[Path], Done], file: Path, order: Order) -> Done:
    try:
        with ProcessPoolExecutor(1) as pool:
            return pool.submit(work, file).result()
    except BrokenProcessPool:
        return Done(_shown(file, order), "refused", "a decoder broke down over this file")


def _run(order: Order, file: Path) -> Done:
    """Runs in a process of the pool."""
    from scanhouse.deid.context import Context
    from scanhouse.deid.fastpath.files import deidentify
    from scanhouse.deid.outcome import Status

    integers, uids = _tables(order.source)
    context = Context(variables=order.variables, lookup=order.lookup, key=order.key, project=order.project, config=order.config,
                      record=order.record, now=datetime.now(), integers=integers, uids=uids)
    target = _target(order, file)
    shown = _shown(file, order)
    try:
        if not looks_like_dicom(file):
            return Done(shown, NO_DICOM)
        outcome, path = deidentify(_program(order.script, order.language, order.script_id), file, target, context, overwrite=order.overwrite)
    except ScanhouseError as error:
        return Done(shown, "refused", str(error))
    counts = {str(kind): number for kind, number in outcome.counts().items()} if order.details else {}
    status = {Status.OK: "written", Status.SKIPPED: "unchanged", Status.NO_MATCH: "unchanged"}.get(outcome.status, str(outcome.status))
    return Done(shown, status, outcome.reason, str(path.relative_to(order.target) if path and path != order.target else path or ""), counts,
                outcome.warnings)


def looks_like_dicom(file: Path) -> bool:
    """Whether the file begins as DICOM does, damaged or not: folders hold other files too, and they are passed over."""
    from scanhouse.dicom.part10 import read_meta
    from scanhouse.dicom.refusals import NotDicom

    try:
        with file.open("rb") as stream:
            read_meta(stream.read(HEAD))
    except NotDicom:
        return False
    return True


def _target(order: Order, file: Path) -> Path | Callable[[Identity], Path]:
    if order.source.is_file():
        return order.target / file.name if order.target.is_dir() else order.target
    if order.names:
        return order.target / file.relative_to(order.source)
    return lambda identity: _named_by_uids(identity, order.target)


def _named_by_uids(identity: Identity, root: Path) -> Path:
    """STUDY/SERIES/INSTANCE.dcm by their new UIDs; only the signs of UIDs are let into names."""
    study, series, instance = ("".join(sign for sign in uid if sign in "0123456789.")[:64].strip(".") or "0"
                               for uid in (identity.study, identity.series, identity.instance))
    return root / study / series / f"{instance}.dcm"


def _shown(file: Path, order: Order) -> str:
    return file.name if file == order.source else os.fspath(file.relative_to(order.source))


@cache
def _program(script: str, language: str | None, script_id: str) -> Program:
    """The script, parsed once in each process."""
    from scanhouse.deid.languages import parse

    return parse(script, language, script_id=script_id)


@cache
def _tables(source: Path) -> tuple[Integers, dict[tuple[str, str], str]]:
    """Running numbers and random UIDs of one command: the same for all of its files. Commands that number run in one process."""
    from scanhouse.deid.context import CountingTable

    return CountingTable(), {}
