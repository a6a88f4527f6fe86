"""The one rule about rights, as data, and what it gives one actor.

`allowed`, `visible`, `explain` and the SQL form are all made from the claims that this file answers; nothing else decides.
A *home* of a thing is a project that it is in: its own, and for reading also those that it is shared into.
"""
from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from .actions import Action
from .actors import Actor, Belonging
from .models import Accessibility, GroupKind

PROJECT = "xnat:projectData"
SUBJECT = "xnat:subjectData"
PREARCHIVE = "scanhouse:prearchive"
"""Stands for the type of what waits in the prearchive: its real type is known only once it has been built."""


class Matter(StrEnum):
    """What an action is about."""

    RECORD = "record"
    """The project itself."""
    DATA = "data"
    """Subjects, experiments, and their parts."""
    ARRIVALS = "arrivals"
    """What waits in the prearchive of a project."""


def matter_of(element: str) -> Matter:
    """The matter that things of a type belong to."""
    return {PROJECT: Matter.RECORD, PREARCHIVE: Matter.ARRIVALS}.get(element, Matter.DATA)


class Standing(StrEnum):
    """Where a right comes from."""

    ADMINISTRATOR = "administrator"
    ALL_DATA_ADMIN = "all_data_admin"
    ALL_DATA_ACCESS = "all_data_access"
    OWNER = "owner"
    MEMBER = "member"
    COLLABORATOR = "collaborator"
    CUSTOM = "custom"
    PUBLIC = "public"
    PROTECTED = "protected"


EVERYTHING = frozenset(Action)
USE = frozenset({Action.READ, Action.CREATE, Action.EDIT, Action.DELETE})
CONTRIBUTE = frozenset({Action.READ, Action.CREATE, Action.EDIT})
VISIT = frozenset({Action.READ, Action.ENTER})
LOOK = frozenset({Action.READ})

# What each standing gives, and on what. A custom group also gives what its grants say, on the elements that they name.
RULE: dict[Standing, dict[Matter, frozenset[Action]]] = {
    Standing.ADMINISTRATOR: dict.fromkeys(Matter, EVERYTHING),
    Standing.ALL_DATA_ADMIN: dict.fromkeys(Matter, EVERYTHING),
    Standing.ALL_DATA_ACCESS: {Matter.RECORD: VISIT, Matter.DATA: LOOK, Matter.ARRIVALS: LOOK},
    Standing.OWNER: {Matter.RECORD: EVERYTHING, Matter.DATA: USE, Matter.ARRIVALS: USE},
    Standing.MEMBER: {Matter.RECORD: VISIT, Matter.DATA: CONTRIBUTE, Matter.ARRIVALS: USE},
    Standing.COLLABORATOR: {Matter.RECORD: VISIT, Matter.DATA: LOOK},
    Standing.CUSTOM: {Matter.RECORD: VISIT},
    Standing.PUBLIC: {Matter.RECORD: VISIT, Matter.DATA: LOOK},
    Standing.PROTECTED: {Matter.RECORD: LOOK},
}

# Every custom group reads the subjects of its project, whatever its grants (reference: XNAT's matrix of rights by object).
ALWAYS_GRANTED = {SUBJECT: LOOK}

# A custom group that may create data of some type looks after what arrives, as members do.
ARRIVALS_OF_CREATORS = USE


@dataclass(frozen=True)
class Claim:
    """One way in which the rule gives an actor an action: everywhere, or in `project`, or where a project's accessibility is `level`.

    `elements` are the types of things it is limited to (None: all). `barred` are types that the group names without giving the
    action: a part of such a type, as a scan is, stays closed although its owner is open.
    """

    standing: Standing
    project: str | None = None
    level: Accessibility | None = None
    elements: frozenset[str] | None = None
    barred: frozenset[str] = frozenset()
    group: str = ""

    @property
    def everywhere(self) -> bool:
        return self.project is None and self.level is None

    def covers(self, *, home: str | None, level: Accessibility, element: str, parts: Collection[str] = ()) -> bool:
        """Whether it reaches a thing of type `element` in the project `home`, and there its parts of types `parts`."""
        return (
            (self.everywhere or (home is not None and (self.project == home or self.level == level)))
            and (self.elements is None or element in self.elements)
            and self.barred.isdisjoint(parts)
        )


def claims(actor: Actor, action: Action, matter: Matter, *, homes: Collection[str] | None = None) -> Iterator[Claim]:
    """Everything that gives `actor` this action, the strongest first; only what matters in `homes`, where these are given."""
    for standing in _site_standings(actor):
        if action in RULE[standing].get(matter, ()):
            yield Claim(standing)
    for project in actor.by_project if homes is None else homes:
        for group in actor.by_project.get(project, ()):
            yield from _claims_of(group, action, matter)
    for standing, level in ((Standing.PUBLIC, Accessibility.PUBLIC), (Standing.PROTECTED, Accessibility.PROTECTED)):
        if action in RULE[standing].get(matter, ()):
            yield Claim(standing, level=level)


def _site_standings(actor: Actor) -> Iterator[Standing]:
    if actor.is_admin:
        yield Standing.ADMINISTRATOR
    kinds = {group.kind for group in actor.site_groups}
    if GroupKind.ALL_DATA_ADMIN in kinds:
        yield Standing.ALL_DATA_ADMIN
    if GroupKind.ALL_DATA_ACCESS in kinds:
        yield Standing.ALL_DATA_ACCESS


def _claims_of(group: Belonging, action: Action, matter: Matter) -> Iterator[Claim]:
    """What a group of a project gives in that project."""
    standing = Standing(group.kind)
    if action in RULE[standing].get(matter, ()):
        yield Claim(standing, group.project, group=group.group)
    if standing is not Standing.CUSTOM:
        return
    if matter is Matter.ARRIVALS and action in ARRIVALS_OF_CREATORS and group.elements_with(Action.CREATE):
        yield Claim(standing, group.project, group=group.group)
    if matter is Matter.DATA:
        always = frozenset(element for element, rights in ALWAYS_GRANTED.items() if action in rights)
        given = group.elements_with(action) | always
        if given:
            named = frozenset(element for element, _ in group.grants)
            yield Claim(standing, group.project, elements=given, barred=named - given, group=group.group)
