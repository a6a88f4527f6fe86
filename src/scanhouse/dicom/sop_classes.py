"""Storage SOP classes as data (PS3.4 B.5 and PS3.6 A): name, the modality that makes them, what kind of object they are, and whether
they are primary images, which XNAT keeps in the resource `DICOM` apart from all others (`secondary`)."""
from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pydicom._uid_dict import UID_dictionary


class Kind(Enum):
    """What an object of a storage class is, in so far as a reader must treat it differently."""

    IMAGE = "image"
    SEGMENTATION = "segmentation"
    DOCUMENT = "document"  # an encapsulated file
    REPORT = "report"  # a structured report
    WAVEFORM = "waveform"
    PRESENTATION = "presentation"
    RADIOTHERAPY = "radiotherapy"  # plans, structures, records
    DATA = "data"  # measurements, registrations, raw data, meshes


@dataclass(frozen=True, slots=True)
class SopClass:
    """One storage class. `modality` is the usual value of Modality (0008,0060), "" where none is usual."""

    uid: str
    name: str
    keyword: str
    kind: Kind
    modality: str
    primary: bool
    retired: bool = False


def sop_class(uid: str) -> SopClass | None:
    """The storage class of that UID, or None for a private or unknown one."""
    return STORAGE.get(uid)


def is_primary(uid: str) -> bool:
    """Whether instances of the class are images as a modality made them: not captured, derived, drawn, written or unknown."""
    found = STORAGE.get(uid)
    return found is not None and found.primary


def is_image(uid: str) -> bool:
    """Whether instances of the class are pictures that a viewer shows, captured ones included."""
    found = STORAGE.get(uid)
    return found is not None and found.kind is Kind.IMAGE


def name(uid: str) -> str:
    """The class's name in PS3.6, or the UID itself where it has none."""
    entry = UID_dictionary.get(uid)
    return entry[0] if entry else uid


_PRIMARY = {
    "CT": "CTImageStorage EnhancedCTImageStorage LegacyConvertedEnhancedCTImageStorage",
    "MR": "MRImageStorage EnhancedMRImageStorage EnhancedMRColorImageStorage LegacyConvertedEnhancedMRImageStorage MRSpectroscopyStorage",
    "PT": "PositronEmissionTomographyImageStorage EnhancedPETImageStorage LegacyConvertedEnhancedPETImageStorage",
    "NM": "NuclearMedicineImageStorage NuclearMedicineImageStorageRetired",
    "US": "UltrasoundImageStorage UltrasoundImageStorageRetired UltrasoundMultiFrameImageStorage UltrasoundMultiFrameImageStorageRetired "
    "EnhancedUSVolumeStorage",
    "PA": "PhotoacousticImageStorage",
    "CR": "ComputedRadiographyImageStorage",
    "DX": "DigitalXRayImageStorageForPresentation DigitalXRayImageStorageForProcessing",
    "MG": "DigitalMammographyXRayImageStorageForPresentation DigitalMammographyXRayImageStorageForProcessing "
    "BreastTomosynthesisImageStorage BreastProjectionXRayImageStorageForPresentation BreastProjectionXRayImageStorageForProcessing",
    "IO": "DigitalIntraOralXRayImageStorageForPresentation DigitalIntraOralXRayImageStorageForProcessing",
    "XA": "XRayAngiographicImageStorage EnhancedXAImageStorage XRayAngiographicBiPlaneImageStorage XRay3DAngiographicImageStorage",
    "RF": "XRayRadiofluoroscopicImageStorage EnhancedXRFImageStorage",
    "DXCT": "XRay3DCraniofacialImageStorage",
    "IVOCT": "IntravascularOpticalCoherenceTomographyImageStorageForPresentation "
    "IntravascularOpticalCoherenceTomographyImageStorageForProcessing",
    "ES": "VLEndoscopicImageStorage VideoEndoscopicImageStorage",
    "GM": "VLMicroscopicImageStorage VideoMicroscopicImageStorage ConfocalMicroscopyImageStorage",
    "SM": "VLSlideCoordinatesMicroscopicImageStorage VLWholeSlideMicroscopyImageStorage ConfocalMicroscopyTiledPyramidalImageStorage",
    "XC": "VLPhotographicImageStorage VideoPhotographicImageStorage VLImageStorageTrial VLMultiFrameImageStorageTrial",
    "DMS": "DermoscopicPhotographyImageStorage",
    "OP": "OphthalmicPhotography8BitImageStorage OphthalmicPhotography16BitImageStorage "
    "WideFieldOphthalmicPhotographyStereographicProjectionImageStorage WideFieldOphthalmicPhotography3DCoordinatesImageStorage",
    "OPT": "OphthalmicTomographyImageStorage OphthalmicOpticalCoherenceTomographyEnFaceImageStorage",
    "RTIMAGE": "RTImageStorage EnhancedRTImageStorage EnhancedContinuousRTImageStorage",
}
_OTHER = {
    (Kind.IMAGE, "OT"): "SecondaryCaptureImageStorage MultiFrameSingleBitSecondaryCaptureImageStorage "
    "MultiFrameGrayscaleByteSecondaryCaptureImageStorage MultiFrameGrayscaleWordSecondaryCaptureImageStorage "
    "MultiFrameTrueColorSecondaryCaptureImageStorage ParametricMapStorage",
    (Kind.IMAGE, "HC"): "HardcopyGrayscaleImageStorage HardcopyColorImageStorage",
    (Kind.IMAGE, "OPM"): "OphthalmicThicknessMapStorage CornealTopographyMapStorage",
    (Kind.IMAGE, "RTDOSE"): "RTDoseStorage",
    (Kind.SEGMENTATION, "SEG"): "SegmentationStorage SurfaceSegmentationStorage",
    (Kind.DOCUMENT, "DOC"): "EncapsulatedPDFStorage EncapsulatedCDAStorage",
    (Kind.DOCUMENT, "M3D"): "EncapsulatedSTLStorage EncapsulatedOBJStorage EncapsulatedMTLStorage",
    (Kind.REPORT, "KO"): "KeyObjectSelectionDocumentStorage",
    (Kind.WAVEFORM, "ECG"): "TwelveLeadECGWaveformStorage GeneralECGWaveformStorage AmbulatoryECGWaveformStorage "
    "General32bitECGWaveformStorage",
    (Kind.WAVEFORM, "HD"): "HemodynamicWaveformStorage ArterialPulseWaveformStorage",
    (Kind.WAVEFORM, "EPS"): "CardiacElectrophysiologyWaveformStorage",
    (Kind.WAVEFORM, "AU"): "BasicVoiceAudioWaveformStorage GeneralAudioWaveformStorage",
    (Kind.WAVEFORM, "RESP"): "RespiratoryWaveformStorage MultichannelRespiratoryWaveformStorage",
    (Kind.WAVEFORM, "EEG"): "RoutineScalpElectroencephalogramWaveformStorage SleepElectroencephalogramWaveformStorage",
    (Kind.WAVEFORM, "EMG"): "ElectromyogramWaveformStorage",
    (Kind.WAVEFORM, "EOG"): "ElectrooculogramWaveformStorage",
    (Kind.WAVEFORM, "POS"): "BodyPositionWaveformStorage",
    (Kind.RADIOTHERAPY, "RTSTRUCT"): "RTStructureSetStorage",
    (Kind.RADIOTHERAPY, "RTPLAN"): "RTPlanStorage RTIonPlanStorage",
    (Kind.DATA, "REG"): "SpatialRegistrationStorage DeformableSpatialRegistrationStorage",
    (Kind.DATA, "FID"): "SpatialFiducialsStorage",
    (Kind.DATA, "RWV"): "RealWorldValueMappingStorage",
    (Kind.DATA, "ANN"): "MicroscopyBulkSimpleAnnotationsStorage",
}
_RULES = (  # for the rest, by a part of the keyword: first match counts
    ("PresentationState", Kind.PRESENTATION, "PR"), ("StructuredDisplay", Kind.PRESENTATION, "PR"),
    ("HangingProtocol", Kind.PRESENTATION, ""), ("ColorPalette", Kind.PRESENTATION, ""),
    ("SRStorage", Kind.REPORT, "SR"), ("ProcedureLog", Kind.REPORT, "SR"),
    ("Waveform", Kind.WAVEFORM, ""), ("TreatmentRecord", Kind.RADIOTHERAPY, "RTRECORD"), ("Radiation", Kind.RADIOTHERAPY, "RTRAD"),
    ("RT", Kind.RADIOTHERAPY, "OT"), ("Report", Kind.REPORT, "SR"), ("ImageStorage", Kind.IMAGE, "OT"), ("", Kind.DATA, ""),
)  # fmt: skip
_NOT_STORAGE = frozenset(("MediaStorageDirectoryStorage", "StorageCommitmentPushModel", "StorageCommitmentPullModel", "StoredPrintStorage"))


def _table() -> dict[str, SopClass]:
    primary = {keyword: modality for modality, keywords in _PRIMARY.items() for keyword in keywords.split()}
    other = {keyword: of for of, keywords in _OTHER.items() for keyword in keywords.split()}
    table: dict[str, SopClass] = {}
    for uid, (title, type_, _, retired, keyword) in UID_dictionary.items():
        if type_ != "SOP Class" or "Storage" not in keyword or keyword in _NOT_STORAGE:
            continue
        if keyword in primary:
            kind, modality = Kind.IMAGE, primary[keyword]
        elif keyword in other:
            kind, modality = other[keyword]
        else:
            kind, modality = next((kind, modality) for part, kind, modality in _RULES if part in keyword)
        table[uid] = SopClass(uid, title, keyword, kind, modality, keyword in primary, bool(retired))
    return table


STORAGE = _table()
"""All storage classes of PS3.6 by UID."""
