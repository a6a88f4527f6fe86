"""The small language in which data types are declared, and what a declaration says.

A line at the margin opens a type, an indented line declares a field of it, in the order of its XML schema:

    xnat:subjectData as Subject "Subject" key=label            a type: root element, names for people, identifying field
    xnat:mrSessionData < xnat:imageSessionData as MRSession    one that extends another
      @ID!                                                     an attribute; `!` required
      note <=2500                                              text of at most 2500 characters
      education integer 0..30                                  other kinds of value, with bounds
      gender {male|female}                                     choices
      weight float @units                                      a value with an attribute
      matrix - @x:integer @y:integer                           no value of its own, only attributes
      fields/field* text key=name @name                        `*` repeated: a list of documents, told apart by their name
      scans/scan* xnat:imageScanData rows                      documents of a type; `rows`: they are kept in rows of their own
      demographics xnat:abstractDemographicData=xnat:demographicData   a part of some type; after `=` which, when not said
      = text                                                   the value of a type that is a value with attributes
      password hidden                                          never offered to searches
      dcmPatientId "Patient ID"                                a label; else it is made from the name

`key=` names the field by which clients look the documents up; `match=` those that only tell them apart.
A repeated field without a type gets one of its own, named as XNAT names it: the owner's name, `_`, the field's.
"""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .errors import BadDeclaration
from .values import ValueType

KINDS = {
    "string": ValueType.STRING, "text": ValueType.TEXT, "integer": ValueType.INTEGER, "int": ValueType.INT, "long": ValueType.LONG,
    "float": ValueType.FLOAT, "double": ValueType.DOUBLE, "boolean": ValueType.BOOLEAN, "date": ValueType.DATE, "time": ValueType.TIME,
    "dateTime": ValueType.DATETIME, "duration": ValueType.DURATION, "uri": ValueType.URI, "json": ValueType.JSON,
}
_TOKEN = re.compile(r'"[^"]*"|(?:[^\s"{]|\{[^}]*\})+')
_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)?\Z")
_TYPE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*:[A-Za-z][A-Za-z0-9_]*\Z")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")


@dataclass(frozen=True, slots=True)
class Node:
    """One element or attribute below a type's root: a value, a part, a list, or only a place for others."""

    name: str
    prefix: str
    """Prefix of the namespace that the element is written in."""
    kind: ValueType | None = None
    """Kind of the value it holds itself; None for parts, lists and mere places."""
    attribute: bool = False
    repeated: bool = False
    required: bool = False
    item: str | None = None
    """Type of a part or of a list's documents."""
    default_item: str | None = None
    """Type of a part or document that does not say its own."""
    rows: bool = False
    hidden: bool = False
    max_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()
    label: str = ""
    children: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Declaration:
    """A data type as it was declared: what it adds to the type that it extends."""

    name: str
    extends: str | None = None
    proper_name: str = ""
    singular: str = ""
    plural: str = ""
    code: str = ""
    key: tuple[str, ...] = ()
    """Paths of the fields that tell its documents apart."""
    identifier: str = ""
    """The field by which clients look its records up and name new ones, as the XML schema tells them."""
    abstract: bool = False
    anonymous: bool = False
    """Made for a repeated field; its XML type has no name."""
    content: Node | None = None
    """The value of a type that is a value with attributes."""
    nodes: tuple[Node, ...] = ()


@dataclass(slots=True)
class _Draft:
    """A node while lines still add to it."""

    name: str
    kind: ValueType | None = None
    attribute: bool = False
    facts: dict[str, object] = field(default_factory=dict)
    children: dict[str, _Draft] = field(default_factory=dict)


def read(text: str) -> tuple[Declaration, ...]:
    """The declarations in a text, those of repeated fields after their owner's. Raises BadDeclaration."""
    return tuple(_read(text))


def _read(text: str) -> Iterator[Declaration]:
    head, body = "", list[str]()
    for line in text.splitlines():
        bare = line.split("#", 1)[0].rstrip()
        if not bare:
            continue
        if bare[0].isspace():
            body.append(bare.strip())
            continue
        if head:
            yield from _declare(head, body)
        head, body = bare, []
    if head:
        yield from _declare(head, body)


def _declare(head: str, body: list[str]) -> Iterator[Declaration]:
    tokens = iter(_TOKEN.findall(head))
    name = next(tokens)
    if not _TYPE_NAME.match(name):
        raise BadDeclaration(f"A data type is named as prefix:name, not {name[:100]!r}.")
    prefix, local = name.split(":")
    extends, proper, names, code, abstract = None, "", [], "", False
    identity: dict[str, object] = {}
    for word in tokens:
        if word == "<":
            extends = next(tokens, "")
        elif word == "as":
            proper = next(tokens, "")
        elif word == "abstract":
            abstract = True
        elif word.startswith('"'):
            names.append(word.strip('"'))
        elif word.startswith(("key=", "match=")):
            _identify(identity, word)
        elif word.startswith("code="):
            code = word[5:]
        else:
            raise BadDeclaration(f"{name}: {word[:50]!r} says nothing about a data type.")
    top, content = _Draft(""), None
    for line in body:
        if line.startswith("= "):
            content = _freeze(_draft(_Draft(""), f"{local} {line[2:]}", name), prefix, name, [])
        else:
            _draft(top, line, name)
    inner: list[Declaration] = []
    nodes = tuple(_freeze(child, prefix, name, inner) for child in top.children.values())
    singular = names[0] if names else ""
    plural = names[1] if len(names) > 1 else singular + "s" if singular else ""
    yield Declaration(name, extends, proper, singular, plural, code, abstract=abstract, content=content, nodes=nodes, **identity)  # type: ignore[arg-type]
    yield from inner


def _draft(top: _Draft, line: str, owner: str) -> _Draft:
    """Add what a line declares to the tree; the node that it is about."""
    tokens = _TOKEN.findall(line)
    path, facts = tokens[0], dict[str, object]()
    while path[-1] in "*!":
        facts["repeated" if path[-1] == "*" else "required"] = True
        path = path[:-1]
    node = top
    for step in path.split("/"):
        attribute, step = step.startswith("@"), step.lstrip("@")
        if not _NAME.match(step):
            raise BadDeclaration(f"{owner}: {path[:100]!r} is no path of a field.")
        node = node.children.setdefault(step, _Draft(step, attribute=attribute))
    node.kind, node.facts = ValueType.STRING, {**node.facts, **facts}
    for word in tokens[1:]:
        if word.startswith("@"):
            _draft_attribute(node, word, owner)
        else:
            _qualify(node, word, owner)
    return node


def _draft_attribute(node: _Draft, word: str, owner: str) -> None:
    """`@units`, `@x:integer`, `@number:int!`, `@status{a|b}`"""
    name, brace, choices = word[1:].partition("{")
    required = name.endswith("!")
    name, _, kind = name.rstrip("!").partition(":")
    below = _Draft(name, KINDS[kind or "string"], attribute=True)
    if required:
        below.facts["required"] = True
    if brace:
        _qualify(below, brace + choices, owner)
    node.children[name] = below


def _qualify(node: _Draft, word: str, owner: str) -> None:
    if word == "-":
        node.kind = None
    elif word in KINDS:
        node.kind = KINDS[word]
    elif word in ("rows", "hidden"):
        node.facts[word] = True
    elif word.startswith(("key=", "match=")):
        _identify(node.facts, word)
    elif word.startswith("<="):
        node.facts["max_length"] = int(word[2:])
    elif word.startswith("{"):
        node.facts["choices"] = tuple(word[1:-1].split("|"))
    elif word.startswith('"'):
        node.facts["label"] = word.strip('"')
    elif match := _RANGE.match(word):
        node.facts["minimum"] = int(match[1])
        if match[2]:
            node.facts["maximum"] = int(match[2])
    elif ":" in word:
        node.kind = None
        node.facts["item"], _, default = word.partition("=")
        node.facts["default_item"] = default or None
    else:
        raise BadDeclaration(f"{owner}/{node.name}: {word[:50]!r} says nothing about a field.")


def _identify(facts: dict[str, object], word: str) -> None:
    """`key=a,b`: documents are told apart by both, and looked up by the first. `match=a,b`: told apart only."""
    kind, _, paths = word.partition("=")
    if kind == "key":
        facts["identifier"] = paths.split(",")[0]
        facts.setdefault("key", tuple(paths.split(",")))
    else:
        facts["key"] = tuple(paths.split(","))


def _freeze(draft: _Draft, prefix: str, owner: str, inner: list[Declaration]) -> Node:
    """The finished node; the type of a repeated field without one is added to `inner`."""
    facts, kind = dict(draft.facts), draft.kind
    children: tuple[Node, ...] = ()
    if facts.get("repeated") and not facts.get("item"):
        own = f"{owner}_{draft.name}"
        limits = {name: facts.pop(name) for name in ("max_length", "minimum", "maximum", "choices") if name in facts}
        identity = {name: facts.pop(name) for name in ("key", "identifier") if name in facts}
        content = Node(draft.name, prefix, kind, **limits) if kind else None  # type: ignore[arg-type]  # facts are kept untyped by name
        below: list[Declaration] = []
        nodes = tuple(_freeze(child, prefix, own, below) for child in draft.children.values())
        inner.append(Declaration(own, anonymous=True, content=content, nodes=nodes, **identity))  # type: ignore[arg-type]
        inner.extend(below)
        facts["item"], kind = own, None
    else:
        children = tuple(_freeze(child, prefix, owner, inner) for child in draft.children.values())
    return Node(draft.name, prefix, kind, draft.attribute, children=children, **facts)  # type: ignore[arg-type]
