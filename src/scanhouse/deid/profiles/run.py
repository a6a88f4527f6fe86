"""What one run of a profile knows of its object: class, patient, shift of dates, words to keep out, and which cleaners ran."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Final

from scanhouse.deid.profiles.cleaning import names_in, telling
from scanhouse.deid.profiles.patients import is_pseudonym, seal, shift_of
from scanhouse.deid.record import METHOD
from scanhouse.deid.state import State
from scanhouse.deid.values import entry_of, text_at

SOP_CLASS: Final = 0x00080016
SOP_INSTANCE: Final = 0x00080018
MODALITY: Final = 0x00080060
PATIENT_ID: Final = 0x00100020
LONGITUDINAL: Final = 0x00280303
BURNED_IN: Final = 0x00280301
PIXELS: Final = (0x7FE00008, 0x7FE00009, 0x7FE00010)


@dataclass
class Run:
    """Facts are found when first asked for: most objects need few of them."""

    state: State
    cleaners: set[str] = field(default_factory=set)
    """Names of the options whose cleaner changed or judged something in this object."""
    blocks: set[tuple[int, str]] = field(default_factory=set)
    """Group and creator of the private blocks of which something was kept."""

    @cached_property
    def sop_class(self) -> str:
        return text_at(self.state.original, SOP_CLASS)

    @cached_property
    def shift(self) -> timedelta:
        """How far dates move: not at all when they were moved before, which the object says and a seal or its pseudonym proves."""
        original, context = self.state.original, self.state.context
        patient = text_at(original, PATIENT_ID)
        if text_at(original, LONGITUDINAL) == "MODIFIED" and (
                seal(text_at(original, SOP_INSTANCE), context) in text_at(original, METHOD).split("\\") or is_pseudonym(patient, context)):
            return timedelta(0)
        return shift_of(patient or text_at(original, 0x0020000D), context)

    @cached_property
    def names(self) -> frozenset[str]:
        return names_in(self.state.original)

    @cached_property
    def telling(self) -> frozenset[str]:
        return telling(self.names)

    @property
    def has_pixels(self) -> bool:
        return any(entry_of(self.state.original, tag) is not None for tag in PIXELS)


def run_of(state: State) -> Run:
    """The facts of this run, made at its first use."""
    found = state.memory.get("profile")
    if not isinstance(found, Run):
        found = state.memory["profile"] = Run(state)
    return found

