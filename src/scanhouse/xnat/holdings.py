"""Resources and files that an address means, for one owner or several (`scans/ALL`, `assessors/a,b`)."""
from __future__ import annotations

from django.db.models import QuerySet

from scanhouse.access import policy
from scanhouse.access.policy import Action
from scanhouse.errors import Forbidden, NotFound
from scanhouse.records import resources
from scanhouse.records.models import Experiment, Resource, Scan

from . import addresses, owners
from .dialect import Call
from .owners import Owner


def several(call: Call) -> list[Owner]:
    """What holds the resources: the innermost thing of the address, or several scans or assessors."""
    if call.name("scan"):
        return list(owners.scans_named(call))
    if call.name("assessor"):
        return list(owners.assessors_named(call))
    return [owners.owner(call)]


def direction(call: Call) -> str | None:
    """`in` or `out`; of assessors and reconstructions `out` is meant where nothing is said."""
    return owners.direction(call) or ("out" if call.name("assessor") or call.name("reconstruction") else None)


def held(call: Call) -> QuerySet[Resource]:
    """All resources that the address means and the caller may see, by their keys."""
    found = several(call)
    owner = found[0]
    if len(found) == 1 and call.flag("all") and isinstance(owner, Experiment):
        return policy.visible(call.actor, resources.beneath(owner))
    if isinstance(owner, Scan):
        here = Resource.objects.filter(scan__in=[one.pk for one in found])
    elif len(found) > 1:
        here = Resource.objects.filter(experiment__in=[one.pk for one in found])
    else:
        here = resources.of(owner)
    way = direction(call)
    if way is not None:
        here = here.filter(direction=way)
    return policy.visible(call.actor, here.select_related(*resources.WITH_OWNERS)).order_by("key")


def resource(call: Call) -> Resource:
    """The one resource that `{resource}` names, of one owner. A key that may not be read is refused by its number (Q-101)."""
    return named(call)[0]


def named(call: Call) -> list[Resource]:
    """The resources that `{resource}` names: labels or keys with commas between."""
    found = []
    for ref in call.name("resource").split(","):
        found += _named(call, ref)
    return found


def _named(call: Call, ref: str) -> list[Resource]:
    here = held(call)
    is_key = ref.isascii() and ref.isdigit() and len(ref) < 19
    match = list(here.filter(pk=int(ref))) if is_key else []
    match = match or list(here.filter(label=ref))
    if not match and is_key and direction(call) and not owners.direction(call):  # a key says itself whether it is in or out
        match = list(policy.visible(call.actor, resources.of(owners.owner(call))).filter(pk=int(ref)))
    if match:
        return match
    if is_key and Resource.objects.filter(pk=int(ref)).exists():
        raise Forbidden(f"Invalid read permissions for resource {ref}.")
    raise NotFound("There is no such resource here.")


def for_change(call: Call, action: Action) -> Owner:
    """The owner, for somebody who wants to do this to its resources: asked before any byte is taken in."""
    if call.name("project"):
        owners.project(call, Action.ENTER)
    owner = owners.owner(call)
    policy.require(call.actor, action, owner)
    return owner


def uri(call: Call, one: Resource) -> str:
    """The address of a resource in lists. One that was named through project and subject keeps these (Q-102)."""
    short = addresses.uri(one)
    if call.name("project") and call.name("subject") and short.startswith("/data/experiments/") and call.name("resource"):
        return f"/data/projects/{owners.project(call).id}/subjects/{owners.subject(call).id}{short.removeprefix('/data')}"
    return short
