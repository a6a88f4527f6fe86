"""Names of elements as CTP scripts write them: the standard's keywords, and those of dcm4che 1.4, which mostly follow rules."""
from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from typing import Final

from pydicom.datadict import tag_for_keyword

NAMES: Final = {
    "AdmittingDiagnosisCodeSeq": 0x00081084, "AdmittingDiagnosisDescription": 0x00081080, "ArbitraryCommentsRetired": 0x40004000,
    "ConfidentialityPatientData": 0x00403001, "ContrastAllergies": 0x00102110, "CoordinatingCenterName": 0x00120060,
    "FillerOrderNumber": 0x00402017, "GantyID": 0x00181008, "NameOfPhysicianReadingStudy": 0x00081060, "OperatorName": 0x00081070,
    "OtherPatientIDSeq": 0x00101002, "PaletteColorLUTUID": 0x00281199, "ParticipantDateTime": 0x0040A082,
    "PatientPhoneNumbers": 0x00102154, "PhysicianOfRecord": 0x00081048, "PhysicianReadingStudyIdentificationSeq": 0x00081062,
    "PixelCommentsRetired": 0x00284000, "PlacerOrderNumber": 0x00402016, "PresentationCreatorName": 0x00700084,
    "ReasonforRequestedProcedureCodeSeq": 0x0040100A, "ReasonforStudy": 0x00321030, "ReferringPhysicianPhoneNumbers": 0x00080094,
    "SeriesCommentsRetired": 0x00184000, "TopicKeyWords": 0x00880910,
}
"""Names of dcm4che that no rule leads to."""

RULES: Final = (
    ("Seq", "Sequence"), ("Ref", "Referenced"), ("Datetime", "DateTime"), ("AET", "AETitle"), ("PPS", "PerformedProcedureStep"),
    ("SPS", "ScheduledProcedureStep"), ("Retired", ""), ("DeIdentification", "Deidentification"), ("Ident", "Identification"),
    ("Desc", "Description"), ("LUT", "LookupTable"),
)
"""How dcm4che writes a word, and how the standard does. Not each applies where it could, so all ways are tried."""


@lru_cache(maxsize=4096)
def tag_of(name: str) -> int | None:
    """The tag of a name in either spelling, or None."""
    tag = NAMES.get(name) or tag_for_keyword(name)
    if tag is not None:
        return tag
    fitting = [rule for rule in RULES if rule[0] in name]
    for choice in product((True, False), repeat=len(fitting)):
        candidate = name
        for (short, long), chosen in zip(fitting, choice, strict=True):
            candidate = re.sub(f"{short}(?=s?(?:[^a-z]|$))", long, candidate) if chosen else candidate  # not the Ref in Reference
        tag = tag_for_keyword(candidate)
        if tag is not None:
            return tag
    return None
