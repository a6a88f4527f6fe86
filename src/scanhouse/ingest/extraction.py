"""From DICOM header to the fields of sessions and scans: one table per type, read from the first instance of a series (7.5, 6.3)."""
from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import date, time
from functools import cache
from typing import Any

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag, Tag

MAX_TEXT = 250
"""Characters of a value that the short text fields of XNAT's types take."""
MAX_B_VALUES = 16
"""XNAT keeps so many characters of a single b-value."""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Characters that no field takes: what is left of escape sequences of a character set that was not understood, and padding."""

Read = Callable[[Dataset], Any]
FUNCTIONAL_GROUPS = (Tag(0x5200, 0x9229), Tag(0x5200, 0x9230))
"""Shared and Per-Frame Functional Groups Sequence."""


def session_values(ds: Dataset, element: str) -> dict[str, Any]:
    """Fields of an image session as a flat document, from the header of one of its instances."""
    return _fill(ds, {**SESSION, **(SESSION_MR if element in ("xnat:mrSessionData", "xnat:petmrSessionData") else {})})


def scan_values(ds: Dataset, element: str) -> dict[str, Any]:
    """Fields of a scan as a flat document, from the header of the first instance of its series."""
    return _fill(ds, {**SCAN, **BY_ELEMENT.get(element, {})})


def _fill(ds: Dataset, table: dict[str, Read]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for path, read in table.items():
        try:
            value = read(ds)
        except (ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError):
            continue  # a header value that is not what its VR says: the field stays empty, the object keeps what it has
        if value not in (None, ""):
            values[path] = value
    return values


def text(keyword: str, limit: int | None = MAX_TEXT) -> Read:
    """The element as text; several values joined by backslashes as in the data set."""

    def read(ds: Dataset) -> str | None:
        value = _find(ds, keyword)
        if value is None:
            return None
        joined = "\\".join(str(v) for v in value) if isinstance(value, MultiValue | list) else str(value)
        return _CONTROLS.sub("", joined).strip()[:limit]

    return read


def number(keyword: str) -> Read:
    """The first value as a number: whole numbers as int, others as float."""

    def read(ds: Dataset) -> int | float | None:
        value = _first(_find(ds, keyword))
        return None if value in (None, "") else _plain(float(value))

    return read


def number_text(keyword: str) -> Read:
    """The first value as a text, for fields that hold numbers as texts: whole numbers without a point."""
    read_number = number(keyword)

    def read(ds: Dataset) -> str | None:
        value = read_number(ds)
        return None if value is None else str(value)

    return read


def integer(keyword: str) -> Read:
    def read(ds: Dataset) -> int | None:
        value = _first(_find(ds, keyword))
        return None if value in (None, "") else int(float(value))

    return read


def day(*keywords: str) -> Read:
    """The first of these dates that is one, as ISO text."""

    def read(ds: Dataset) -> str | None:
        for keyword in keywords:
            raw = str(_find(ds, keyword) or "").replace(".", "").strip()
            if len(raw) >= 8 and raw[:8].isdigit():
                try:
                    return date(int(raw[:4]), int(raw[4:6]), int(raw[6:8])).isoformat()
                except ValueError:
                    continue
        return None

    return read


def clock(*keywords: str) -> Read:
    """The first of these times that is one, as HH:mm:ss."""

    def read(ds: Dataset) -> str | None:
        for keyword in keywords:
            digits = str(_find(ds, keyword) or "").replace(":", "").split(".")[0].strip()
            if len(digits) in (2, 4, 6) and digits.isdigit():
                digits = digits.ljust(6, "0")
                try:
                    return time(int(digits[:2]), int(digits[2:4]), min(int(digits[4:]), 59)).isoformat()
                except ValueError:
                    continue
        return None

    return read


def item(keyword: str, index: int) -> Read:
    """One of several values as a number."""

    def read(ds: Dataset) -> int | float | None:
        value = _find(ds, keyword)
        return None if value is None else _plain(float(value[index]))

    return read


def _find(ds: Dataset, keyword: str) -> Any:
    """The element at the top, else in the shared, else in the first per-frame functional groups (PS3.3 C.7.6.16)."""
    tag = _tag(keyword)
    if tag in ds and (value := ds[tag].value) not in (None, ""):
        return value
    for groups in FUNCTIONAL_GROUPS:
        for group in (ds[groups].value or [])[:1] if groups in ds else ():
            for inner in _items(group):
                if tag in inner and (value := inner[tag].value) not in (None, ""):
                    return value
    return None


@cache
def _tag(keyword: str) -> BaseTag:
    """Looked up once: a session of a thousand series asks forty thousand times, and most elements are not there."""
    number = tag_for_keyword(keyword)
    assert number is not None, keyword
    return Tag(number)


def _items(group: Dataset, depth: int = 3) -> Iterator[Dataset]:
    for element in group:
        if element.VR == "SQ" and element.value:
            yield element.value[0]
            if depth:
                yield from _items(element.value[0], depth - 1)


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, MultiValue | list) and len(value) else (None if isinstance(value, MultiValue | list) else value)


def _plain(value: float) -> int | float | None:
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 1 << 53 else value


def _orientation(ds: Dataset) -> str | None:
    """`Sag`, `Cor` or `Tra`: the axis nearest to the normal of the image plane (PS3.3 C.7.6.2.1.1)."""
    value = _find(ds, "ImageOrientationPatient")
    if value is None or len(value) != 6:
        return None
    r, c = [float(v) for v in value[:3]], [float(v) for v in value[3:]]
    normal = [abs(r[1] * c[2] - r[2] * c[1]), abs(r[2] * c[0] - r[0] * c[2]), abs(r[0] * c[1] - r[1] * c[0])]
    return ("Sag", "Cor", "Tra")[normal.index(max(normal))]


def _field_strength(ds: Dataset) -> str | None:
    value = _first(_find(ds, "MagneticFieldStrength"))
    return None if value in (None, "") else str(float(value))


def _b_values(ds: Dataset) -> str | None:
    value = _first(_find(ds, "DiffusionBValue"))
    return None if value in (None, "") else str(float(value))[:MAX_B_VALUES]


def _thickness(ds: Dataset) -> Any:
    return number("SliceThickness")(ds)


SESSION: dict[str, Read] = {
    "date": day("StudyDate", "SeriesDate", "AcquisitionDate"), "time": clock("StudyTime", "SeriesTime", "AcquisitionTime"),
    "session_type": text("StudyDescription"), "study_id": text("StudyID"), "dcmPatientId": text("PatientID"),
    "dcmPatientName": text("PatientName"), "dcmPatientBirthDate": day("PatientBirthDate"), "dcmPatientWeight": number("PatientWeight"),
    "dcmAccessionNumber": text("AccessionNumber"), "acquisition_site": text("InstitutionName", None), "operator": text("OperatorsName"),
    "scanner": text("StationName"), "scanner/manufacturer": text("Manufacturer"), "scanner/model": text("ManufacturerModelName"),
}  # fmt: skip
SESSION_MR: dict[str, Read] = {"fieldStrength": _field_strength}

SCAN: dict[str, Read] = {
    "startTime": clock("SeriesTime", "AcquisitionTime", "ContentTime"), "start_date": day("SeriesDate", "AcquisitionDate"),
    "scanner": text("StationName"), "scanner/manufacturer": text("Manufacturer"), "scanner/model": text("ManufacturerModelName"),
    "scanner/softwareVersion": text("SoftwareVersions"), "operator": text("OperatorsName"), "protocolName": text("ProtocolName"),
    "bodyPartExamined": text("BodyPartExamined"), "requestedProcedureDescription": text("RequestedProcedureDescription"),
}  # fmt: skip

_GEOMETRY: dict[str, Read] = {
    "parameters/voxelRes/x": item("PixelSpacing", 1), "parameters/voxelRes/y": item("PixelSpacing", 0), "parameters/voxelRes/z": _thickness,
    "parameters/fov/x": integer("Columns"), "parameters/fov/y": integer("Rows"), "parameters/imageType": text("ImageType"),
}  # fmt: skip

BY_ELEMENT: dict[str, dict[str, Read]] = {
    "xnat:mrScanData": {
        **_GEOMETRY, "coil": text("ReceiveCoilName"), "fieldStrength": _field_strength, "parameters/orientation": _orientation,
        "parameters/tr": number("RepetitionTime"), "parameters/te": number("EchoTime"), "parameters/ti": number("InversionTime"),
        "parameters/flip": number("FlipAngle"), "parameters/sequence": text("SequenceName"), "parameters/scanSequence": text("ScanningSequence"),
        "parameters/seqVariant": text("SequenceVariant"), "parameters/scanOptions": text("ScanOptions"),
        "parameters/acqType": text("MRAcquisitionType"), "parameters/pixelBandwidth": number("PixelBandwidth"),
        "parameters/subjectPosition": text("PatientPosition"), "parameters/inPlanePhaseEncoding/direction": text("InPlanePhaseEncodingDirection"),
        "parameters/diffusion/bValues": _b_values, "parameters/diffusion/directionality": text("DiffusionDirectionality"),
        "parameters/diffusion/anisotropyType": text("DiffusionAnisotropyType"),
    },
    "xnat:ctScanData": {
        **_GEOMETRY, "parameters/orientation": _orientation, "parameters/rescale/intercept": text("RescaleIntercept"),
        "parameters/rescale/slope": text("RescaleSlope"), "parameters/kvp": number("KVP"),
        "parameters/acquisitionNumber": integer("AcquisitionNumber"),
        "parameters/options": text("ScanOptions"), "parameters/collectionDiameter": number("DataCollectionDiameter"),
        "parameters/distanceSourceToDetector": number("DistanceSourceToDetector"),
        "parameters/distanceSourceToPatient": number("DistanceSourceToPatient"),
        "parameters/gantryTilt": number("GantryDetectorTilt"),
        "parameters/tableHeight": number("TableHeight"), "parameters/rotationDirection": text("RotationDirection"),
        "parameters/exposureTime": number("ExposureTime"), "parameters/xrayTubeCurrent": number("XRayTubeCurrent"),
        "parameters/exposure": number("Exposure"), "parameters/filter": text("FilterType"), "parameters/generatorPower": number("GeneratorPower"),
        "parameters/convolutionKernel": text("ConvolutionKernel"),
        "parameters/collimationWidth/single": number("SingleCollimationWidth"),
        "parameters/collimationWidth/total": number("TotalCollimationWidth"), "parameters/tableSpeed": number("TableSpeed"),
        "parameters/tableFeedPerRotation": number("TableFeedPerRotation"), "parameters/pitchFactor": number("SpiralPitchFactor"),
        "parameters/estimatedDoseSaving/modulation": text("ExposureModulationType"),
        "parameters/estimatedDoseSaving": number("EstimatedDoseSaving"),
        "parameters/ctDIvol": number("CTDIvol"), "parameters/derivation": text("DerivationDescription"),
    },
    "xnat:petScanData": {
        "parameters/facility": text("InstitutionName"), "parameters/numPlanes": integer("NumberOfSlices"),
        "parameters/numGates": integer("NumberOfRRIntervals"), "parameters/planeSeparation": _thickness,
        "parameters/dimensions/x": integer("Columns"), "parameters/dimensions/y": integer("Rows"),
        "parameters/pixelSize/x": item("PixelSpacing", 1), "parameters/pixelSize/y": item("PixelSpacing", 0),
        "parameters/pixelSize/z": _thickness,
    },
    "xnat:optScanData": {
        **_GEOMETRY,
        # XNAT has the spacing of an ophthalmic tomogram the other way round (rows first).
        "parameters/voxelRes/x": item("PixelSpacing", 0), "parameters/voxelRes/y": item("PixelSpacing", 1),
        "parameters/illumination_power": number_text("IlluminationPower"),
        "parameters/illumination_wavelength": number_text("IlluminationWaveLength"),
        "parameters/laterality": text("ImageLaterality"),
    },
}  # fmt: skip
