"""Files of a resource: paths that name stored objects. Renaming, moving and sharing touch rows only."""
from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.errors import Invalid, NotFound
from scanhouse.storage import names
from scanhouse.storage.staging import Sealed

from . import bytes as stored
from . import held, history, naming, resources, sql, states
from .errors import IllegalName, PathBlocked
from .models import File, Resource
from .resources import plain

MAX_PATH = 1024  # characters, as the column has it
MAX_AT_ONCE = 50_000
"""Files of one call: a statement with more parameters than this holds too much memory."""


@dataclass(frozen=True)
class NewFile:
    """A file to be: a path and an object that the store has kept. `md5` is XNAT's digest; empty when it was not taken."""

    path: str
    object: str
    size: int
    crc32: int
    md5: str = ""
    content: str = ""
    format: str = ""
    description: str = ""
    tags: Collection[str] = ()

    @classmethod
    def sealed(cls, path: str, sealed: Sealed, **facts: Any) -> NewFile:
        """Of what was staged and sealed; `facts`: content, format, description, tags."""
        return cls(path, sealed.key, sealed.size, sealed.crc32, sealed.md5 or "", **facts)


@dataclass(frozen=True)
class Put:
    """Outcome of putting files: key by path of what is stored now, and paths that were taken and left alone."""

    stored: Mapping[str, int] = field(default_factory=dict)
    duplicates: Sequence[str] = ()


def put(resource: Resource, file: NewFile, *, overwrite: bool = False, by: Actor, reason: str | history.Why = "") -> Put:
    """Put one file: see `put_many`."""
    return put_many(resource, [file], overwrite=overwrite, by=by, reason=reason)


@transaction.atomic
def put_many(
    resource: Resource, files: Sequence[NewFile], *, overwrite: bool = False, by: Actor, reason: str | history.Why = ""
) -> Put:
    """Put files whose objects have been kept. A path that is taken is replaced with `overwrite`, else left alone and reported.

    All or none: raises IllegalName, PathBlocked, Locked, and BytesGone when an object is not in the store. Of two files with the
    same path in one call the last one counts.
    """
    states.require(by, Action.EDIT, resource)
    wanted = {check_path(file.path): file for file in files}
    if not wanted:
        return Put()
    if len(wanted) > MAX_AT_ONCE:
        raise Invalid(f"{len(wanted)} files at once are too many: at most {MAX_AT_ONCE}.")
    held.stays(resource)
    stored.claim(file.object for file in wanted.values())
    naming.lock(f"files:{resource.pk}")  # folders and files of one name must not slip past each other
    taken = _locked(resource, wanted)
    new = {path: file for path, file in wanted.items() if path not in taken}
    require_room(resource, new)
    done = _insert(resource, list(new.values()), by)
    changes: dict[str, Any] = {path: [None, wanted[path].object] for path in done}
    if overwrite and taken:
        replaced = {path: old for path, (_, old) in taken.items() if old != wanted[path].object}
        done.update(_replace(resource, {taken[path][0]: wanted[path] for path in taken}, stale=[taken[path][0] for path in replaced]))
        stored.discard_later(replaced.values(), hours=resources.keep_hours(resource))
        changes.update((path, [old, wanted[path].object]) for path, old in replaced.items())
    if changes:
        place = history.place_of(resource)
        history.note(by, action="put files", thing=resource, reason=reason, changes={f"{place}/files/{p}": both for p, both in changes.items()})
    return Put(done, [] if overwrite else sorted(taken))


def find(resource: Resource, path: str) -> File:
    """The file at a path of a resource that the caller was given. Raises NotFound."""
    found = File.objects.select_related("resource").filter(resource=resource, path=path).first()
    if found is None:
        raise NotFound("There is no such file here.")
    return found


def find_anywhere(actor: Actor, owner: resources.Owner, path: str) -> File:
    """The file at a path in any resource of an owner, the oldest resource first. Raises NotFound."""
    here = policy.visible(actor, resources.of(owner)).values("key")
    found = File.objects.select_related("resource").filter(resource__in=here, path=path).order_by("resource_id").first()
    if found is None:
        raise NotFound("There is no such file here.")
    return found


def below(resource: Resource, folder: str, *, deep: bool = True) -> QuerySet[File]:
    """Files below a folder ("" is the resource itself); with `deep=False` only those directly in it."""
    prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
    found = File.objects.filter(resource=resource).order_by("path")
    if prefix:
        found = found.filter(path__gt=prefix, path__lt=prefix[:-1] + "0")
    return found if deep else found.filter(path__regex=f"^.{{{len(prefix)}}}[^/]+$")


def starting_with(resource: Resource, prefix: str) -> QuerySet[File]:
    """Files whose path begins with a text: what an address ending in `*` means."""
    return File.objects.filter(resource=resource, path__startswith=prefix).order_by("path")


def listing(
    held_by: Iterable[Resource] | QuerySet[Resource], *, formats: Collection[str] = (), contents: Collection[str] = ()
) -> QuerySet[File]:
    """Files of resources, by resource and path. Filters let through what is in them; `NULL` stands for files without a value.

    A file without a format or content of its own has that of its resource.
    """
    keys = [resource.pk for resource in held_by]
    found = File.objects.select_related("resource").filter(resource__in=keys).order_by("resource_id", "path")
    for column, wanted in (("format", formats), ("content", contents)):
        if wanted:
            found = found.filter(_has(column, [text for text in wanted if text != "NULL"], none="NULL" in wanted))
    return found


@transaction.atomic
def rename(file: File, to: str, *, by: Actor, reason: str | history.Why = "") -> File:
    """Another path within its resource. Raises PathBlocked where that is taken."""
    states.require(by, Action.EDIT, file)
    to = check_path(to)
    naming.lock(f"files:{file.resource_id}")
    moved = NewFile(to, file.object, file.size, file.crc32)
    others = File.objects.filter(resource_id=file.resource_id).exclude(pk=file.pk)
    if others.filter(path=to).exists():
        raise PathBlocked(to)
    require_room(file.resource, {to: moved}, besides=file.path)
    held.row(file)
    before, file.path = file.path, to
    File.objects.filter(pk=file.pk).update(path=to)
    place = history.place_of(file.resource)
    history.note(by, action="renamed file", thing=file, reason=reason, changes={f"{place}/files": [before, to]})
    return file


@transaction.atomic
def change(file: File, *, by: Actor, reason: str | history.Why = "", **facts: Any) -> File:
    """Other facts about a file: content, format, description, tags."""
    states.require(by, Action.EDIT, file)
    if unknown := facts.keys() - {"content", "format", "description", "tags"}:
        raise Invalid(f"A file has no {sorted(unknown)[0][:50]!r}.")
    held.row(file)
    before = {name: getattr(file, name) for name in facts}
    for name, value in facts.items():
        for text in value if name == "tags" else (value,):
            plain(name, text, of="file")
        setattr(file, name, list(value) if name == "tags" else value)
    file.full_clean(validate_unique=False, validate_constraints=False, exclude=["resource", "tags"])
    file.save(update_fields=list(facts))
    changed = history.changes(before, {name: getattr(file, name) for name in facts})
    history.note(by, action="changed file", thing=file, reason=reason,
                 changes={f"{history.place_of(file)}/{name}": both for name, both in changed.items()})
    return file


@transaction.atomic
def remove(resource: Resource, path: str, *, by: Actor, reason: str | history.Why = "") -> int:
    """Remove a file, or all below a folder; says how many. Bytes follow after the grace period. Raises NotFound when there is none."""
    states.require(by, Action.DELETE, resource)
    folder = path.rstrip("/")
    if not folder:
        raise NotFound("There is no such file here.")
    with connection.cursor() as cursor:
        cursor.execute(sql.REMOVE_FILES, {"resource": resource.pk, "path": path, "low": f"{folder}/", "high": f"{folder}0"})
        gone = cursor.fetchall()
    if not gone:
        raise NotFound("There is no such file here.")
    stored.discard_later({object for _, object in gone}, hours=resources.keep_hours(resource))
    place = history.place_of(resource)
    history.note(by, action="removed files", thing=resource, reason=reason, changes={f"{place}/files/{p}": [object, None] for p, object in gone})
    return len(gone)


def check_path(path: str) -> str:
    """`path`, if it may be one, in its plain form. Raises IllegalName, or `storage.names.UnsafeName`."""
    plain = names.relative(path)
    if len(plain) > MAX_PATH:
        raise IllegalName("path of a file", path, f"it has more than {MAX_PATH} characters")
    return plain


def require_room(resource: Resource, wanted: Mapping[str, NewFile], *, besides: str | None = None) -> None:
    """That no file is where a folder is needed, and no folder where a file comes. Raises PathBlocked."""
    if not wanted:
        return
    folders = {path[:at] for path in wanted for at in range(len(path)) if path[at] == "/"}
    for path in folders & wanted.keys():
        raise PathBlocked(path)
    with connection.cursor() as cursor:
        cursor.execute(sql.BLOCKED, {"resource": resource.pk, "folders": sorted(folders - {besides}), "paths": list(wanted)})
        if row := cursor.fetchone():
            raise PathBlocked(row[0])


def _locked(resource: Resource, wanted: Mapping[str, NewFile]) -> dict[str, tuple[int, str]]:
    """Key and object by path of what is there."""
    with connection.cursor() as cursor:
        cursor.execute(sql.LOCK_FILES, {"resource": resource.pk, "paths": list(wanted)})
        return {path: (key, object) for path, key, object in cursor.fetchall()}


def _insert(resource: Resource, files: Sequence[NewFile], by: Actor) -> dict[str, int]:
    if not files:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(sql.INSERT_FILES, {**_arrays(resource, files), "by": by.login})
        return dict(cursor.fetchall())


def _replace(resource: Resource, files: Mapping[int, NewFile], *, stale: list[int]) -> dict[str, int]:
    """New bytes and facts for files by key; `stale` are those whose bytes change."""
    with connection.cursor() as cursor:
        cursor.execute(sql.DROP_INSTANCES, {"keys": stale})
        cursor.execute(sql.REPLACE_FILES, {**_arrays(resource, list(files.values())), "keys": list(files)})
        return dict(cursor.fetchall())


def _arrays(resource: Resource, files: Sequence[NewFile]) -> dict[str, Any]:
    return {
        "resource": resource.pk,
        "paths": [file.path for file in files],
        "objects": [file.object for file in files],
        "sizes": [file.size for file in files],
        "md5s": [file.md5 for file in files],
        "crc32s": [file.crc32 for file in files],
        "contents": [_short("content", file.content) for file in files],
        "formats": [_short("format", file.format) for file in files],
        "descriptions": [plain("description", file.description, of="file") for file in files],
        "tags": [json.dumps([plain("tags", tag, of="file") for tag in file.tags]) for file in files],
    }


def _short(name: str, text: str) -> str:
    if len(text) > 255:
        raise Invalid(f"The {name} of a file has at most 255 characters.")
    return plain(name, text, of="file")


def _has(column: str, texts: Sequence[str], *, none: bool) -> Q:
    own, inherited = Q(**{f"{column}__in": texts}), Q(**{column: "", f"resource__{column}__in": texts})
    found = own | inherited
    return found | Q(**{column: "", f"resource__{column}": ""}) if none else found
