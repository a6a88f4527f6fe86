"""Labels of subjects and experiments: one namespace per project, of its own things and of those shared into it."""
from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db import connection
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from scanhouse.access import policy
from scanhouse.access.actors import Actor

from .errors import LabelTaken
from .models import Experiment, Project, Subject

Named = TypeVar("Named", Subject, Experiment)


def label_in(thing: Subject | Experiment, project: Project) -> str:
    """The label that a thing has in a project: its own, or that of its share (which is its own where the share gives none)."""
    if thing.project_id == project.id:
        return thing.label
    share = thing.shares.filter(project=project).first()
    return share.label if share and share.label else thing.label


def claim(label: str, *, projects: Iterable[str], of: Subject | Experiment | type[Subject] | type[Experiment]) -> None:
    """Make sure until the end of the transaction that nothing else has this label in any of the projects. Raises LabelTaken.

    A unique index sees only the own labels of a project; shares lie in another table. So whoever gives a label first takes an
    advisory lock on (kind, project, label): two who want the same one queue up here, and nobody else waits.
    """
    model: type[Subject] | type[Experiment] = of if isinstance(of, type) else type(of)
    own = -1 if isinstance(of, type) else of.pk
    for project in sorted(projects):
        lock(f"{model.__name__}:{project}:{label}")
        if model.objects.filter(has_label(project, label)).exclude(pk=own).exists():
            raise LabelTaken(label, project)


def lock(name: str) -> None:
    """Hold an advisory lock on a name until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def find(actor: Actor, things: QuerySet[Named], ref: str, *, project: Project | None = None) -> Named:
    """What `ref` means among `things`: outside a project an accession ID; in one a label there, else an accession ID.

    A thing shared under another label also answers to its first label, after all that have it by right.
    Raises NotFound alike for what is missing and what the actor may not see.
    """
    if project is None:
        return policy.find(actor, things.filter(id=ref))
    there = things.filter(Q(project=project) | Q(shares__project=project))
    found = there.filter(Q(label=ref) | Q(id=ref) | Q(shares__project=project, shares__label=ref))
    ranked = found.annotate(rank=Case(
        When(project=project, label=ref, then=Value(0)),
        When(shares__project=project, shares__label=ref, then=Value(1)),
        When(shares__project=project, shares__label="", label=ref, then=Value(2)),
        When(id=ref, then=Value(3)),
        default=Value(4), output_field=IntegerField(),
    ))
    return policy.find(actor, ranked.order_by("rank"), within=project.id)


def projects_of(thing: Subject | Experiment) -> list[str]:
    """IDs of the projects that a thing is in, its own first."""
    return [thing.project_id, *thing.shares.values_list("project_id", flat=True)]


def projects_with_own_label(thing: Subject | Experiment) -> list[str]:
    """IDs of the projects in which a thing goes by its own label: there a new label must be free."""
    return [thing.project_id, *thing.shares.filter(label="").values_list("project_id", flat=True)]


def has_label(project: str, label: str) -> Q:
    """Condition for subjects or experiments that have a label in a project, of their own or by a share."""
    shared = Q(shares__project=project)
    return Q(project=project, label=label) | shared & Q(shares__label=label) | shared & Q(shares__label="", label=label)
