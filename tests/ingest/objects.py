"""Small DICOM objects for tests of this package, made as a sender would send them."""
from __future__ import annotations

import io
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

from scanhouse.dicom.facts import facts
from scanhouse.ingest.receive import Arrival, Origin
from scanhouse.ingest.routing import Route
from scanhouse.storage.store import FileStore

SENDER = Origin("dicom", "SCANNER", "admin")


def instance(*, study: str = "1.2.3", series: str = "1.2.3.4", number: int = 1, rows: int = 8, **values: Any) -> bytes:
    """One MR image as the bytes of a Part 10 file."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = MRImageStorage, values.pop("uid", None) or generate_uid()
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SeriesNumber, ds.InstanceNumber = study, series, "1", str(number)
    ds.Modality, ds.PatientName, ds.PatientID = "MR", "Sample^Patient", "S1"
    ds.Rows = ds.Columns = rows
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit = 15
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    ds.PixelData = bytes(rows * rows * 2)
    ds["PixelData"].VR = "OW"
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


def arrival(store: FileStore, data: bytes, *, project: str | None = None, label: str = "S1", **more: Any) -> Arrival:
    """`data` staged, sealed and routed."""
    staged = store.stage()
    staged.write(data)
    return Arrival(staged.seal(), facts(data, size=len(data)), Route(project, "Sample_Patient", label), SENDER, **more)
