"""Many files of a resource renamed and taken out at once: all or nothing, and no byte is touched."""
from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import connection, transaction

from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.errors import NotFound

from . import bytes as stored
from . import files, history, naming, states
from .errors import PathBlocked
from .models import File, Instance, Resource

# Out of the way first: a path of the archive never begins with a slash, so these are free.
_STEP_ASIDE = "UPDATE records_file SET path = '/' || key WHERE key = ANY(%s)"
_STEP_IN = """
UPDATE records_file f SET path = new.path, modified_at = now() FROM unnest(%s::bigint[], %s::text[]) AS new(key, path) WHERE f.key = new.key
"""


@dataclass(frozen=True)
class Removed:
    """A file that was taken out of its resource. Whoever asked for it says how long its bytes are needed."""

    path: str
    object: str
    size: int


@transaction.atomic
def rearrange(
    resource: Resource, moves: Mapping[str, str], removals: Collection[str] = (), *, by: Actor, reason: str | history.Why = ""
) -> list[Removed]:
    """Give files other paths, and take others out of the resource. A path may be left and taken in one call, so names can be swapped.

    Answers what was taken out: its bytes are not discarded, the caller names them in this transaction. Raises NotFound when one of
    the files is not there, PathBlocked where a new path is taken, IllegalName, Locked, BytesGone.
    """
    states.require(by, Action.EDIT, resource)
    if removals:
        states.require(by, Action.DELETE, resource)
    moves = {path: files.check_path(to) for path, to in moves.items() if path != to}
    naming.lock(f"files:{resource.pk}")
    leaving = set(removals)
    rows = File.objects.select_for_update().filter(resource=resource, path__in=[*moves, *leaving]).order_by("path")
    there = {file.path: file for file in rows}
    if len(there) < len(moves.keys() | leaving):
        raise NotFound("One of the files is not in the resource any more.")
    gone = [there[path] for path in sorted(leaving)]
    stored.claim(file.object for file in gone)
    Instance.objects.filter(file__in=gone).delete()
    File.objects.filter(key__in=[file.key for file in gone]).delete()
    _move(resource, {there[path].key: to for path, to in moves.items()}, {to: there[path] for path, to in moves.items()})
    place = f"{history.place_of(resource)}/files"
    if moves:
        history.note(by, action="renamed files", thing=resource, reason=reason,
                     changes={f"{place}/{path}": [path, to] for path, to in sorted(moves.items())})
    if gone:
        history.note(by, action="removed files", thing=resource, reason=reason,
                     changes={f"{place}/{file.path}": [file.object, None] for file in gone})
    return [Removed(file.path, file.object, file.size) for file in gone]


def _move(resource: Resource, paths: Mapping[int, str], by_path: Mapping[str, File]) -> None:
    if not paths:
        return
    if len(by_path) < len(paths):
        raise PathBlocked(next(path for path in paths.values() if list(paths.values()).count(path) > 1))
    with connection.cursor() as cursor:
        cursor.execute(_STEP_ASIDE, [list(paths)])
        taken = File.objects.filter(resource=resource, path__in=list(by_path)).values_list("path", flat=True).first()
        if taken is not None:
            raise PathBlocked(taken)
        files.require_room(resource, {path: files.NewFile(path, file.object, file.size, file.crc32) for path, file in by_path.items()})
        cursor.execute(_STEP_IN, [list(paths), list(paths.values())])
