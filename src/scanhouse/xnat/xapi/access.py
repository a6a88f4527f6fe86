"""What the caller may reach (xnat-xapi 1.4)."""
from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase

from scanhouse.access import actors, policy
from scanhouse.access.actors import Actor
from scanhouse.access.models import Group
from scanhouse.errors import Invalid
from scanhouse.records.models import Project
from scanhouse.records.types import REGISTRY
from scanhouse.schema.element import Element

from .. import envelopes, levels
from ..dialect import Call
from ..routes import Routes

routes = Routes()

DISPLAYS = ("browseable", "browseableCreateable", "createable", "searchable", "searchableByDesc", "searchableByPluralDesc")
EXPERIMENT, SUBJECT_ASSESSOR, SESSION = "xnat:experimentData", "xnat:subjectAssessorData", "xnat:imageSessionData"
IMAGE_ASSESSOR, SCAN = "xnat:imageAssessorData", "xnat:imageScanData"


@routes.get("access/projects", exact=True)
def own_projects(call: Call) -> HttpResponseBase:
    """Projects that the caller sees, with the role he has in each."""
    return envelopes.json(_projects(call.actor))


@routes.get("access/{user}/projects", exact=True)
def projects_of(call: Call) -> HttpResponseBase:
    levels.administrators(call)
    return envelopes.json(_projects(actors.load(call.name("user"))))


@routes.get("access/displays", exact=True)
def displays(call: Call) -> HttpResponseBase:
    return envelopes.json(DISPLAYS)


@routes.get("access/displays/{display}", exact=True)
def display(call: Call) -> HttpResponseBase:
    """Types of data that can be browsed, made or searched."""
    if call.name("display") not in DISPLAYS:
        raise Invalid(f"There is no such list. There are {', '.join(DISPLAYS)}.")
    kinds = ("xnat:projectData", "xnat:subjectData")
    found = [one for one in REGISTRY if not one.abstract and (one.name in kinds or one.is_a(EXPERIMENT))]
    by = {"searchableByDesc": lambda one: one.singular, "searchableByPluralDesc": lambda one: one.plural}.get(call.name("display"))
    return envelopes.json([_model(one) for one in (sorted(found, key=by) if by else found)])


@routes.delete("access/cache/flush")
def flush(call: Call) -> HttpResponseBase:
    """Rights are read anew for each request: there is nothing to flush."""
    levels.signed_in(call)
    return envelopes.nothing()


def _projects(actor: Actor) -> list[dict[str, Any]]:
    mine = {group.project: group.group for group in actor.groups if group.project is not None}
    names = dict(Group.objects.filter(id__in=list(mine.values())).values_list("id", "display_name"))
    found = policy.visible(actor, Project.objects.order_by("id"))
    return [
        {"ID": one.id, "name": one.name, "secondary_ID": one.secondary_id, "description": one.description,
         "role": names.get(mine.get(one.id, ""), ""), "group_id": mine.get(one.id, "")}
        for one in found
    ]  # fmt: skip


def _model(element: Element) -> dict[str, Any]:
    return {
        "elementName": element.name, "properName": element.proper_name, "singular": element.singular, "plural": element.plural,
        "xsDescription": "", "supportsBrief": True, "supportsDetailed": True, "isExperiment": element.is_a(EXPERIMENT),
        "isSubjectAssessor": element.is_a(SUBJECT_ASSESSOR), "isImageSession": element.is_a(SESSION),
        "isImageAssessor": element.is_a(IMAGE_ASSESSOR), "isImageScan": element.is_a(SCAN), "actions": {},
    }  # fmt: skip
