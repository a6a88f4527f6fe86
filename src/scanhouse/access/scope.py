"""Where a model keeps what the rule asks about: its type, its project, its shares, or what it is a part of."""
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from .actions import ON_OWNER, Action
from .rule import PROJECT, Matter, matter_of

if TYPE_CHECKING:
    from django.db.models import Model


@dataclass(frozen=True)
class Scope:
    """Class attribute of every model that can be protected.

    `element`: the type itself (it has a colon), or the field that holds it. `project`: the field that holds the ID of its
    project. `shares`: name of the relation to rows that each put it into one more project. `through`: names of the foreign
    keys of which one leads to what this is a part of; then the rights are those on that, and `element`, where given, is the
    part's own type, which a custom group can close.
    """

    element: str = ""
    project: str = ""
    shares: str | None = None
    through: tuple[str, ...] = ()

    @property
    def constant(self) -> str | None:
        return self.element if ":" in self.element else None

    def element_of(self, thing: Any) -> str:
        return self.constant or getattr(thing, self.element)


@dataclass(frozen=True)
class Place:
    """A thing that need not exist: something of type `element` in a project, for asking before it is made or loaded.

    With the default element it is the project itself.
    """

    project: str
    element: str = PROJECT
    scope: ClassVar[Scope] = Scope(element="element", project="project")


@dataclass(frozen=True)
class Question:
    """A thing and an action, reduced to what the rule is asked: the action on the owner of its rights."""

    owner: Model | Place
    action: Action
    matter: Matter
    project: str | None
    element: str
    parts: tuple[str, ...]

    @property
    def homes(self) -> list[str]:
        """IDs of the projects that the owner is in, its own first. One query where shares were not prefetched."""
        primary = [] if self.project is None else [self.project]
        shares = self.owner.scope.shares  # type: ignore[union-attr]
        if shares is None or self.owner.pk is None:  # type: ignore[union-attr]
            return primary
        return [*primary, *(share.project_id for share in getattr(self.owner, shares).all())]


def question(thing: Model | Place, action: Action) -> Question:
    """Walks from a part to the owner of its rights; the foreign keys on the way are loaded where they were not."""
    parts: list[str] = []
    is_part = False
    while (scope := thing.scope).through:  # type: ignore[union-attr]
        if scope.element:
            parts.append(scope.element_of(thing))
        action, is_part = ON_OWNER[action], True
        owner = next((getattr(thing, name) for name in scope.through if getattr(thing, f"{name}_id") is not None), None)
        if owner is None:  # such as an object that was rejected before it reached a session: nobody's but the site's
            return Question(thing, action, Matter.DATA, None, "", tuple(parts))
        thing = owner
    element = scope.element_of(thing)
    matter = matter_of(element)
    return Question(thing, part_of(matter, action) if is_part else action, matter, getattr(thing, scope.project), element, tuple(parts))


def part_of(matter: Matter, action: Action) -> Action:
    """The action that a part asks of an owner of this matter: a protected project shows its description, but not its files."""
    return Action.ENTER if matter is Matter.RECORD and action is Action.READ else action
