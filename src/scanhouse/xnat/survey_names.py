"""What addresses and bodies below `/xapi/resources` name: projects, resources and surveys, for those who may survey."""
from __future__ import annotations

from scanhouse.access import policy
from scanhouse.access.policy import Action
from scanhouse.errors import Forbidden, Invalid, NotFound
from scanhouse.records import projects, resources, surveys
from scanhouse.records.models import Project, Resource, Survey

from . import levels
from .dialect import Call

MOST = 10_000
"""Numbers of one call."""


def project(call: Call, ref: str = "") -> Project:
    """The project of the address, or of that name, for those who manage it."""
    try:
        found = projects.find(call.actor, ref or call.name("project"))
        policy.require(call.actor, Action.MANAGE, found)
    except (NotFound, Forbidden) as error:
        raise levels.refused(call, error) from None
    return found


def resource(call: Call, ref: str) -> Resource:
    """The resource of that number."""
    try:
        return resources.by_key(call.actor, _number(ref))
    except (NotFound, Forbidden) as error:
        raise levels.refused(call, error) from None


def newest_of(call: Call, ref: str) -> Survey:
    """The newest survey of the resource of that number."""
    found = surveys.of_resource(resource(call, ref), by=call.actor).first()
    if found is None:
        raise NotFound("This resource has not been surveyed.")
    return found


def numbered(call: Call, ref: str) -> Survey:
    """The survey of that number."""
    try:
        return surveys.find(_number(ref), by=call.actor)
    except (NotFound, Forbidden) as error:
        raise levels.refused(call, error) from None


def numbers(call: Call) -> list[str]:
    """The JSON list of numbers that was sent."""
    found = levels.document_of(call)
    if not isinstance(found, list) or len(found) > MOST or not all(isinstance(one, int | str) for one in found):
        raise Invalid(f"The body has to be a JSON list of at most {MOST} numbers.")
    return [str(one) for one in dict.fromkeys(found)]


def _number(ref: str) -> int:
    if not (ref.isascii() and ref.isdigit() and len(ref) < 19):
        raise Invalid(f"{ref[:50]!r} is no number.")
    return int(ref)
