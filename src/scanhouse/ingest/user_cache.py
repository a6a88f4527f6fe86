"""Files that users put aside and import later by name (`/user/cache/resources/{resource}/files/{path}`). Only their owner sees them."""
from __future__ import annotations

from datetime import timedelta
from typing import BinaryIO

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from scanhouse.access.actors import Actor
from scanhouse.errors import Conflict, Forbidden, Invalid, NotFound
from scanhouse.ingest.models import CachedFile
from scanhouse.records import bytes as stored_bytes
from scanhouse.records import naming
from scanhouse.records.files import check_path
from scanhouse.records.identifiers import check_resource_label
from scanhouse.storage.staging import Sealed

LIFE = timedelta(days=7)
"""How long a file waits to be imported."""


def of(by: Actor) -> QuerySet[CachedFile]:
    """The caller's own files."""
    return CachedFile.objects.filter(login=_login(by)).order_by("resource", "path")


def put(resource: str, path: str, sealed: Sealed, *, by: Actor) -> CachedFile:
    """Put a file aside whose object the store has kept; one of that name is replaced. Raises IllegalName and UnsafeName."""
    check_resource_label(resource)
    path = check_path(path)
    with transaction.atomic():
        stored_bytes.claim([sealed.key])
        naming.lock(f"CachedFile:{_login(by)}:{resource}:{path}")  # put twice at once, the later one replaces the other
        found = of(by).filter(resource=resource, path=path).select_for_update().first()
        if found is None:
            return CachedFile.objects.create(login=_login(by), resource=resource, path=path, object=sealed.key, size=sealed.size)
        stored_bytes.discard_later([found.object])
        found.object, found.size, found.created_at = sealed.key, sealed.size, timezone.now()
        found.save()
    return found


def open_file(resource: str, path: str, *, by: Actor) -> BinaryIO:
    """The bytes of a file of the caller's. Raises `NotFound`."""
    found = of(by).filter(resource=resource, path=plain(path)).first()
    if found is None:
        raise NotFound("There is no such file in your cache. It may have been removed after some days: send it again.")
    return stored_bytes.store().open(found.object)


def delete(resource: str, path: str = "", *, by: Actor) -> int:
    """Remove a file, or all of a resource; says how many. Raises `NotFound` when there is none."""
    found = of(by).filter(resource=resource)
    if path:
        found = found.filter(path=plain(path))
    return _remove(found) or _missing()


def plain(path: str) -> str:
    """`path` in the form under which a file of that path is kept; one that no file may have stays as it is, and names none."""
    try:
        return check_path(path)
    except Invalid:
        return path


def must_be_new(resource: str, *, by: Actor) -> None:
    """Raises `Conflict` when the caller has files under this name."""
    if of(by).filter(resource=resource).exists():
        raise Conflict("You have put files aside under that name already. Choose another, or delete them.")


def sweep() -> int:
    """Remove what nobody imported in time; says how many."""
    return _remove(CachedFile.objects.filter(created_at__lt=timezone.now() - LIFE))


def _remove(found: QuerySet[CachedFile]) -> int:
    with transaction.atomic():
        rows = list(found.order_by("pk").select_for_update())
        stored_bytes.discard_later([row.object for row in rows])
        CachedFile.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _missing() -> int:
    raise NotFound("There is no such file in your cache.")


def _login(by: Actor) -> str:
    if by.id is None:
        raise Forbidden("Sign in to put files aside.")
    return by.login
