"""Who asks: one frozen value with everything the rule needs to know, loaded with one query.

An actor is loaded for one request, one association or one job and then thrown away, so a change of rights holds from the next.
"""
from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection

from scanhouse.errors import NotFound

from .actions import Action
from .models import GroupKind

Rights = frozenset[Action]


@dataclass(frozen=True)
class Belonging:
    """One group of the actor. `project` is None for a group of the site; `grants` are those of a custom group, by element."""

    group: str
    kind: GroupKind
    project: str | None = None
    grants: tuple[tuple[str, Rights], ...] = ()

    def elements_with(self, action: Action) -> frozenset[str]:
        return frozenset(element for element, rights in self.grants if action in rights)


@dataclass(frozen=True)
class Actor:
    """A user, or `GUEST`, or `SYSTEM`. `login` is what history writes down; `id` is None for those two."""

    id: int | None
    login: str
    is_admin: bool = False
    roles: frozenset[str] = frozenset()
    groups: tuple[Belonging, ...] = ()

    @property
    def is_guest(self) -> bool:
        return self == GUEST

    @cached_property
    def site_groups(self) -> tuple[Belonging, ...]:
        return tuple(group for group in self.groups if group.project is None)

    @cached_property
    def by_project(self) -> dict[str, tuple[Belonging, ...]]:
        """Groups by the ID of their project."""
        found: dict[str, tuple[Belonging, ...]] = {}
        for group in self.groups:
            if group.project is not None:
                found[group.project] = (*found.get(group.project, ()), group)
        return found

    def __str__(self) -> str:
        return self.login


GUEST = Actor(id=None, login="guest")
"""Somebody who has not signed in."""

SYSTEM = Actor(id=None, login="system", is_admin=True)
"""The archive itself, for what no person asked for: receiving, building, clean-up. Never the actor of a request."""

# Columns that `from_row` reads, of a user row named `u`. Whoever joins this to something else (a sign-in) still has one query.
COLUMNS = """
    u.id, u.username, u.is_admin,
    ARRAY(SELECT r.name FROM access_userrole r WHERE r.user_id = u.id),
    (SELECT jsonb_agg(jsonb_build_array(g.id, g.kind, g.project, (
         SELECT jsonb_agg(jsonb_build_array(t.element, t."read", t."create", t."edit", t."remove"))
         FROM access_grant t WHERE t.group_id = g.id)))
     FROM access_membership m JOIN access_group g ON g.id = m.group_id WHERE m.user_id = u.id)
"""
ACTIVE = "u.enabled AND u.verified"


def from_row(row: tuple[Any, ...]) -> Actor:
    """Actor from the values of `COLUMNS`."""
    key, login, is_admin, roles, groups = row
    belongings = tuple(
        Belonging(group, GroupKind(kind), project, tuple((element, _rights(*flags)) for element, *flags in grants or ()))
        for group, kind, project, grants in (json.loads(groups) if isinstance(groups, str) else groups or ())
    )
    return Actor(key, login, is_admin, frozenset(roles), belongings)


def load(login: str) -> Actor:
    """The actor behind a login, whatever its case. Raises `NotFound` when there is no such account that may sign in."""
    return _load("lower(u.username) = lower(%s)", login)


def load_id(user_id: int) -> Actor:
    """The actor behind the key of a user. Raises `NotFound` when there is no such account that may sign in."""
    return _load("u.id = %s", user_id)


def _load(condition: str, value: str | int) -> Actor:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM access_user u WHERE {ACTIVE} AND {condition}", [value])  # noqa: S608
        row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no active account of that name.")
    return from_row(row)


def _rights(read: bool, create: bool, edit: bool, remove: bool) -> Rights:
    given = {Action.READ: read, Action.CREATE: create, Action.EDIT: edit, Action.DELETE: remove}
    return frozenset(action for action, is_given in given.items() if is_given)
