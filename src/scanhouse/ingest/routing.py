"""Where an object belongs: project, subject, session label and whether to archive it by itself (XNAT's classic routing, 7.3).

A decision on plain values: header texts, the receiver's and the site's expressions, and a function that knows the projects.
"""
from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from pydicom.datadict import keyword_for_tag

from scanhouse.deid.errors import RunError, TooManySteps
from scanhouse.deid.regexes import Regex, compiled
from scanhouse.dicom.identity import clean_label
from scanhouse.errors import Invalid

log = logging.getLogger(__name__)

MAX_VALUE = 64
"""Characters of a routed value that are used; XNAT cuts there too."""
MAX_EXPRESSION = 4096
"""Characters of one expression."""
MAX_INPUT = 1024
"""Characters of a header value that an expression is tried on: patterns come from administrators, values from anywhere."""


class BadExpression(Invalid):
    """A routing expression that cannot be understood."""

    def __init__(self, line: str, problem: str) -> None:
        super().__init__(f"Failed to parse routing expression {line!r}: {problem}. Write (gggg,eeee):regex[:group][ t:X r:Y].")


@dataclass(frozen=True)
class Expression:
    """One line: `tag` 32-bit, `pattern` over the whole value, the group that is taken, and an optional replacement in it.

    Patterns are Java's, as in XNAT: digits and word characters are ASCII.
    """

    line: str
    tag: int
    pattern: Regex
    group: int
    target: Regex | None
    replacement: str

    @property
    def keyword(self) -> str:
        """The name under which the value is found in `Facts.text`."""
        return keyword_for_tag(self.tag) or f"{self.tag:08X}"

    def value(self, text: Mapping[str, str]) -> str:
        """The captured value, or "" when the tag is blank or the pattern does not match all of it.

        Neither does a pattern that would take for ever on this value: it must not hold up everybody else.
        """
        found = text.get(self.keyword, "")[:MAX_INPUT]
        try:
            return self._taken(found)[:MAX_VALUE] if found else ""
        except TooManySteps:
            log.error("The routing expression %s was given up on a value of %d characters and matches nothing there: write it without a "
                      "repetition within a repetition.", self.line, len(found))
            return ""

    def _taken(self, found: str) -> str:
        match = self.pattern.fullmatch(found)
        taken = "" if match is None else match[self.group] or ""
        if self.target is None or match is None:
            return taken
        parts, at = [], 0
        for hit in self.target.finditer(taken):
            parts += [taken[at : hit.start()], self.replacement]
            at = hit.end()
        return "".join(parts) + taken[at:]


_LINE = re.compile(r"\(\s*([0-9A-Fa-f]{4})\s*,\s*([0-9A-Fa-f]{4})\s*\)\s*:(.*)", re.DOTALL)
_GROUP = re.compile(r"(.*):(\d{1,2})", re.DOTALL)
_REPLACE = re.compile(r"(.*?)\s+t:(\S*)\s+r:(.*)", re.DOTALL)


@lru_cache(maxsize=256)
def expressions(text: str) -> tuple[Expression, ...]:
    """Parse expressions, one a line. Raises `BadExpression`."""
    if len(text) > MAX_EXPRESSION:
        raise BadExpression(text[:40] + "...", f"it is longer than {MAX_EXPRESSION} characters")
    return tuple(_expression(line.strip()) for line in text.splitlines() if line.strip())


def _expression(line: str) -> Expression:
    shape = _LINE.fullmatch(line)
    if shape is None:
        raise BadExpression(line, "it does not begin with a tag such as (0010,0020)")
    tag, rest = int(shape[1] + shape[2], 16), shape[3]
    target, replacement = None, ""
    if (replaced := _REPLACE.fullmatch(rest)) is not None:
        rest, replacement = replaced[1], replaced[3].strip()
        target = _compile(line, replaced[2])
    group = 1
    if (numbered := _GROUP.fullmatch(rest)) is not None:
        rest, group = numbered[1], int(numbered[2])
    pattern = _compile(line, rest)
    if group > pattern.groups:
        raise BadExpression(line, f"its pattern has no group {group}")
    return Expression(line, tag, pattern, group, target, replacement)


def _compile(line: str, pattern: str) -> Regex:
    try:
        return compiled(pattern)
    except RunError as error:
        raise BadExpression(line, error.what) from None


@dataclass(frozen=True)
class Rules:
    """Expressions by what they find: `project`, `subject`, `session`; the receiver's come before the site's."""

    project: tuple[Expression, ...] = ()
    subject: tuple[Expression, ...] = ()
    session: tuple[Expression, ...] = ()

    def tags(self) -> frozenset[int]:
        """Tags that must be read beside the usual ones."""
        return frozenset(e.tag for e in (*self.project, *self.subject, *self.session))


@dataclass(frozen=True)
class Route:
    """Where an object goes. `project` None: unassigned. `auto_archive` None: as the project's prearchive code says."""

    project: str | None
    subject: str
    session: str
    auto_archive: bool | None = None


@dataclass(frozen=True)
class Given:
    """What the sender said in so many words (import parameters); it comes before everything in the header."""

    project: str | None = None
    subject: str = ""
    session: str = ""
    auto_archive: bool | None = None
    unassigned: bool = field(default=False)
    """True when the sender asked for no project: the header is not looked at for one."""


NOTHING_GIVEN = Given()


def route(
    text: Mapping[str, str], project_named: Callable[[str], str | None], *, rules: Iterable[Rules] = (), given: Given = NOTHING_GIVEN
) -> Route:
    """Route one object. `text` are header values by keyword; `project_named` answers the ID of the project with this ID or alias that
    the receiver may put data into, or None."""
    rules = tuple(rules)
    assigned = _assignment(text)
    project = given.project or (None if given.unassigned else _project(text, project_named, rules, assigned))
    subject = given.subject or _first(rules, "subject", text) or assigned.get("subject") or text.get("PatientName", "")
    session = (given.session or _first(rules, "session", text) or assigned.get("session") or text.get("PatientID", "")
               or text.get("StudyInstanceUID", "") or "dicom_upload")  # fmt: skip
    auto = given.auto_archive
    if auto is None and "aa" in assigned:
        auto = assigned["aa"].lower() in ("t", "true")
    return Route(project, clean_label(subject)[:MAX_VALUE], clean_label(session)[:MAX_VALUE], auto)


def _project(text: Mapping[str, str], named: Callable[[str], str | None], rules: tuple[Rules, ...], assigned: dict[str, str]) -> str | None:
    """The first candidate that names a project; one that names none lets the next be tried."""
    for rule in rules:
        for expression in rule.project:
            value = expression.value(text)
            if value and (found := named(clean_label(value))):
                return found
    for value in (assigned.get("project", ""), text.get("StudyDescription", ""), text.get("AccessionNumber", "")):
        cleaned = clean_label(value.strip()) if value else ""
        if cleaned and (found := named(cleaned)):
            return found
    return None


def _first(rules: tuple[Rules, ...], noun: str, text: Mapping[str, str]) -> str:
    return next((v for rule in rules for e in getattr(rule, noun) if (v := e.value(text))), "")


_ASSIGNMENT = re.compile(r"\b(project|subject|session|aa)\s*:\s*([A-Za-z0-9_-]*)", re.IGNORECASE)


def _assignment(text: Mapping[str, str]) -> dict[str, str]:
    """`Project:x Subject:y Session:z AA:true` in PatientComments, then StudyComments, then AdditionalPatientHistory."""
    found: dict[str, str] = {}
    for keyword in ("PatientComments", "StudyComments", "AdditionalPatientHistory"):
        value = text.get(keyword)
        if value and ":" in value:
            for name, said in _ASSIGNMENT.findall(value[:MAX_INPUT]):
                if said:
                    found.setdefault(name.lower(), said)
    return found
