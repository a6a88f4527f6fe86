"""Short names of fields, as clients use them in queries, columns and forms: `gender` for the path of a subject's gender.

A table per family of types. A shortcut that may be written names a field of the record or of a part of it; a read-only one names
what the archive knows of the record (`insert_date`), of what it belongs to (`subject_label`), or its type.
"""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from .element import Element


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A short name and the full path that it stands for (`xnat:subjectData/demographics[...]/gender`)."""

    name: str
    path: str
    read_only: bool = False


_PEOPLE = "pi_firstname=investigator/firstname pi_lastname=investigator/lastname"
_VALIDATION = "validation_method=validation/method validation_status=validation/status validation_date=validation/date " \
              "validation_notes=validation/notes"
_META = "insert_date=meta/insert_date insert_user=meta/insert_user/login last_modified=meta/last_modified"
_DEMOGRAPHICS = "dob yob age gender handedness ses education educationDesc race ethnicity weight height gestational_age " \
                "post_menstrual_age birth_weight"
_MR = "coil fieldStrength marker stabilization"
_PET = """studyType patientID patientName stabilization scan_start_time=start_time_scan injection_start_time=start_time_injection
    tracer_name=tracer/name tracer_startTime=tracer/startTime tracer_dose=tracer/dose tracer_sa=tracer/specificActivity
    tracer_totalmass=tracer/totalMass tracer_intermediate=tracer/intermediate tracer_isotope=tracer/isotope
    tracer_transmissions=tracer/transmissions tracer_transmissions_start=tracer/transmissions_starttime"""
_PET_SCAN = "orientation originalFileName systemType fileType transaxialFOV acqType facility numPlanes numGates planeSeparation " \
            "binSize dataType"

_FULL = re.compile(r"\w+:\w+/")

# Family -> (to write, read only). `name` stands for the path of that name, `name=path` for another below the type,
# `name=type/path` (with a colon) for one of another type. Types take over the tables of what they extend.
_TABLES: dict[str, tuple[str, str]] = {
    "xnat:projectData": (
        "ID secondary_ID name description keywords alias=aliases/alias/alias pi_firstname=PI/firstname pi_lastname=PI/lastname "
        "note=fields/field[name=note]/field", _META),
    "xnat:subjectData": (
        f"project label ID group src {_PEOPLE} "
        + " ".join(f"{name}=demographics[@xsi:type=xnat:demographicData]/{name}" for name in _DEMOGRAPHICS.split()),
        f"{_META} xsiType=extension_item/element_name"),
    "xnat:experimentData": (
        f"ID project label visit_id visit protocol date time note {_PEOPLE} {_VALIDATION}",
        f"{_META} xsiType=extension_item/element_name"),
    "xnat:subjectAssessorData": (
        "subject_ID", "subject_label=xnat:subjectData/label subject_project=xnat:subjectData/project"),
    "xnat:imageSessionData": (
        "scanner operator dcmAccessionNumber dcmPatientId dcmPatientName session_type modality UID studyInstanceUID=UID",
        "session_ID=ID session_label=label session_project=project"),
    "xnat:mrSessionData": (_MR, ""),
    "xnat:petSessionData": (_PET, ""),
    "xnat:petmrSessionData": (f"{_MR} {_PET}", ""),
    "xnat:derivedData": (
        "", "session_ID=xnat:imageSessionData/ID session_label=xnat:imageSessionData/label session_project=xnat:imageSessionData/project"),
    "xnat:imageScanData": (
        f"ID type UID note quality condition series_description documentation scanner modality frames scanTime=startTime {_VALIDATION}",
        f"xnat_imagescandata_id {_META} xsiType=extension_item/element_name"),
    "xnat:mrScanData": (_MR, ""),
    "xnat:petScanData": (
        " ".join(f"{name}=parameters/{name}" for name in _PET_SCAN.split()) + " numFrames=parameters/frames/numFrames", ""),
    "xnat:reconstructedImageData": ("ID type baseScanType", "xnat_reconstructedimagedata_id xsiType=extension_item/element_name"),
}


@lru_cache(maxsize=1024)
def shortcuts(element: Element) -> Mapping[str, Shortcut]:
    """The shortcuts of a type by name: those of what it extends first."""
    found: dict[str, Shortcut] = {}
    for ancestor in reversed(element.lineage):
        to_write, read_only = _TABLES.get(ancestor.name, ("", ""))
        found |= {short.name: short for short in (*_read(ancestor.name, to_write), *_read(ancestor.name, read_only, read_only=True))}
    return MappingProxyType(found)


def _read(owner: str, table: str, *, read_only: bool = False) -> list[Shortcut]:
    entries = (entry.partition("=") for entry in table.split())
    return [Shortcut(name, path if _FULL.match(path) else f"{owner}/{path or name}", read_only) for name, _, path in entries]


def find(element: Element, name: str) -> Shortcut | None:
    """The shortcut of that name, case as in the table, or None."""
    return shortcuts(element).get(name)


def name_of(element: Element, path: str) -> str | None:
    """The shortcut that stands for a full path, in any case; None if there is none. The answer of a listing is keyed by it."""
    return _names(element).get(path.lower())


@lru_cache(maxsize=1024)
def _names(element: Element) -> Mapping[str, str]:
    """By lower-cased path; the first name wins, so `UID` stands before `studyInstanceUID`."""
    found: dict[str, str] = {}
    for short in shortcuts(element).values():
        found.setdefault(short.path.lower(), short.name)
    return found
