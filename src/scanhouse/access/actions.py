"""What may be done to things. A part of a thing, such as a file, asks for an action on what it is a part of."""
from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """Actions that the rule speaks of. ENTER and MANAGE make sense for projects only."""

    READ = "read"
    """See it. Of a project: its description; a protected project shows that much to everybody."""
    ENTER = "enter"
    """See what a project has beyond its description: its files, its settings, lists of its data."""
    CREATE = "create"
    EDIT = "edit"
    DELETE = "delete"
    MANAGE = "manage"
    """Say who belongs to a project, how accessible it is, and how it treats what comes in."""


# A part (a scan of a session, a file of a resource) has no rights of its own: what is done to it is done to its owner.
ON_OWNER: dict[Action, Action] = {
    Action.READ: Action.READ,
    Action.ENTER: Action.READ,
    Action.CREATE: Action.EDIT,
    Action.EDIT: Action.EDIT,
    Action.DELETE: Action.DELETE,
    Action.MANAGE: Action.MANAGE,
}
