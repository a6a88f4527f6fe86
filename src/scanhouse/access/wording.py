"""The sentences of the policy: refusals, and reasons for `explain`. None names the thing: who asked knows what they asked for."""
from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .actions import Action
from .actors import Actor
from .rule import PROJECT, Claim, Standing

_VERBS = {
    Action.READ: "see", Action.ENTER: "see what is inside", Action.CREATE: "create", Action.EDIT: "edit", Action.DELETE: "delete",
    Action.MANAGE: "manage",
}


def noun(thing: Any) -> str:
    """What people call a thing like this: `subject`, `experiment`, `project`."""
    if hasattr(thing, "_meta"):
        return str(thing._meta.verbose_name)
    return "project" if getattr(thing, "element", None) == PROJECT else "place"


def missing(thing: Any) -> str:
    return f"There is no such {noun(thing)}, or you may not see it. Check its name, or ask an owner of its project for access."


def refusal(action: Action, thing: Any) -> str:
    name = noun(thing)
    if name == "place":
        return f"You may not {_VERBS[action]} this kind of data in this project. Ask an owner of the project."
    return f"You may see this {name}, but not {_VERBS[action]} it. Ask an owner of its project."


def reason(claim: Claim, actor: Actor, action: Action, thing: Any) -> str:
    return f"{actor.login} may {_VERBS[action]} this {noun(thing)}, because {_because(claim)}."


def no_reason(actor: Actor, action: Action, thing: Any, homes: Collection[str]) -> str:
    """Says what was looked for, project by project."""
    start = f"{actor.login} may not {_VERBS[action]} this {noun(thing)}"
    groups = [group.group for home in homes for group in actor.by_project.get(home, ())]
    if not homes:
        return f"{start}: it belongs to no project yet, so only those who see the data of all projects may."
    if groups:
        return f"{start}: what is given by {', '.join(groups)} does not reach that far."
    return f"{start}: {actor.login} is in no group of {', '.join(homes)}, whose accessibility does not give it either."


def _because(claim: Claim) -> str:
    match claim.standing:
        case Standing.ADMINISTRATOR:
            return "administrators of the site may do everything"
        case Standing.ALL_DATA_ADMIN:
            return "the group ALL_DATA_ADMIN may do everything with the data of all projects"
        case Standing.ALL_DATA_ACCESS:
            return "the group ALL_DATA_ACCESS reads the data of all projects"
        case Standing.PUBLIC:
            return "a project that it is in is public"
        case Standing.PROTECTED:
            return "the project is protected, and everybody sees the description of a protected project"
        case Standing.CUSTOM if claim.elements is not None:
            return f"the group {claim.group} of project {claim.project} gives that on {', '.join(sorted(claim.elements))}"
        case _:
            return f"they belong to the group {claim.group} of project {claim.project}"
