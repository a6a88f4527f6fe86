"""Cost of reading headers: our scanner, facts and DICOM JSON beside pydicom's, in microseconds per file with warm caches.

    python benchmarks/header_scan.py [FILE ...] [--repeat 5]

Without files, pydicom's CT_small.dcm and MR_small.dcm and, where they are, real scanner files of ../shared/data.
"""
from __future__ import annotations

import argparse
import io
import timeit
import warnings
from collections.abc import Callable
from pathlib import Path

import pydicom
from pydicom.data import get_testdata_file

from scanhouse.dicom.facts import TEXT_KEYWORDS, facts
from scanhouse.dicom.frames import frame_table
from scanhouse.dicom.header import scan
from scanhouse.dicom.json_model import metadata
from scanhouse.dicom.part10 import read_meta

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
REAL = ("ct-body/dicom/CT0001.dcm", "mr-xnat-case001/dicom", "mr-ge/dicom", "mr-siemens-epi/dicom", "mr-philips/dicom")
TAGS = frozenset(pydicom.datadict.tag_for_keyword(keyword) for keyword in TEXT_KEYWORDS[:31])


def files() -> list[Path]:
    found = [Path(str(get_testdata_file(name))) for name in ("CT_small.dcm", "MR_small.dcm")]
    for name in REAL:
        place = SHARED / name
        found += [place] if place.is_file() else [p for p in sorted(place.rglob("*")) if p.is_file()][:1]
    return found


def pydicom_facts(data: bytes) -> list[object]:
    ds = pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True)
    return [ds.get(keyword) for keyword in TEXT_KEYWORDS]


def pydicom_json(data: bytes) -> object:
    try:
        return pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True).to_json_dict()
    except (ValueError, NotImplementedError):
        return None  # values that are no numbers: pydicom gives up, and the time says so


def microseconds(what: Callable[[], object], repeat: int) -> float:
    timer = timeit.Timer(what)
    count, _ = timer.autorange()
    number = max(1, count // 4)
    return min(timer.repeat(repeat, number)) / number * 1e6


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("files", type=Path, nargs="*")
    options.add_argument("--repeat", type=int, default=5)
    chosen = options.parse_args()
    titles = ("scan", "facts", "frames", "JSON", "pydicom values", "pydicom JSON")
    warnings.simplefilter("ignore")  # pydicom's, about values in real files
    print(f"{'microseconds per file':44}" + "".join(f"{title:>16}" for title in titles))
    for path in chosen.files or files():
        data = path.read_bytes()
        meta = read_meta(data)
        known = facts(data, size=len(data))
        work: tuple[Callable[[], object], ...] = (
            lambda data=data, meta=meta: scan(data, meta.dataset_offset, meta.transfer_syntax_uid, TAGS),
            lambda data=data: facts(data, size=len(data)),
            lambda data=data, known=known: frame_table(data, known),
            lambda data=data: metadata(data),
            lambda data=data: pydicom_facts(data),
            lambda data=data: pydicom_json(data),
        )
        print(f"{'/'.join(path.parts[-3:])[-43:]:44}" + "".join(f"{microseconds(what, chosen.repeat):16.1f}" for what in work))


if __name__ == "__main__":
    main()
