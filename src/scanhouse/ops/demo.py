"""The project DEMO: real files that come with pydicom, and a chest made by arithmetic. Making it again adds only what is missing."""
from __future__ import annotations

import io
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pydicom
from django.conf import settings
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, generate_uid

from scanhouse.access.actors import SYSTEM
from scanhouse.access.models import Accessibility
from scanhouse.ingest import imports
from scanhouse.ingest.imports import Goal, Order
from scanhouse.ingest.routing import Given
from scanhouse.ops import phantom
from scanhouse.records import experiments, projects
from scanhouse.records.models import Project

PROJECT = "DEMO"
ABOUT = "Public images to try things on: a chest made by arithmetic, and small real files of several kinds."

FINER = 4
"""Upright images have so many rows for each slice: then their pixels are about square."""
CORONAL, CORONAL_ROWS = [1, 0, 0, 0, 0, -1], 8
"""Directions of an image seen from the front (PS3.3 C.7.6.2.1.1), and rows of the volume in each."""

Say = Callable[[str], None]
Files = Iterator[tuple[str, bytes]]


@dataclass(frozen=True)
class Study:
    """One session of the demonstration. `files` are names below pydicom's own; none: the chest."""

    subject: str
    session: str
    files: tuple[str, ...] = ()


STUDIES = (
    Study("Head", "Head_MR", ("examples_overlay.dcm",)),
    Study("Abdomen", "Abdomen_CT", ("CT_small.dcm",)),
    Study("Shoulder", "Shoulder_MR", ("MR_small.dcm",)),
    Study("Heart", "Heart_US", ("examples_ybr_color.dcm",)),
    Study("Doppler", "Doppler_US", ("examples_palette.dcm",)),
    Study("Thorax", "Thorax_CT", ("J2K_pixelrep_mismatch.dcm",)),
    Study("Rhythm", "Rhythm_ECG", ("waveform_ecg.dcm",)),
    Study("Plan", "Plan_RT", ("rtdose.dcm",)),
    Study("Phantom", "Phantom_CT"),
)


def fill(say: Say = lambda text: None) -> Project:
    """Make the project and what is missing in it. `say` is told what is being done."""
    project = Project.objects.filter(id=PROJECT).first()
    if project is None:
        values = {"name": "Demonstration", "description": ABOUT}
        project = projects.create(PROJECT, values=values, accessibility=Accessibility.PUBLIC, by=SYSTEM)
    for study in STUDIES:
        if experiments.present(project, study.session) is None:
            say(f"{study.session} ...")
            _import(study)
    return project


def _import(study: Study) -> None:
    order = Order(
        goal=Goal.ARCHIVE, given=Given(project=PROJECT, subject=study.subject, session=study.session), overwrite="append", skip=True
    )
    with tempfile.TemporaryFile(dir=settings.STAGING_DIR) as file:
        _pack(cast("BinaryIO", file), _bundled(study.files) if study.files else chest())
        file.seek(0)
        upload = imports.begin(f"{study.session}.tar", by=SYSTEM)
        outcome = imports.carry_out(cast("BinaryIO", file), order, upload=upload, by=SYSTEM)
        imports.done(upload, [experiment.id for experiment in outcome.experiments])


def _pack(file: BinaryIO, files: Files) -> None:
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in files:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    file.flush()


def _bundled(names: tuple[str, ...]) -> Files:
    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    for name in names:
        yield name, (folder / name).read_bytes()


def chest() -> Files:
    """The phantom as CT images (PS3.3 A.3): the axial slices, coronal ones out of them, and a topogram. All UIDs are always the same."""
    stack = list(phantom.slices())
    volume = np.stack([values for _, values in stack])
    corner, top = -(phantom.SIDE - 1) / 2 * phantom.PIXEL, stack[-1][0]
    upright = np.repeat(volume[::-1], FINER, axis=0)  # rows from the head down, as fine as the columns
    spacing = [phantom.STEP / FINER, phantom.PIXEL]
    scout = _Series(1, "Topogram", spacing, CORONAL, ["ORIGINAL", "PRIMARY", "LOCALIZER"], [-400, 750])
    yield scout.image(1, upright.mean(axis=1).astype("int16"), [corner, 0.0, top])
    axial = _Series(2, "Thorax 3.0 with contrast", [phantom.PIXEL, phantom.PIXEL], [1, 0, 0, 0, 1, 0], ["ORIGINAL", "PRIMARY", "AXIAL"], [40, 400])
    for number, (z, values) in enumerate(stack, 1):
        yield axial.image(number, values, [corner, corner, z])
    coronal = _Series(3, "Thorax coronal 6.0", spacing, CORONAL, ["DERIVED", "PRIMARY", "MPR"], [40, 400])
    for number, row in enumerate(range(100, phantom.SIDE - 100, CORONAL_ROWS), 1):
        thick = upright[:, row : row + CORONAL_ROWS].mean(axis=1).astype("int16")
        yield coronal.image(number, thick, [corner, corner + row * phantom.PIXEL, top])


@dataclass(frozen=True)
class _Series:
    """A series of the chest: spacing between rows and columns in mm, directions of rows and columns, centre and width of the window."""

    number: int
    description: str
    spacing: list[float]
    orientation: list[int]
    image_type: list[str]
    window: list[int]

    def image(self, number: int, values: NDArray[np.int16], corner: list[float]) -> tuple[str, bytes]:
        """A name and a file in Explicit VR Little Endian."""
        uid = _uid(f"series {self.number} slice {number}")
        image = _described(uid)
        image.file_meta = FileMetaDataset()
        image.file_meta.MediaStorageSOPClassUID, image.file_meta.MediaStorageSOPInstanceUID = CTImageStorage, UID(uid)
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.SeriesInstanceUID, image.SeriesNumber, image.SeriesDescription = _uid(f"series {self.number}"), self.number, self.description
        image.InstanceNumber, image.ImageType = number, self.image_type
        image.PixelSpacing, image.ImageOrientationPatient = [round(side, 4) for side in self.spacing], self.orientation
        image.ImagePositionPatient = [round(value, 4) for value in corner]
        image.WindowCenter, image.WindowWidth = self.window
        image.set_pixel_data((values + 1024).astype("uint16"), "MONOCHROME2", 16, generate_instance_uid=False)
        image.HighBit, image.BitsStored = 11, 12
        out = io.BytesIO()
        image.save_as(out, enforce_file_format=True)
        return f"phantom/{self.number}/{number:03}.dcm", out.getvalue()


def _described(uid: str) -> Dataset:
    """What is the same for all images."""
    image = Dataset()
    image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, UID(uid)
    image.StudyInstanceUID, image.FrameOfReferenceUID = _uid("study"), _uid("frame of reference")
    image.PatientName, image.PatientID, image.PatientSex, image.PatientBirthDate = "Phantom^Chest", "Phantom", "O", ""
    image.StudyDate, image.StudyTime, image.StudyID, image.AccessionNumber = "20260101", "120000", "1", ""
    image.StudyDescription, image.Modality = "Chest made by arithmetic", "CT"
    image.Manufacturer, image.ManufacturerModelName = "Scanhouse", "Phantom"
    image.BodyPartExamined, image.PatientPosition, image.ReferringPhysicianName = "CHEST", "HFS", ""
    image.AcquisitionNumber, image.PositionReferenceIndicator = 1, ""
    image.KVP, image.SliceThickness = 120, phantom.STEP
    image.RescaleIntercept, image.RescaleSlope, image.RescaleType = -1024, 1, "HU"
    return image


def _uid(what: str) -> str:
    return generate_uid(entropy_srcs=["scanhouse demonstration", what])
