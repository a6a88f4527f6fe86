"""Resources and files that an address means, for one owner or several (`scans/ALL`, `assessors/a,b`)."""
from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Q, QuerySet

from scanhouse.access import policy
from scanhouse.access.policy import Action
from scanhouse.errors import Forbidden, NotFound
from scanhouse.records import resources
from scanhouse.records.models import Experiment, Resource, Scan

from . import address, addresses, owners
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
    """The resources that `{resource}` names: labels or keys with commas between, in their order; a key goes before a label."""
    refs = address.names(call.name("resource"))
    keys = {ref: int(ref) for ref in refs if ref.isascii() and ref.isdigit() and len(ref) < 19}
    by_key: dict[int, list[Resource]] = {}
    by_label: dict[str, list[Resource]] = {}
    for one in held(call).filter(Q(pk__in=keys.values()) | Q(label__in=refs)):
        by_key[one.pk] = [one]
        by_label.setdefault(one.label, []).append(one)
    found: dict[int, Resource] = {}
    for ref in refs:
        match = by_key.get(keys.get(ref, 0)) or by_label.get(ref) or _beside(call, keys).get(keys.get(ref, 0))
        if not match:
            raise _missing(ref, keys.get(ref))
        found.update((one.pk, one) for one in match)
    return list(found.values())


def _beside(call: Call, keys: Mapping[str, int]) -> Mapping[int, list[Resource]]:
    """Resources of the other direction: a key says itself whether it is in or out."""
    if not keys or not direction(call) or owners.direction(call):
        return {}
    if "beside" not in call.loaded:
        seen = policy.visible(call.actor, resources.of(owners.owner(call))).filter(pk__in=keys.values())
        call.loaded["beside"] = {one.pk: [one] for one in seen}
    return call.loaded["beside"]  # type: ignore[no-any-return]


def _missing(ref: str, key: int | None) -> Forbidden | NotFound:
    if key is not None and Resource.objects.filter(pk=key).exists():
        return Forbidden(f"Invalid read permissions for resource {ref}.")
    return NotFound("There is no such resource here.")


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
