"""Uploads of files into resources: forms, raw bodies, archives that are unpacked on the way (xnat-data-api 3.5)."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import orjson
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from scanhouse.access.policy import Action
from scanhouse.errors import Forbidden, Invalid, NotFound
from scanhouse.records import files, resources, states
from scanhouse.records.files import NewFile
from scanhouse.records.models import Resource
from scanhouse.storage import archives
from scanhouse.storage.staging import Sealed, Staged

from .. import address, dialect, envelopes, holdings, intake
from ..dialect import Call
from ..intake import Arrived
from ..routes import Routes

routes = Routes()

UNNAMED = "NO_LABEL"
"""The resource of files that are put where no resource is named."""
LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db")
"""What desktops put into archives."""


@dataclass(frozen=True)
class Facts:
    """What the sender says about the files."""

    format: str = ""
    content: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()


@routes.on("PUT POST", "<owner>/resources/{resource}/files", "<owner>/files")
def put(call: Call) -> HttpResponseBase:
    """Store files. One that is there stays as it is unless `overwrite` is set, and is told as a duplicate (Q-106)."""
    if call.query.get("reference"):
        raise Forbidden("This site takes no files by their place on the server. Send the file itself.")
    owner = holdings.for_change(call, Action.EDIT)
    states.require(call.actor, Action.EDIT, owner)
    path = address.file_path(call.remainder)
    sent = intake.arrived(call, path)
    if not sent:
        raise intake.NothingSent
    with ExitStack() as stack:
        kept = intake.sealed(_staged(call, sent, path, stack))
    if any(one.size == 0 for _, one in kept) and len(kept) == 1 and not sent[0].on_disk:
        raise intake.NothingSent
    facts = _facts(call)
    new = [_new(name, one, facts) for name, one in kept]
    into = _resource(call, owner)
    outcome = files.put_many(into, new, overwrite=call.flag("overwrite"), by=call.actor, reason=call.why)
    if outcome.duplicates:
        return HttpResponse(orjson.dumps({"duplicates": list(outcome.duplicates)}), content_type="text/html; charset=utf-8")
    return envelopes.nothing()


def _staged(call: Call, sent: list[Arrived], path: str, stack: ExitStack) -> Iterator[tuple[str, Staged]]:
    """Each file with the path it gets; of an archive to be unpacked each member."""
    folder = path if path and (len(sent) > 1 or call.address.trailing_slash) else ""
    for one in sent:
        name = f"{folder.rstrip('/')}/{one.name}" if folder else path or one.name
        if call.flag("extract"):
            file = intake.spooled(one, stack)
            if intake.is_archive(file):
                below = f"{path.rstrip('/')}/" if path and path.rpartition("/")[2] != one.name else path.rpartition("/")[0]
                yield from _members(file, one.name or path, below.rstrip("/"))
                continue
            one = Arrived(one.name, file, on_disk=True)
        if not name:
            raise Invalid("A file needs a name. Write it at the end of the address: .../files/name.")
        files.check_path(name)
        yield name, intake.stage(intake.chunks(one.stream))


def _members(file: object, name: str, below: str) -> Iterator[tuple[str, Staged]]:
    """The members of an archive. One that cannot be taken refuses the whole upload: half a folder helps nobody."""
    for member in archives.members(file, name=name.rpartition("/")[2]):  # type: ignore[arg-type]
        plain = member.name.rpartition("/")[2]
        if plain in LITTER or member.name.startswith(LITTER) or plain.endswith("_catalog.xml"):
            continue
        if member.refused is not None:
            raise member.refused
        path = files.check_path(f"{below}/{member.name}" if below else member.name)
        yield path, intake.stage(member.chunks())


def _new(path: str, one: Sealed, facts: Facts) -> NewFile:
    return NewFile.sealed(path, one, format=facts.format, content=facts.content, description=facts.description, tags=facts.tags)


def _resource(call: Call, owner: resources.Owner) -> Resource:
    """The resource of the address, made where it is not there."""
    label = call.name("resource") or UNNAMED
    if call.name("resource"):
        try:
            return holdings.resource(call)
        except NotFound:
            pass
    made, _ = resources.ensure(owner, label, direction=holdings.direction(call), by=call.actor, reason=call.why)
    return made


def _facts(call: Call) -> Facts:
    """`format` and the others say what the file is (Q-104); fields of a form count, too."""
    where = {**call.form.dict(), **call.query.dict()} if call.content_type == dialect.MULTIPART else call.query.dict()
    tags = tuple(tag.strip() for tag in str(where.get("tags", "")).split(",") if tag.strip())
    return Facts(str(where.get("format", "")), str(where.get("content", "")), str(where.get("description", "")), tags)
