"""CPU cost of de-identifying a file: 30 header rules with UIDs mapped, and the Basic Profile, on the fast path and the general one.

    python benchmarks/deid.py FOLDER [--reps 5] [--big]

FOLDER holds DICOM files of one kind, such as ../shared/bench/make_dataset.py makes. `--big` de-identifies an object of 2 GB of pixels too and
tells the memory that it took. The rules are those of ../shared/bench/bench_deid.py, so that its peers can be run beside.
"""
from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pydicom.data import get_testdata_file
from pydicom.datadict import tag_for_keyword

from scanhouse.deid.context import Context
from scanhouse.deid.engine import run
from scanhouse.deid.fastpath.files import deidentify
from scanhouse.deid.languages import parse
from scanhouse.deid.part10 import read, written
from scanhouse.deid.program import Program

BLANKED = [
    "AccessionNumber", "InstitutionName", "InstitutionAddress", "ReferringPhysicianName", "StationName", "StudyDescription",
    "SeriesDescription", "InstitutionalDepartmentName", "PerformingPhysicianName", "OperatorsName", "PatientBirthDate", "PatientSex",
    "PatientAge", "PatientWeight", "PatientSize", "PatientComments", "DeviceSerialNumber", "ProtocolName", "StudyID",
    "PerformedProcedureStepID", "PerformedProcedureStepDescription", "StudyTime", "SeriesTime", "AcquisitionTime", "ContentTime",
    "InstanceCreationTime", "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "InstanceCreationDate",
]
PIXEL_HEADER = b"\xe0\x7f\x10\x00OW\0\0"


def rules() -> str:
    """31 elements emptied, 2 set, private ones removed, UIDs mapped at the root and in sequences."""
    tags = [tag_for_keyword(name) or 0 for name in BLANKED]
    return "\n".join(['version "6.7"', *(f'({tag >> 16:04X},{tag & 0xFFFF:04X}) ?= ""' for tag in tags), '(0010,0010) := "ANON"',
                      '(0010,0020) := "ANON1"', "removeAllPrivateTags",
                      'mapReferencedUIDs["2.25", {(0008,0018), (0020,000D), (0020,000E), (0020,0052), */(0008,1155)}]', ""])


def fast(program: Program, context: Context, source: Path, target: Path) -> None:
    deidentify(program, source, target, context)


def general(program: Program, context: Context, source: Path, target: Path) -> None:
    dataset = run(program, read(source.read_bytes()), context).dataset
    assert dataset is not None
    target.write_bytes(written(dataset))


def measured(way: Callable[[Program, Context, Path, Path], None], program: Program, files: list[Path], reps: int) -> float:
    """Median over repetitions of milliseconds of CPU, ours and the kernel's, per file."""
    took = []
    for _ in range(reps):
        with tempfile.TemporaryDirectory() as folder:
            before = time.process_time()
            for number, file in enumerate(files):
                way(program, Context(key=b"k" * 32), file, Path(folder) / f"{number}.dcm")
            took.append((time.process_time() - before) / len(files) * 1e3)
    return statistics.median(took)


def big(size: int = 2 << 30) -> None:
    """An object whose pixels are a hole in the file."""
    data = Path(str(get_testdata_file("CT_small.dcm"))).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "big.dcm"
        with source.open("wb") as file:
            file.write(data[: data.index(PIXEL_HEADER)] + PIXEL_HEADER + (size - 2).to_bytes(4, "little"))
            file.truncate(file.tell() + size - 2)
        began = time.perf_counter()
        deidentify(parse(rules()), source, Path(folder) / "new.dcm", Context(key=b"k" * 32))
        print(f"2 GB: {time.perf_counter() - began:.1f} s, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--reps", type=int, default=5)
    parser.add_argument("--big", action="store_true")
    given = parser.parse_args()
    files = sorted(file for file in given.folder.rglob("*.dcm") if file.is_file())[:100]
    for name, text in (("33 rules", rules()), ("basic profile", "profile basic\npixels pass\n")):
        program = parse(text)
        for way in (fast, general):
            print(f"{name}, {way.__name__}: {measured(way, program, files, given.reps):.3f} ms of CPU per file, {len(files)} files")
    if given.big:
        if shutil.disk_usage(tempfile.gettempdir()).free < 5 << 30:
            raise SystemExit("there is no room for 4 GB of temporary files")
        big()


if __name__ == "__main__":
    main()
