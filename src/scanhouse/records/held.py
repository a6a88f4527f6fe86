"""Rows that nobody takes away before our transaction ends. What has gone meanwhile is missing, as if it had never been seen.

Whoever removes a thing has its row alone first, and whoever adds to it or changes it holds the rows above, from the project downwards:
so one of them waits at the topmost row that both need, and neither waits for the other in turn.
"""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from scanhouse.access import policy
from scanhouse.errors import Busy

from .models import Experiment, File, Project, Reconstruction, Resource, Scan, Subject

M = TypeVar("M", bound=Model)
Row = tuple[type[Model], Any]
"""Table and key."""


def row(thing: M, *related: str) -> M:
    """The thing as it is stored now, with what it is `related` to, ours alone until the end of the transaction. Raises NotFound."""
    _hold(thing, above(thing))
    model = type(thing)
    rows = model._default_manager.select_for_update(of=("self",))
    found: M | None = (rows.select_related(*related) if related else rows).filter(pk=thing.pk).first()
    if found is None:
        raise policy.missing(thing)
    return found


def stays(thing: Model) -> None:
    """Nobody removes the thing until the end of the transaction, in which something is to hang on it. Raises NotFound.

    Foreign keys are checked at the end of a transaction, where nobody could say any more what is missing.
    """
    _hold(thing, [*above(thing), (type(thing), thing.pk)])


def above(thing: Model) -> list[Row]:
    """The rows without which a thing would not be, the topmost first. Raises NotFound when one of them has gone already."""
    try:
        return list(dict.fromkeys(_above(thing)))
    except ObjectDoesNotExist:
        raise policy.missing(thing) from None


@contextmanager
def removing(what: str) -> Iterator[None]:
    """Around the removal of rows: raises Busy where somebody has hung something on them without holding them, and nothing is removed."""
    try:
        with transaction.atomic():
            yield
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError:
        raise Busy(f"{what} cannot be deleted just now: something was added to it at the same moment. Delete it once more.", retry_after=1) from None


def _above(thing: Model) -> Iterator[Row]:
    parents: tuple[Model | None, ...] = ()
    match thing:
        case Subject():
            yield Project, thing.project_id
        case Experiment():
            yield Project, thing.project_id
            parents = (thing.subject, thing.session)
        case Scan() | Reconstruction():
            parents = (thing.session,)
        case Resource():
            if thing.project_id:
                yield Project, thing.project_id
            parents = (thing.subject, thing.experiment, thing.scan, thing.reconstruction)
        case File():
            parents = (thing.resource,)
    for parent in parents:
        if parent is not None:
            yield from _above(parent)
            yield type(parent), parent.pk


def _hold(thing: Model, rows: list[Row]) -> None:
    """As foreign keys hold what they point to: others may change these rows, but not remove them."""
    with connection.cursor() as cursor:
        for model, key in rows:
            meta = model._meta
            cursor.execute(f'SELECT 1 FROM "{meta.db_table}" WHERE "{meta.pk.column}" = %s FOR KEY SHARE', [key])  # noqa: S608
            if cursor.fetchone() is None:
                raise policy.missing(thing)
