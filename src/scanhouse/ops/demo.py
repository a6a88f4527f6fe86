"""The project DEMO: real files that come with pydicom, and a chest made by arithmetic. Making it again adds only what is missing."""
from __future__ import annotations

import io
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import pydicom
from django.conf import settings
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

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
    project = projects.Project.objects.filter(id=PROJECT).first()
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
    """The phantom as CT images in Explicit VR Little Endian (PS3.3 A.3). UIDs are always the same."""
    study, series, frame = (generate_uid(entropy_srcs=["scanhouse demonstration", what]) for what in ("study", "series", "frame of reference"))
    for number, (z, values) in enumerate(phantom.slices(), 1):
        uid = generate_uid(entropy_srcs=["scanhouse demonstration", f"slice {number}"])
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, uid
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image = Dataset()
        image.file_meta = meta
        image.update(_described(uid, study, series, frame))
        image.InstanceNumber, image.SliceLocation = number, round(z, 2)
        corner = -(phantom.SIDE - 1) / 2 * phantom.PIXEL
        image.ImagePositionPatient = [round(corner, 4), round(corner, 4), round(z, 4)]
        image.set_pixel_data((values + 1024).astype("uint16"), "MONOCHROME2", 16, generate_instance_uid=False)
        image.HighBit, image.BitsStored = 11, 12
        out = io.BytesIO()
        image.save_as(out, enforce_file_format=True)
        yield f"phantom/{number:03}.dcm", out.getvalue()


def _described(uid: str, study: str, series: str, frame: str) -> Dataset:
    """What is the same for all slices."""
    image = Dataset()
    image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, uid
    image.StudyInstanceUID, image.SeriesInstanceUID, image.FrameOfReferenceUID = study, series, frame
    image.PatientName, image.PatientID, image.PatientSex, image.PatientBirthDate = "Phantom^Chest", "Phantom", "O", ""
    image.StudyDate, image.StudyTime, image.StudyID, image.AccessionNumber = "20260101", "120000", "1", ""
    image.StudyDescription, image.SeriesDescription = "Chest made by arithmetic", "Thorax 3.0 with contrast"
    image.Modality, image.Manufacturer, image.ManufacturerModelName = "CT", "Scanhouse", "Phantom"
    image.BodyPartExamined, image.PatientPosition, image.ReferringPhysicianName = "CHEST", "HFS", ""
    image.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
    image.SeriesNumber, image.AcquisitionNumber, image.PositionReferenceIndicator = 2, 1, ""
    image.KVP, image.SliceThickness, image.SpacingBetweenSlices = 120, phantom.STEP, phantom.STEP
    image.PixelSpacing, image.ImageOrientationPatient = [phantom.PIXEL, phantom.PIXEL], [1, 0, 0, 0, 1, 0]
    image.RescaleIntercept, image.RescaleSlope, image.RescaleType = -1024, 1, "HU"
    image.WindowCenter, image.WindowWidth = [40, -600], [400, 1500]
    image.WindowCenterWidthExplanation = ["Soft tissue", "Lung"]
    return image
