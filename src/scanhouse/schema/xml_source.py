"""XML text as tags: a bounded reader on expat that refuses what an upload never needs.

Expat hands each event over as it reads, so a DOCTYPE is refused before any declaration within it is looked at, and bounds hold while
the text is read, not after.
"""
from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from xml.parsers import expat

from .errors import BadXml
from .namespaces import XSI

MAX_BYTES = 32 * 1024 * 1024
"""A session of some thousand scans is 5 MB, a catalog of 100 000 files 30 MB."""
MAX_DEPTH = 100
"""The deepest type nests some twenty elements; nested sets of search criteria go deeper."""
MAX_TAGS = 500_000
"""Elements: a catalog of 100 000 files has some 400 000; more would be made of nothing but tags, to fill the memory (100 bytes each)."""
MAX_ATTRIBUTES = 100
"""Attributes of one element; the type with the most has 23, the root of a document adds its namespaces outside of this."""


_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


class Tag:
    """An element: its name and namespace, and what it holds. Attributes of XML Schema itself (`xsi:...`) are not among its own.

    `type` is what `xsi:type` says, `type_uri` the namespace that its prefix is bound to. A tag without attributes or children holds no
    containers for them: a hostile document is made of half a million such.
    """

    __slots__ = ("attributes", "children", "name", "text", "type", "type_uri", "uri")

    def __init__(self, uri: str, name: str) -> None:
        self.uri = uri
        self.name = name
        self.attributes: Mapping[str, str] = _NO_ATTRIBUTES
        self.type = ""
        self.type_uri = ""
        self.text = ""
        self.children: list[Tag] | tuple[()] = ()


def read(data: bytes, *, max_bytes: int = MAX_BYTES) -> Tag:
    """The root of an XML document. Raises BadXml."""
    if len(data) > max_bytes:
        raise BadXml(f"The document is larger than {max_bytes} bytes. Send it in parts.")
    source = _Source()
    try:
        source.parser.Parse(data, True)
    except expat.ExpatError as problem:
        raise BadXml(f"The document is not well-formed XML: {expat.ErrorString(problem.code)} in line {problem.lineno}.") from None
    except (LookupError, ValueError) as problem:
        # An encoding that Python does not know, or one of several bytes a character, which expat cannot be taught.
        raise BadXml("The document is in an encoding that cannot be read. Send it in UTF-8.") from problem
    return source.root


class _Source:
    """Receives expat's events and keeps the tree that they tell."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.parser.StartNamespaceDeclHandler = self._bind
        self.parser.EndNamespaceDeclHandler = self._unbind
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._bound: dict[str, list[str]] = {}
        self._open: list[Tag] = []
        self._texts: list[list[str]] = []
        self._count = 0
        self.root = Tag("", "")

    def _refuse_doctype(self, *_: object) -> None:
        raise BadXml("DOCTYPE is disallowed in documents that are sent here. Remove the DOCTYPE declaration and send it again.")

    def _bind(self, prefix: str | None, uri: str | None) -> None:
        self._bound.setdefault(prefix or "", []).append(uri or "")

    def _unbind(self, prefix: str | None) -> None:
        self._bound[prefix or ""].pop()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_TAGS:
            raise BadXml(f"The document has more than {MAX_TAGS} elements. Send it in parts.")
        if len(self._open) == MAX_DEPTH:
            raise BadXml(f"The document nests its elements more than {MAX_DEPTH} deep, in line {self.parser.CurrentLineNumber}.")
        if len(attributes) > MAX_ATTRIBUTES:
            raise BadXml(f"An element in line {self.parser.CurrentLineNumber} has more than {MAX_ATTRIBUTES} attributes.")
        uri, _, local = name.rpartition(" ")
        tag, own = Tag(uri, local), dict[str, str]()
        for key, value in attributes.items():
            space, _, local = key.rpartition(" ")
            if not space:
                own[local] = value
            elif space == XSI and local == "type":
                tag.type = value.strip()
                bound = self._bound.get(tag.type.rpartition(":")[0], [])
                tag.type_uri = bound[-1] if bound else ""
        if own:
            tag.attributes = own
        if self._open:
            above = self._open[-1]
            if above.children:
                above.children.append(tag)
            else:
                above.children = [tag]
        else:
            self.root = tag
        self._open.append(tag)
        self._texts.append([])

    def _text(self, text: str) -> None:
        self._texts[-1].append(text)

    def _end(self, _: str) -> None:
        self._open.pop().text = "".join(self._texts.pop())
