"""The nodes of an anonymizer script: parameters, element scripts, keeps and removes; from XML or from the old properties form."""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal
from xml.parsers import expat

from scanhouse.deid.ctp.faults import Faults
from scanhouse.deid.ctp.properties import properties
from scanhouse.deid.ctp.sources import Source, whole
from scanhouse.deid.errors import SyntaxFault
from scanhouse.deid.program import At

MOST_NODES: Final = 50_000
"""More than ten for each element of the dictionary."""
DEEPEST: Final = 8
"""Nodes within nodes: a script needs two."""
_KINDS: Final = {"p": "p", "e": "e", "k": "k", "r": "r"}
_KEY = re.compile(r"(param)\.(.*)|(set)\.\[(.*)\]([^\[\]]*)|(keep)\.(?:group)?(.*)|(remove)\.(.*)", re.DOTALL)


@dataclass(frozen=True)
class Node:
    """`target` is a tag, a group, a switch or a parameter's name; `source` the script or the value."""

    kind: Literal["p", "e", "k", "r"]
    target: str
    name: str
    source: Source
    at: At


def nodes(text: str, faults: Faults) -> list[Node]:
    """The nodes that are switched on, in the order of the text. Raises `SyntaxFault`."""
    is_xml = re.search(r"^\s*<", text.removeprefix("\ufeff"), re.MULTILINE) is not None
    return _from_xml(text.removeprefix("\ufeff"), faults) if is_xml else _from_properties(text, faults)


def _from_properties(text: str, faults: Faults) -> list[Node]:
    found = []
    for key, value, at in properties(text):
        match = _KEY.fullmatch(key.strip())
        if match is None:
            faults.add("this line is no rule", at, expected="param.NAME=, set.[gggg,eeee]Name=, keep.groupgggg= or remove.switch=")
            continue
        param, parameter, element, tag, name, keep, group, _, switch = match.groups()
        source = whole(value.strip(), at)
        if param:
            found.append(Node("p", parameter.strip(), "", source, at))
        elif element:
            found.append(Node("e", tag.strip(), name.strip(), source, at))
        elif keep:
            found.append(Node("k", group.strip(), "", source, at))
        else:
            found.append(Node("r", switch.strip(), "", source, at))
    return found


def _from_xml(text: str, faults: Faults) -> list[Node]:
    reader = _Reader(faults)
    try:
        reader.parser.Parse(text.lstrip(), True)
    except expat.ExpatError as error:
        raise SyntaxFault(f"the script is not well-formed XML ({expat.ErrorString(error.code)})", line=error.lineno, column=error.offset + 1,
                          expected="XML such as <script><e en=\"T\" t=\"00100010\" n=\"PatientName\">@remove()</e></script>",
                          remedy="Write &lt; for < and &amp; for & within scripts.") from None
    except (ValueError, UnicodeError):
        raise SyntaxFault("the script holds characters that XML does not allow") from None
    return reader.found


class _Reader:
    """Receives expat's events. A DOCTYPE is refused at its first event, so nothing is expanded, read or fetched."""

    def __init__(self, faults: Faults) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.found: list[Node] = []
        self._faults = faults
        self._depth = 0
        self._open: tuple[str, dict[str, str], At] | None = None
        self._pieces: list[str] = []
        self._marks: list[tuple[int, int, int]] = []

    def _at(self) -> At:
        return At(self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1)

    def _refuse(self, *_: object) -> None:
        at = self._at()
        raise SyntaxFault("a script may not have a DOCTYPE", line=at.line, column=at.column, remedy="Remove it.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        at = self._at()
        if self._depth > DEEPEST or len(self.found) > MOST_NODES:
            raise SyntaxFault("the script has too many nodes", line=at.line, column=at.column)
        if self._depth == 1:
            return
        if self._depth > 2:
            raise SyntaxFault(f"<{name}> stands within another node", line=at.line, column=at.column,
                              expected="text", remedy="Write &lt; for the sign < in a script.")
        if name not in _KINDS:
            self._faults.add(f"<{name}> is no node of a script", at, expected="<p>, <e>, <k> or <r>")
        self._open, self._pieces, self._marks = (name, attributes, at), [], []

    def _text(self, text: str) -> None:
        if self._open is not None:
            at = self._at()
            self._marks.append((sum(map(len, self._pieces[-1:])) + (self._marks[-1][0] if self._marks else 0), at.line, at.column))
            self._pieces.append(text)

    def _end(self, _: str) -> None:
        self._depth -= 1
        if self._depth != 1 or self._open is None:
            return
        name, attributes, at = self._open
        self._open = None
        kind = _KINDS.get(name)
        if kind is None or (kind != "p" and attributes.get("en") != "T"):
            return
        if not attributes.get("t"):
            raise SyntaxFault(f"<{name}> does not say what it is for", line=at.line, column=at.column, expected="an attribute t")
        source = Source("".join(self._pieces), tuple(self._marks) or ((0, at.line, at.column),))
        self.found.append(Node(kind, attributes["t"].strip(), attributes.get("n", "").strip(), source, at))  # type: ignore[arg-type]
