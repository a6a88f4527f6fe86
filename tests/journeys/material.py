"""Files to upload in journeys: real sets of several vendors where they are beside the repository, else made and bundled ones."""
from __future__ import annotations

import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.errors import InvalidDicomError
from tests.house import REPOSITORY
from tests.journeys.dicom_samples import a_study, as_file, zipped

REAL = REPOSITORY.parent / "shared" / "data"
SETS = ("mr-siemens-epi", "mr-philips", "mr-xnat-case001", "ct-body", "us", "transfer-syntaxes")
"""MR of three vendors, CT in JPEG 2000, ultrasound in JPEG, JPEG-LS and RLE, one image in 22 transfer syntaxes."""
SHADES = b"".join((value * 16).to_bytes(2, "little") for value in range(256))
"""16 x 16 pixels from dark to bright."""
BUNDLED = ("MR_small_RLE.dcm", "examples_jpeg2k.dcm", "examples_ybr_color.dcm", "examples_palette.dcm")


@dataclass(frozen=True)
class Material:
    """A folder and a zip. `studies` by Study Instance UID: how many distinct objects each has; `others`: files that are no DICOM."""

    folder: Path
    zip: Path
    studies: dict[str, int]
    others: int


def gather(place: Path) -> Material:
    """Everything in a new folder."""
    folder, archive = place / "images", place / "petct.zip"
    folder.mkdir(parents=True)
    if REAL.is_dir():
        for name in SETS:
            # In `upstream` are pieces without UIDs, and JPEG Extended with 12 bits, which no free decoder reads: its scan shows an icon.
            shutil.copytree(REAL / name / "dicom", folder / name, ignore=shutil.ignore_patterns("upstream"))
        shutil.copyfile(REAL / "petct-biograph" / "dicom" / "petct.zip", archive)
    else:
        _make(folder, archive)
    (folder / "notes.txt").write_text("What was scanned, and why.")
    (folder / "deeper").mkdir()
    (folder / "deeper" / "Übersicht – ein langer Name mit Leerzeichen, damit auch der seinen Weg findet.csv").write_text("a,b\n1,2\n")
    return _counted(folder, archive)


def _make(folder: Path, archive: Path) -> None:
    bundled = Path(pydicom.__file__).parent / "data" / "test_files"
    for name in BUNDLED:
        shutil.copyfile(bundled / name, folder / name)
    for number, one in enumerate(a_study(series=2, images=6, PatientID="Vendor1", StudyDescription="Made", PixelData=SHADES)):
        (folder / f"made-{number}.dcm").write_bytes(as_file(one))
    archive.write_bytes(zipped(a_study(series=2, images=8, PatientID="PETCT1", PixelData=SHADES)))


def _counted(folder: Path, archive: Path) -> Material:
    objects: dict[str, set[str]] = {}
    others = 0
    sources: list[Path | zipfile.ZipExtFile] = [path for path in folder.rglob("*") if path.is_file()]
    with zipfile.ZipFile(archive) as packed:
        for source in [*sources, *(packed.open(name) for name in packed.namelist() if not name.endswith("/"))]:
            try:
                header = pydicom.dcmread(source, stop_before_pixels=True)
                objects.setdefault(str(header.StudyInstanceUID), set()).add(str(header.SOPInstanceUID))
            except (InvalidDicomError, AttributeError):
                others += 1
    return Material(folder, archive, {study: len(found) for study, found in objects.items()}, others)
