"""DICOM made for journeys: small studies with UIDs of their own."""
from __future__ import annotations

import io
import zipfile

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid


def a_study(*, series: int = 1, images: int = 1, **values: object) -> list[Dataset]:
    """MR images of one study: `series` series numbered from 1, `images` in each. `values` go into every header."""
    study, found = generate_uid(), []
    for number in range(1, series + 1):
        series_uid = generate_uid()
        found += [_image(study, series_uid, number, instance, values) for instance in range(1, images + 1)]
    return found


def _image(study: str, series_uid: str, number: int, instance: int, values: dict[str, object]) -> Dataset:
    ds = Dataset()
    ds.PatientName, ds.PatientID, ds.StudyInstanceUID, ds.SeriesInstanceUID = "Name^One", "ID^1", study, series_uid
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = MRImageStorage, generate_uid(), "MR"
    ds.StudyDate, ds.StudyTime, ds.SeriesDescription = "20240229", "101112", f"series {number}"
    ds.SeriesNumber, ds.InstanceNumber = number, instance
    ds.Rows, ds.Columns, ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 16, 12, 11, 0
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.PixelData = bytes([instance % 256, number % 16]) * 256
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    return ds


def as_file(ds: Dataset) -> bytes:
    """The object as a file of PS3.10."""
    buffer = io.BytesIO()
    ds.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def zipped(objects: list[Dataset], **more: bytes) -> bytes:
    """A zip of the objects as `{series}/{instance}.dcm`, and of further files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for ds in objects:
            archive.writestr(f"study/{ds.SeriesNumber}/{ds.SeriesNumber}-{ds.InstanceNumber}.dcm", as_file(ds))
        for name, content in more.items():
            archive.writestr(name, content)
    return buffer.getvalue()
