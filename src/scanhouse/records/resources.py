"""Resources: named folders of files on a project, subject, experiment, scan or reconstruction."""
from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.errors import Conflict, Invalid
from scanhouse.schema import values as kinds

from . import bytes as stored
from . import held, history, naming, projects, removal, states
from .identifiers import check_resource_label
from .models import Experiment, Project, Reconstruction, Resource, Scan, Subject

T = TypeVar("T")
Owner = Project | Subject | Experiment | Scan | Reconstruction
DIRECTIONS = ("in", "out")
_OWNERS: dict[type, str] = {
    Project: "project", Subject: "subject", Experiment: "experiment", Scan: "scan", Reconstruction: "reconstruction",
}
_SETTABLE = {"format": 255, "content": 255, "description": None, "note": None, "uid": 64, "tags": None, "derived_from": None}
WITH_OWNERS = (
    "project", "subject__project", "experiment__project", "experiment__session", "experiment__subject", "scan__session__project",
    "scan__session__subject", "reconstruction__session__project",
)


class ResourceTaken(Conflict):
    """The owner has a resource of that label."""

    def __init__(self, label: str) -> None:
        self.label = label
        super().__init__(f"There is a resource {label!r} here already. Put files into it, or choose another label.")


@dataclass(frozen=True)
class Stats:
    """What a resource holds: counted when asked, never kept."""

    files: int = 0
    bytes: int = 0


def of(owner: Owner, *, direction: str | None = None) -> QuerySet[Resource]:
    """The resources of an owner, in the order they were made. None: of either direction."""
    found = Resource.objects.select_related(*WITH_OWNERS).filter(**{_OWNERS[type(owner)]: owner}).order_by("key")
    return found if direction is None else found.filter(direction=direction)


def find(actor: Actor, owner: Owner, ref: str, *, direction: str | None = None) -> Resource:
    """The resource of that numeric key or label; a label that is a number gives way to the key. Missing and hidden: NotFound."""
    found = of(owner, direction=direction)
    by_key = policy.visible(actor, found.filter(key=int(ref))).first() if _is_key(ref) else None
    return by_key or policy.find(actor, found.filter(label=ref))


def by_key(actor: Actor, key: int) -> Resource:
    """The resource of a numeric key, wherever it hangs. Raises NotFound for missing and hidden alike."""
    return policy.find(actor, Resource.objects.select_related(*WITH_OWNERS).filter(key=key))


def beneath(session: Experiment) -> QuerySet[Resource]:
    """Resources of an experiment and of its scans, reconstructions and assessors, whoever may see them: pass it to `visible`."""
    here = Q(experiment=session) | Q(scan__session=session) | Q(reconstruction__session=session) | Q(experiment__session=session)
    return Resource.objects.select_related(*WITH_OWNERS).filter(here).order_by("key")


def owner_of(resource: Resource) -> Owner:
    """What a resource hangs on."""
    owner = resource.project or resource.subject or resource.experiment or resource.scan or resource.reconstruction
    assert owner is not None  # a constraint of the table
    return owner


@transaction.atomic
def create(
    owner: Owner, label: str, *, direction: str | None = None, element: str = "xnat:resourceCatalog", by: Actor,
    reason: str | history.Why = "", **facts: Any,
) -> Resource:
    """A new resource. `facts`: format, content, description, note, uid, tags, derived_from. Raises ResourceTaken, IllegalName.

    `direction`: in or out on assessors and reconstructions, where out is meant when nothing is said.
    """
    states.require(by, Action.EDIT, owner)
    check_resource_label(label)
    way = _direction(owner, direction)
    held.stays(owner)
    naming.lock(f"resources:{_OWNERS[type(owner)]}:{owner.pk}:{label}")
    if of(owner, direction=way).filter(label=label).exists():
        raise ResourceTaken(label)
    resource = Resource(label=label, direction=way, element=element, created_by=by.login, **{_OWNERS[type(owner)]: owner})
    _set(resource, facts)
    resource.save(force_insert=True)
    history.note(by, action="created resource", thing=resource, reason=reason, changes={history.place_of(resource): [None, element]})
    return resource


def ensure(
    owner: Owner, label: str, *, direction: str | None = None, by: Actor, reason: str | history.Why = "", **facts: Any
) -> tuple[Resource, bool]:
    """The resource of that label, made with `facts` if it is not there; says whether it was made."""
    way = _direction(owner, direction)
    existing = of(owner, direction=way).filter(label=label).first()
    if existing is not None:
        return existing, False
    try:
        return create(owner, label, direction=way, by=by, reason=reason, **facts), True
    except ResourceTaken:  # somebody was faster
        existing = of(owner, direction=way).filter(label=label).first()
        if existing is None:
            raise
        return existing, False


@transaction.atomic
def change(resource: Resource, *, by: Actor, label: str | None = None, reason: str | history.Why = "", **facts: Any) -> Resource:
    """Another label, or other facts about it. Bytes are not touched. Raises ResourceTaken."""
    states.require(by, Action.EDIT, resource)
    resource = held.row(resource, *WITH_OWNERS)
    place, before = history.place_of(resource), {name: getattr(resource, name) for name in ("label", *_SETTABLE)}
    if label is not None and label != resource.label:
        owner = owner_of(resource)
        naming.lock(f"resources:{_OWNERS[type(owner)]}:{owner.pk}:{label}")
        if of(owner, direction=resource.direction).filter(label=check_resource_label(label)).exists():
            raise ResourceTaken(label)
        resource.label = label
    _set(resource, facts)
    resource.save()
    changed = history.changes(before, {name: getattr(resource, name) for name in before})
    if changed:
        history.note(by, action="changed resource", thing=resource, reason=reason, changes={f"{place}/{n}": both for n, both in changed.items()})
    return resource


@transaction.atomic
def delete(resource: Resource, *, by: Actor, reason: str | history.Why = "") -> None:
    """Remove a resource with its files."""
    states.require(by, Action.DELETE, resource)
    held.row(resource)
    owner, place, hours = owner_of(resource), history.place_of(resource), keep_hours(resource)
    with held.removing(f"Resource {resource.label}"):
        stored.discard_later(removal.remove_resources([resource.pk]), hours=hours)
    history.note(by, action="deleted resource" if isinstance(owner, Project) else "removed resource", thing=owner, reason=reason,
                 changes={place: [resource.element, None]})


def stats(resources: Iterable[Resource] | QuerySet[Resource]) -> Mapping[int, Stats]:
    """Number and bytes of the files of resources, by key; one query."""
    keys = [resource.pk for resource in resources]
    found = dict.fromkeys(keys, Stats())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT resource_id, count(*), sum(size)::bigint FROM records_file WHERE resource_id = ANY(%s) GROUP BY resource_id", [keys]
        )
        found.update((key, Stats(files, size)) for key, files, size in cursor.fetchall())
    return found


def keep_hours(resource: Resource) -> float | None:
    """How long bytes that leave a resource stay: what its project says, where that is longer than the site's grace period."""
    root = history.root_of(resource)
    home = root if isinstance(root, Project) else root.project
    own = projects.settings(home)["keep_superseded"]
    return max(own, stored.grace_hours()) if own else None


def several(actor: Actor, owner: Owner, refs: str, *, direction: str | None = None) -> list[Resource]:
    """Resources by labels or keys with commas between. Raises NotFound when one means nothing."""
    return [find(actor, owner, ref, direction=direction) for ref in refs.split(",")]


def _direction(owner: Owner, direction: str | None) -> str:
    derived = isinstance(owner, Reconstruction) or (isinstance(owner, Experiment) and owner.session_id is not None)
    if not derived:
        if direction:
            raise Invalid("Only resources of assessors and reconstructions are in or out.")
        return ""
    if direction not in (None, "", *DIRECTIONS):
        raise Invalid(f"{direction!r} is no direction: in or out.")
    return direction or "out"


def _set(resource: Resource, facts: Mapping[str, Any]) -> None:
    for name, value in facts.items():
        if name not in _SETTABLE:
            raise Invalid(f"A resource has no {name[:50]!r}. It has {', '.join(_SETTABLE)}.")
        limit = _SETTABLE[name]
        if limit is not None and len(value) > limit:
            raise Invalid(f"The {name} of a resource has at most {limit} characters.")
        told = _tags(value) if name == "tags" else value
        for text in told if isinstance(told, list) else (told,):
            plain(name, text, of="resource")
        setattr(resource, name, told)


def plain(name: str, text: T, *, of: str) -> T:
    """A fact, if XML and the database can hold it. Raises Invalid."""
    if isinstance(text, str) and kinds.clean(text) != text:
        raise Invalid(f"The {name} of a {of} holds control characters. Leave them out.")
    return text


def _tags(tags: str | Collection[str]) -> list[str]:
    parts = tags.split(",") if isinstance(tags, str) else tags
    return [part.strip() for part in parts if part.strip()]


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
