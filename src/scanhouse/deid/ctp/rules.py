"""An anonymizer script as a policy: for each element of the object, by the order of CTP's decisions (reference 4.2), what becomes of it."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

from pydicom import Dataset
from pydicom.datadict import keyword_for_tag
from pydicom.tag import BaseTag

from scanhouse.deid.charsets import CHARACTER_SET
from scanhouse.deid.ctp.hashes import SCRIPTS
from scanhouse.deid.ctp.method_codes import record_codes
from scanhouse.deid.ctp.results import decision, inserted
from scanhouse.deid.elements import Place, meta_of, tags_of
from scanhouse.deid.errors import RunError
from scanhouse.deid.evaluation import value_of, written
from scanhouse.deid.policy import Decision, Empty, Keep, Remove, Replace, Rule
from scanhouse.deid.program import Call, Expression, Joined, Text
from scanhouse.deid.record import METHOD_CODES
from scanhouse.deid.safe_private import is_safe, parse_own
from scanhouse.deid.state import Here, State
from scanhouse.deid.values import element, entry_of, known_vr, text_of

PROTECTED: Final = frozenset({0x00080016, 0x00080018, 0x0020000D})
"""SOP class, SOP instance and study: never removed for want of a script."""
PROTECTED_GROUPS: Final = frozenset({0x0028, 0x7FE0})
SIGNATURES: Final = frozenset({0xFFFAFFFA, 0xFFFCFFFC})
"""Digital signatures and padding at the end: neither is true of a changed object."""
META_KEPT: Final = frozenset({0x00020000, 0x00020001, 0x00020002, 0x00020003, 0x00020010, 0x00020012, 0x00020013})
"""What file meta information is made of anew; the rest (senders' titles, private information) goes."""

OWN_SAFE: Final = "ctp safe private elements"
"""Where a run remembers the site's own, from the stage's attribute `safePrivateElements`."""


@dataclass(frozen=True)
class Script:
    """One element's script; `text` and `line` are for people."""

    expression: Expression
    text: str
    line: int

    @property
    def first_calls(self) -> tuple[str, ...]:
        """Names of the calls that the script begins with, before any text; blanks and line ends around a script mean nothing."""
        parts = self.expression.parts if isinstance(self.expression, Joined) else ()
        names: list[str] = []
        for part in parts:
            if isinstance(part, Text) and not names and not (part.value or "").strip():
                continue
            if not isinstance(part, Call):
                break
            names.append(part.function.name)
        return tuple(names)

    def trimmed(self, result: str) -> str:
        """A result without the blanks that stand around the script."""
        result = result.lstrip() if self.text[:1].isspace() else result
        return result.rstrip() if self.text[-1:].isspace() else result


@dataclass(frozen=True)
class Switches:
    """The script's global rules."""

    private_groups: bool = False
    unspecified: bool = False
    overlays: bool = False
    curves: bool = False
    keep_safe: bool = False
    keep_groups: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Anonymizer:
    """`scripts` by tag; `private` by group, creator and low byte; `creators` by group and creator, for the creator elements themselves."""

    scripts: Mapping[int, Script]
    private: Mapping[tuple[int, str, int], Script]
    creators: Mapping[tuple[int, str], Script]
    switches: Switches

    # The policy

    def begin(self, state: State) -> None:
        state.memory[SCRIPTS] = {tag: script.expression for tag, script in self.scripts.items()}
        state.memory[OWN_SAFE] = parse_own(state.context.config.get("safePrivateElements", ""))
        self._forget_senders(state)
        if entry_of(state.original, CHARACTER_SET) is None:
            # CTP reads text without a declared set as Latin-1 and says so in what it writes.
            state.store(state.dataset, element(CHARACTER_SET, "CS", "ISO_IR 100"))
            state.speak((), CHARACTER_SET, "character set declared")
        for tag, script in self._by_tag(state.original):
            if BaseTag(tag) not in state.original._dict:
                state.here = Here(BaseTag(tag), state.original, state.dataset)
                self._insert(tag, script, state)
        state.here = None

    def decide(self, state: State, here: Here) -> Decision:
        tag = int(here.tag)
        group = tag >> 16
        if tag in SIGNATURES:
            return Remove("a signature does not hold for a changed object")
        script = self._script(here)
        switches = self.switches
        if script is None and (switches.unspecified or (switches.private_groups and group & 1)):
            protection = self._protection(here, group, cast("frozenset[tuple[int, str, int]]", state.memory[OWN_SAFE]))
            if not protection:
                return Remove("private" if switches.private_groups and group & 1 else "no script")
            if not switches.overlays or group & 0xFF00 != 0x6000:
                return Keep(protection)
        if switches.overlays and group & 0xFF00 == 0x6000:
            return Remove("overlay")
        if script is None:
            return Keep(covered=False)
        why = f"line {script.line}"
        if tag == METHOD_CODES and not here.address:
            return record_codes(script.text.strip(), script.expression, state, why)
        found = decision(written(value_of(script.expression, state), state) or "", here.vr, why)
        if tag == CHARACTER_SET and isinstance(found, Remove | Empty):
            state.warnings.append("the character set stays although the script takes it out: the text that stays could not be read")
            return Keep(why)
        return replace(found, at=script.expression.at) if isinstance(found, Replace) else found

    def finish(self, state: State) -> None:
        pass

    def rules(self) -> Iterator[Rule]:
        named: list[tuple[str, Script]] = [(_shown(tag), script) for tag, script in sorted(self.scripts.items())]
        named += [(f"({group:04X},[{creator}]{low:02X})", script) for (group, creator, low), script in sorted(self.private.items())]
        named += [(f"({group:04X},00[{creator}])", script) for (group, creator), script in sorted(self.creators.items())]
        for target, script in named:
            yield Rule(target, script.text.strip() or "@empty()", f"line {script.line}")
        switches = self.switches
        for group in sorted(switches.keep_groups):
            yield Rule(f"group {group:04X}", "kept where it has no script", "keep")
        for on, target, action in ((switches.keep_safe, "safe private elements and private creators", "kept where they have no script"),
                                   (switches.private_groups, "private elements without script", "removed"),
                                   (switches.unspecified, "elements without script", "removed"),
                                   (switches.overlays, "overlays", "removed, even with a script"),
                                   (switches.curves, "curves", "not protected from the rule for elements without script")):
            if on:
                yield Rule(target, action, "global rule")

    # Its parts

    def _script(self, here: Here) -> Script | None:
        tag = int(here.tag)
        found = self.scripts.get(tag)
        if found is not None or not tag >> 16 & 1:
            return found
        if self.private and tag & 0xFFFF > 0xFF:
            creator = here.creator
            return None if creator is None else self.private.get((tag >> 16, creator.upper(), tag & 0xFF))
        if self.creators and 0x10 <= tag & 0xFFFF <= 0xFF:
            return self.creators.get((tag >> 16, (here.text or "").strip().upper()))
        return None

    def _protection(self, here: Here, group: int, own: frozenset[tuple[int, str, int]]) -> str:
        """Why an element without script stays although such elements go; empty when it does not."""
        tag, switches = int(here.tag), self.switches
        if group in switches.keep_groups:
            return "group kept"
        if tag in PROTECTED or group in PROTECTED_GROUPS or tag == CHARACTER_SET:
            return "always kept"
        if group & 1:
            if switches.keep_safe and tag & 0xFF00 == 0:
                return "private creator"
            if switches.keep_safe and is_safe(group, here.creator, tag & 0xFF, own):
                return "safe private element"
            if switches.private_groups:
                return ""
        if group & 0xFF00 == 0x6000 and not switches.overlays:
            return "overlay"
        return "curve" if group & 0xFF00 == 0x5000 and not switches.curves else ""

    def _by_tag(self, original: Dataset) -> Iterator[tuple[int, Script]]:
        """Scripts with the tags they have in this object: private ones only where their creator has a block."""
        yield from sorted(self.scripts.items())
        if not self.private:
            return
        for tag in tags_of(original):
            if tag.group & 1 and 0x10 <= tag.element <= 0xFF:
                creator = (text_of(original._dict[tag], original) or "").strip().upper()
                for (group, named, low), script in sorted(self.private.items()):
                    if group == tag.group and named == creator:
                        yield int(tag) & 0xFFFF0000 | tag.element << 8 | low, script

    def _insert(self, tag: int, script: Script, state: State) -> None:
        why = f"line {script.line}"
        place = Place(state.dataset, BaseTag(tag))
        if tag == METHOD_CODES:
            record_codes(script.text.strip(), script.expression, state, why)
            return
        first = script.first_calls
        if first[:1] != ("always",) or tag >> 16 == 2:
            return
        vr = known_vr(tag, state.dataset, unknown="LO" if tag >> 16 & 1 else "SH")
        if vr == "SQ":
            if first[:2] == ("always", "require"):
                state.put(place, "", vr=vr, why=why)
            elif first[:2] == ("always", "call"):
                value_of(script.expression, state)
            return
        text = inserted(script.trimmed(written(value_of(script.expression, state), state) or ""))
        if text is not None:
            try:
                state.put(place, text, vr=vr, why=why)
            except RunError as error:
                raise error.placed(script.expression.at.line, script.expression.at.column) from None

    def _forget_senders(self, state: State) -> None:
        meta = meta_of(state.dataset)
        for tag in tags_of(meta) if meta is not None else ():
            if int(tag) not in META_KEPT:
                state.remove(Place(meta, tag), why="file meta information is made anew")  # type: ignore[arg-type]  # not None here


def _shown(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X}) {keyword_for_tag(tag)}".rstrip()


