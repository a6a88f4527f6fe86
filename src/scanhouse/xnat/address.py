"""Addresses of the wire: which template a path matches, what stands for its names, and what is left over. Pure.

XNAT matches the **longest template that is a prefix** of the path; the rest is the remainder (`…/files/a/b.dcm`, `DELETE
/data/JSESSION/{id}`). Templates are texts:

    projects/{project}/subjects/{subject}     names take one segment each
    <experiment>/scans/{scan}                 a place: one of several addresses of the same thing, see `PLACES`

A segment that a template spells out wins over one that a name takes. `{direction}` is `in` or `out` and nothing else.
"""
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote

from scanhouse.errors import Invalid

MAX_PATH = 8192
"""Characters of a path: a file's path has at most 1024, names 255 each."""
MAX_SEGMENTS = 128

PLACES: dict[str, tuple[str, ...]] = {
    "subjects": ("subjects", "projects/{project}/subjects"),
    "subject": ("subjects/{subject}", "projects/{project}/subjects/{subject}"),
    "experiments": ("experiments", "<subject>/experiments", "projects/{project}/experiments"),
    "experiment": (
        "experiments/{experiment}", "<subject>/experiments/{experiment}", "projects/{project}/experiments/{experiment}",
    ),
    "scan": ("<experiment>/scans/{scan}",),
    "reconstruction": ("<experiment>/reconstructions/{reconstruction}",),
    "assessor": ("<experiment>/assessors/{assessor}",),
    "owner": (
        "projects/{project}", "<subject>", "<experiment>", "<scan>", "<reconstruction>", "<reconstruction>/{direction}", "<assessor>",
        "<assessor>/{direction}",
    ),
}
"""Things that have several addresses. `<owner>` is whatever may have resources."""

CHOICES = {"direction": frozenset({"in", "out"})}
_PLACE = re.compile(r"<(\w+)>")

T = TypeVar("T")


class BadAddress(Invalid):
    """A path that cannot be one of ours: too long, or with control characters."""


@dataclass(frozen=True)
class Address(Generic[T]):
    """What a path says. `names` by name in the template; `remainder` are the segments beyond it."""

    template: str
    target: T
    names: Mapping[str, str]
    remainder: tuple[str, ...] = ()
    trailing_slash: bool = False

    @property
    def rest(self) -> str:
        """The remainder as one text."""
        return "/".join(self.remainder)


@dataclass
class _Node(Generic[T]):
    literals: dict[str, _Node[T]] = field(default_factory=dict)
    names: dict[str, _Node[T]] = field(default_factory=dict)
    target: T | None = None
    template: str = ""


class Templates(Generic[T]):
    """Templates and what each stands for. `parse` costs what the path is long, not what the table is."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, template: str, target: T) -> None:
        """Register one template without places. A second target for the same template is a mistake of ours."""
        node = self._root
        for segment in template.split("/"):
            if segment.startswith("{"):
                node = node.names.setdefault(segment[1:-1], _Node())
            else:
                node = node.literals.setdefault(segment, _Node())
        assert node.target is None, f"{template} is there twice"
        node.target, node.template = target, template

    def get(self, template: str) -> T | None:
        node: _Node[T] | None = self._root
        for segment in template.split("/"):
            if node is None:
                return None
            node = node.names.get(segment[1:-1]) if segment.startswith("{") else node.literals.get(segment)
        return node.target if node is not None else None

    def parse(self, path: str) -> Address[T] | None:
        """The address that a percent-decoded path is; None when no template is a prefix of it. Raises BadAddress."""
        segments = split(path)
        best = self._longest(self._root, segments, 0, {})
        if best is None:
            return None
        node, used, names = best
        assert node.target is not None
        return Address(node.template, node.target, names, tuple(segments[used:]), path.endswith("/"))

    def _longest(self, node: _Node[T], segments: list[str], place: int, names: dict[str, str]) -> tuple[_Node[T], int, dict[str, str]] | None:
        found = (node, place, names) if node.target is not None else None
        if place == len(segments):
            return found
        segment = segments[place]
        below = node.literals.get(segment)
        if below is not None:
            deeper = self._longest(below, segments, place + 1, names)
            if deeper is not None:
                return deeper
        for name, child in node.names.items():
            if name in CHOICES and segment not in CHOICES[name]:
                continue
            deeper = self._longest(child, segments, place + 1, {**names, name: segment})
            if deeper is not None:
                return deeper
        return found


def split(path: str) -> list[str]:
    """The segments of a path; repeated slashes count once, as clients write `//data`. Raises BadAddress."""
    if len(path) > MAX_PATH:
        raise BadAddress(f"The address is longer than {MAX_PATH} characters.")
    _require_visible(path)
    segments = [segment for segment in path.split("/") if segment]
    if len(segments) > MAX_SEGMENTS:
        raise BadAddress(f"The address has more than {MAX_SEGMENTS} parts.")
    return segments


def decoded(text: str) -> str:
    """A part of an address that was encoded once more. Raises BadAddress."""
    plain = unquote(text)
    _require_visible(plain)
    return plain


def _require_visible(text: str) -> None:
    if any(ord(character) < 32 or character == "\x7f" for character in text):
        raise BadAddress("The address holds control characters. Names of this archive have none.")


def expand(template: str) -> Iterator[str]:
    """The templates that one with places in it stands for."""
    found = _PLACE.search(template)
    if found is None:
        yield template
        return
    for place in PLACES[found[1]]:
        yield from expand(template[:found.start()] + place + template[found.end():])


def expand_all(templates: Iterable[str]) -> Iterator[str]:
    for template in templates:
        yield from expand(template)


def file_path(remainder: Iterable[str]) -> str:
    """The path of a file that a remainder names. Some clients encode it twice: it is decoded again where that shows (Q-005)."""
    path = "/".join(remainder)
    return decoded(path) if "%2B" in path or "%20" in path else path


def scan_names(segment: str) -> str:
    """A segment that names scans: `[SLASH]` and `[COMMA]` stand for what may not be in one (Q-006)."""
    return segment.replace("[SLASH]", "/").replace("[COMMA]", ",")


MAX_NAMES = 1000
"""Names in one list."""


def names(text: str) -> list[str]:
    """A list with commas between, each name once, as many addresses have it. Raises BadAddress for one that is too long."""
    found = list(dict.fromkeys(text.split(",")))
    if len(found) > MAX_NAMES:
        raise BadAddress(f"A list in an address names at most {MAX_NAMES} things. Ask for fewer, or for ALL.")
    return found
