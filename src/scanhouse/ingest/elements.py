"""Of which type scans and sessions become: by SOP class, then by modality (XNAT's rules, 7.5)."""
from __future__ import annotations

from collections.abc import Iterable

from scanhouse.dicom.sop_classes import Kind, sop_class

# Modality (0008,0060) to the stem of XNAT's types: `mr` is xnat:mrScanData and xnat:mrSessionData. In the order in which a scan leads
# its session: PET before CT, MR before radiotherapy; what is derived or captured leads only alone.
_STEMS: dict[str, str] = {
    "PT": "pet", "CT": "ct", "MR": "mr", "XA": "xa", "US": "us", "CR": "cr", "DX": "dx", "MG": "mg", "NM": "nm", "RF": "rf",
    "RG": "rg", "IO": "io", "OPT": "opt", "OP": "op", "SM": "sm", "GM": "gm", "ES": "es", "XC": "xc", "HD": "hd", "EPS": "eps",
    "ECG": "ecg", "EEG": "eeg", "EMG": "emg", "EOG": "eog", "RESP": "resp", "POS": "pos", "DMS": "dms", "CFM": "cfm", "PA": "pa",
    "MEG": "meg", "RTIMAGE": "rt", "RTDOSE": "rt", "RTPLAN": "rt", "RTSTRUCT": "rt", "RTRECORD": "rt", "RTRAD": "rt", "SR": "sr",
}  # fmt: skip
_SPECIAL_SCANS = {"rt": "xnat:rtImageScanData", "sc": "xnat:scScanData", "seg": "xnat:segScanData", "ann": "xnat:annScanData"}
_CAPTURES = "1.2.840.10008.5.1.4.1.1.7"
_BY_CLASS = {
    "1.2.840.10008.5.1.4.1.1.13.1.1": "xa3D", "1.2.840.10008.5.1.4.1.1.13.1.2": "dx3DCraniofacial",
    "1.2.840.10008.5.1.4.1.1.66.4": "seg", "1.2.840.10008.5.1.4.1.1.66.7": "seg", "1.2.840.10008.5.1.4.1.1.91.1": "ann",
    "1.2.840.10008.5.1.4.1.1.77.1.1.1": "esv", "1.2.840.10008.5.1.4.1.1.77.1.2.1": "gmv", "1.2.840.10008.5.1.4.1.1.77.1.4.1": "xcv",
}  # fmt: skip
OTHER_SCAN, OTHER_SESSION = "xnat:otherDicomScanData", "xnat:otherDicomSessionData"


def scan_element(sop_class_uids: Iterable[str], modality: str) -> str:
    """Type of the scan that a series becomes. The first SOP class that says something decides; `modality` is the series's own."""
    for uid in sop_class_uids:
        if stem := _stem(uid):
            return _scan(stem)
    return _scan(_STEMS[modality]) if modality in _STEMS else OTHER_SCAN


def session_element(scans: Iterable[tuple[str, str]], *, pet_mr: str = "") -> str:
    """Type of the session with these scans, given as (scan element, modality).

    `pet_mr` is the setting `separatePETMR`: "petmr" makes one PET-MR session of PET and MR together, "" and others follow PET.
    """
    scans = list(scans)
    stems = {_stem_of(element) for element, _ in scans}
    if {"pet", "mr"} <= stems and pet_mr == "petmr":
        return "xnat:petmrSessionData"
    leading = next((stem for stem in _RANK if stem in stems), None)
    if leading is None:  # captures, segmentations and the like: the modality they say they come from
        said = {modality for _, modality in scans}
        leading = next((stem for modality, stem in _STEMS.items() if modality in said), None)
    return f"xnat:{leading}SessionData" if leading else OTHER_SESSION


def _stem(uid: str) -> str:
    if uid in _BY_CLASS:
        return _BY_CLASS[uid]
    if uid == _CAPTURES or uid.startswith(_CAPTURES + "."):
        return "sc"
    known = sop_class(uid)
    if known is None or known.kind in (Kind.DATA, Kind.PRESENTATION, Kind.DOCUMENT):
        return ""
    return _STEMS.get(known.modality, "")


def _scan(stem: str) -> str:
    return _SPECIAL_SCANS.get(stem, f"xnat:{stem}ScanData")


def _stem_of(element: str) -> str:
    stem = element.removeprefix("xnat:").removesuffix("ScanData")
    return "rt" if stem == "rtImage" else stem


_RANK = [*dict.fromkeys(_STEMS.values()), "xa3D", "dx3DCraniofacial", "esv", "gmv", "xcv"]
