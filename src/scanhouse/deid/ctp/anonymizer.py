"""CTP's DicomAnonymizer scripts: `parse(text) -> Program`. The grammar is in docs/reference/ctp.md."""
from __future__ import annotations

from typing import Final

from scanhouse.deid.ctp.advice import advise
from scanhouse.deid.ctp.elements import creator_element, pattern_of
from scanhouse.deid.ctp.faults import Faults
from scanhouse.deid.ctp.nodes import Node, nodes
from scanhouse.deid.ctp.results import MARK
from scanhouse.deid.ctp.rules import Anonymizer, Script, Switches
from scanhouse.deid.ctp.scripts import Scope, parse_script
from scanhouse.deid.errors import SyntaxFault
from scanhouse.deid.program import Language, Program, Walk
from scanhouse.deid.tagpath import TagPattern

REMOVES: Final = ("privategroups", "unspecifiedelements", "overlays", "curves")


def parse(text: str, *, strict: bool = False) -> Program:
    """The program. What CTP runs although it is wrong is a warning, or an error when `strict`. Raises `SyntaxFault`, `UnknownFunction`."""
    if MARK in text:
        raise SyntaxFault("the script holds half a character (a lone surrogate)")
    faults = Faults(strict=strict)
    found = nodes(text, faults)
    scope = Scope({node.target: node.source.text.strip() for node in found if node.kind == "p"}, _names(found), faults)
    policy = _policy(found, scope)
    advise(policy, faults)
    return Program(Language.CTP, (Walk(policy),), text=text, warnings=tuple(faults.warnings))


def _names(found: list[Node]) -> dict[str, TagPattern]:
    """The names that the script gives to private elements."""
    patterns = ((node.name, pattern_of(node.target, {})) for node in found if node.kind == "e" and node.name)
    return {name: pattern for name, pattern in patterns if pattern is not None and pattern.private}


def _policy(found: list[Node], scope: Scope) -> Anonymizer:
    scripts: dict[int, Script] = {}
    private: dict[tuple[int, str, int], Script] = {}
    creators: dict[tuple[int, str], Script] = {}
    for node in found:
        if node.kind != "e":
            continue
        script = Script(parse_script(node.source, scope), node.source.text, node.at.line)
        creator, pattern = creator_element(node.target), pattern_of(node.target, {})
        if creator is not None:
            creators[creator[0], creator[1].upper()] = script
        elif pattern is None:
            raise SyntaxFault(f"{node.target!r} names no element", line=node.at.line, column=node.at.column,
                              expected="ggggeeee or gggg[CREATOR]ee", remedy="Correct the tag: the rule would not be carried out.")
        elif pattern.creator is not None:
            private[int(pattern.group, 16), pattern.creator.upper(), int(pattern.element, 16)] = script
        else:
            tag = int(pattern.group + pattern.element, 16)
            if tag in scripts:
                scope.faults.add(f"{node.target} has two scripts", node.at, expected="one", remedy="Remove one; the last is used.")
            scripts[tag] = script
    return Anonymizer(scripts, private, creators, _switches(found, scope.faults))


def _switches(found: list[Node], faults: Faults) -> Switches:
    removed: set[str] = set()
    groups: set[int] = set()
    keep_safe = False
    for node in found:
        if node.kind == "r":
            if node.target not in REMOVES:
                raise SyntaxFault(f"{node.target!r} cannot be removed as a whole", line=node.at.line, column=node.at.column,
                                  expected=f"one of {', '.join(REMOVES)}", remedy="Correct it: the rule would not be carried out.")
            removed.add(node.target)
        elif node.kind == "k" and node.target.startswith("safe"):
            keep_safe = True
        elif node.kind == "k":
            try:
                groups.add(int(node.target, 16) & 0xFFFF)
            except ValueError:
                faults.add(f"{node.target!r} is no group", node.at, expected="four hex digits, or safeprivateelements",
                           remedy="Correct it; nothing is kept by it.")
    return Switches("privategroups" in removed, "unspecifiedelements" in removed, "overlays" in removed, "curves" in removed, keep_safe,
                    frozenset(groups))
