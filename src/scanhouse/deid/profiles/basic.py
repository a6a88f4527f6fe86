"""The Basic Application Level Confidentiality Profile as a policy: what is decided for each element (reference 11.3), and why."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pydicom.datadict import dictionary_has_tag, repeater_has_tag

from scanhouse.deid.policy import Decision, Enter, Keep, Remove, Rule
from scanhouse.deid.profiles import recording
from scanhouse.deid.profiles.cleaning import tells
from scanhouse.deid.profiles.pixel_risk import Care, judge
from scanhouse.deid.profiles.run import run_of
from scanhouse.deid.profiles.safe_private import safe_private
from scanhouse.deid.profiles.sequences import in_content, sequence_decision
from scanhouse.deid.profiles.structured import STRUCTURED, pruned
from scanhouse.deid.profiles.table import NEWEST, Verdict, rows, verdict, verdicts
from scanhouse.deid.profiles.values import MEANING, clean_text, dummy, value_decision
from scanhouse.deid.state import Here, State, Stop
from scanhouse.deid.values import text_at

DICOMDIR: Final = "1.2.840.10008.1.3.10"
RETIRED_GROUPS: Final = frozenset({0x1000, 0x1010, 0x2040, 0x2120, 0x4000, 0x4008})
"""Groups of which everything is retired (PS3.6 E), beside curves."""
UNKNOWN: Final = Remove("unknown to the standard")
PRIVATE: Final = Remove("private")
UNLISTED: Final = Keep("", covered=False)
ENTERED: Final = Enter("")
NAMED: Final = "not in the table, but holds a word of a name"


@dataclass(frozen=True)
class BasicProfile:
    """The profile of one script. `chosen` are names of options; `kept` and `removed` a site's own exceptions; `safe` its private ones."""

    chosen: frozenset[str] = frozenset()
    edition: str = NEWEST
    kept: frozenset[int] = frozenset()
    removed: frozenset[int] = frozenset()
    safe: frozenset[tuple[int, str, int]] = frozenset()
    care: Care = Care.CAUTIOUS
    keep_unlisted: bool = True

    def begin(self, state: State) -> None:
        if text_at(state.original, 0x00020002) == DICOMDIR or entry_is_directory(state):
            raise Stop("quarantined", "a DICOMDIR lists files by their identifiers; make a new one of the de-identified files")
        judge(state, self.care, clean_asked="clean-pixel-data" in self.chosen)

    def decide(self, state: State, here: Here) -> Decision:
        tag = int(here.tag)
        decide = self._handlers.get(tag)
        if decide is None:
            decide = self._handlers[tag] = self._handler(tag)
        if here.address and here.address[-1][0] in STRUCTURED:
            judged = in_content(state, here, self.chosen, decide)
            if judged is not None:
                return judged
        return decide(state, here)

    def finish(self, state: State) -> None:
        if "clean-structured-content" in run_of(state).cleaners:
            pruned(state.dataset)
        recording.record(state, self.chosen, self.edition)

    def rules(self) -> Iterator[Rule]:
        for row in rows(self.edition):
            found = self._fixed(int(row.target, 16)) if row.target.isalnum() and "X" not in row.target and row.target != "PRIVATE" else None
            what = found or verdict(row, self.chosen)
            yield Rule(row.target, MEANING[what.action], f"{row.name}: {what.why}")

    @cached_property
    def _handlers(self) -> dict[int, Callable[[State, Here], Decision]]:
        """How each tag that was met is decided; shared by all objects of the script."""
        return {}

    @cached_property
    def _verdicts(self) -> dict[int, Verdict]:
        return verdicts(self.edition, self.chosen)

    def _fixed(self, tag: int) -> Verdict | None:
        if tag in self.removed:
            return Verdict("X", "X")
        return Verdict("K", "K") if tag in self.kept else None

    def _handler(self, tag: int) -> Callable[[State, Here], Decision]:
        group = tag >> 16
        fixed = self._fixed(tag)
        if fixed is not None:
            return _always(Remove("removed by the script") if fixed.action == "X" else None, "kept by the script")
        if group & 1:
            return self._private
        found = self._verdicts.get(tag)
        if found is not None:
            return _listed(found, self.chosen)
        if tag & 0xFFFF == 0 or group < 8:
            return _always(UNKNOWN)
        if 0x5000 <= group <= 0x501E or 0x6000 <= group <= 0x60FE:
            # A plane without its data, or a label without its plane, would be no valid object: the whole group goes.
            return _always(Remove("overlay or curve"))
        if group in RETIRED_GROUPS or not (dictionary_has_tag(tag) or repeater_has_tag(tag)):
            return _always(UNKNOWN)
        if tag in NEEDED or (group == 0x0008 and 0x0100 <= tag & 0xFFFF <= 0x0124):
            return _always(None)
        if self.keep_unlisted:
            return _unlisted
        return lambda state, here: Enter() if here.vr == "SQ" else Remove("text that the table does not list") if here.vr in OPEN else UNLISTED

    def _private(self, state: State, here: Here) -> Decision:
        if "retain-safe-private" not in self.chosen:
            return PRIVATE
        group, element = here.tag >> 16, here.tag & 0xFFFF
        if 0x10 <= element <= 0xFF:
            creator = (here.text or "").strip()
            members = (tag for tag in here.original._dict if tag >> 16 == group and (tag & 0xFFFF) >> 8 == element)
            return Keep("creator of a safe block") if any(self._safe(group, creator, tag) for tag in members) else PRIVATE
        if not self._safe(group, here.creator or "", here.tag):
            return PRIVATE
        run = run_of(state)
        run.blocks.add((group, here.creator or ""))
        run.cleaners.add("retain-safe-private")
        if here.vr == "UI" and "retain-uids" not in self.chosen:
            return value_decision(Verdict("U", "U"), state, here)
        return Enter("safe private") if here.vr == "SQ" else Keep("safe private")

    def _safe(self, group: int, creator: str, tag: int) -> bool:
        return (group, creator, tag & 0xFF) in self._safe_private

    @cached_property
    def _safe_private(self) -> frozenset[tuple[int, str, int]]:
        return safe_private() | self.safe


NEEDED: Final = frozenset((0x00080005, 0x00080060, 0x00080064, 0x00080070, 0x00081090, 0x00181020, 0x00420012))
"""What stays, beside the parts of codes, where unlisted text goes: without it the object could not be read."""
OPEN: Final = frozenset(("AE", "AS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UN", "UR", "UT"))
"""VRs that can hold any words, names and dates; not those of terms, numbers and UIDs."""


def entry_is_directory(state: State) -> bool:
    """Whether the object is a DICOMDIR by what it holds."""
    meta = getattr(state.original, "file_meta", None)
    return 0x00041220 in state.original._dict or (meta is not None and text_at(meta, 0x00020002) == DICOMDIR)


def _listed(found: Verdict, chosen: frozenset[str]) -> Callable[[State, Here], Decision]:
    return lambda state, here: sequence_decision(found, state, here, chosen) if here.vr == "SQ" else value_decision(found, state, here)


def _unlisted(state: State, here: Here) -> Decision:
    """To keep, unless a word of somebody's name stands in it: titles and labels repeat names, and no table lists them all."""
    vr = here.vr
    if vr == "SQ":
        return ENTERED
    if vr in OPEN and tells(here.text or "", run_of(state).telling):
        return clean_text(state, here, NAMED) or dummy(state, here, NAMED)
    return UNLISTED


def _always(decision: Decision | None, why: str = "") -> Callable[[State, Here], Decision]:
    """The decision, or to keep: sequences by looking at their items."""
    if decision is not None:
        return lambda state, here: decision
    kept = Keep(why) if why else UNLISTED
    return lambda state, here: Enter(why) if here.vr == "SQ" else kept
