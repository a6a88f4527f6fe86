"""Labels of subjects and experiments: one namespace per project, of its own things and of those shared into it."""
from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db import connection
from django.db.models import QuerySet

from scanhouse.access import policy
from scanhouse.access.actors import Actor

from . import sql
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
        if set(named(model, project, label)) - {own}:
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
        return policy.first_allowed(actor, things.filter(id=ref))
    keys = named(things.model, project.id, ref, rank=4)
    found = sorted(things.filter(pk__in=keys), key=lambda thing: keys.index(thing.pk)) if keys else ()
    return policy.first_allowed(actor, found, model=things.model, within=project.id)


def named(model: type[Subject] | type[Experiment], project: str, ref: str, *, rank: int = 2) -> list[int]:
    """Keys of the things that a name means in a project, whoever may see them; by default of those that have it as their label there."""
    statement = sql.SUBJECTS_NAMED if model is Subject else sql.EXPERIMENTS_NAMED
    with connection.cursor() as cursor:
        cursor.execute(statement, {"project": project, "ref": ref, "rank": rank})
        return [key for key, in cursor.fetchall()]


def projects_of(thing: Subject | Experiment) -> list[str]:
    """IDs of the projects that a thing is in, its own first."""
    return [thing.project_id, *thing.shares.values_list("project_id", flat=True)]


def projects_with_own_label(thing: Subject | Experiment) -> list[str]:
    """IDs of the projects in which a thing goes by its own label: there a new label must be free."""
    return [thing.project_id, *thing.shares.filter(label="").values_list("project_id", flat=True)]
