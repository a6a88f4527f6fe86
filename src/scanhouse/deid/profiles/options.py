"""The options of the Basic Profile (PS3.15 E.3): their names in scripts, their titles and codes, and which rows of the table they speak of."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BASIC_CODE: Final = "113100"
BASIC_TITLE: Final = "Basic Application Confidentiality Profile"


@dataclass(frozen=True)
class Option:
    """`keeps` and `cleans` are the letters of the table's rows in which the option says K or C. `code` is of CID 7050, scheme DCM."""

    name: str
    title: str
    code: str
    keeps: str = ""
    cleans: str = ""


ALL: Final = (
    Option("clean-pixel-data", "Clean Pixel Data Option", "113101"),
    Option("clean-recognizable-visual-features", "Clean Recognizable Visual Features Option", "113102"),
    Option("clean-graphics", "Clean Graphics Option", "113103", cleans="G"),
    Option("clean-structured-content", "Clean Structured Content Option", "113104", cleans="S"),
    Option("clean-descriptors", "Clean Descriptors Option", "113105", cleans="T"),
    Option("retain-full-dates", "Retain Longitudinal Temporal Information Full Dates Option", "113106", keeps="F"),
    Option("retain-modified-dates", "Retain Longitudinal Temporal Information Modified Dates Option", "113107", cleans="M"),
    Option("retain-patient-characteristics", "Retain Patient Characteristics Option", "113108", keeps="C", cleans="c"),
    Option("retain-device-identity", "Retain Device Identity Option", "113109", keeps="D", cleans="d"),
    Option("retain-uids", "Retain UIDs Option", "113110", keeps="U"),
    Option("retain-safe-private", "Retain Safe Private Option", "113111", cleans="P"),
    Option("retain-institution-identity", "Retain Institution Identity Option", "113112", keeps="I"),
)
"""In the order of their codes. Recognizable visual features cannot be cleaned here: a script that asks for it is refused."""

OPTIONS: Final = {option.name: option for option in ALL}
LETTERS: Final = {letter: option for option in ALL for letter in option.keeps + option.cleans}
