"""Files: lists, single ones, archives of many, and their removal (xnat-data-api 3.3, 3.4, 3.6)."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase

from scanhouse.access.policy import Action
from scanhouse.errors import Invalid, NotFound
from scanhouse.records import downloads, files, preferences
from scanhouse.records.downloads import Form, Layout, Structure
from scanhouse.records.layouts import archive_folder
from scanhouse.records.models import Experiment, File, Project, Resource, Subject

from .. import address, catalogs, envelopes, holdings, inner_files, negotiation, transfers
from ..dialect import Call
from ..routes import Routes

routes = Routes()

COLUMNS = ("Name", "Size", "URI", "collection", "file_tags", "file_format", "file_content", "cat_ID", "digest")
PROPERTIES = tuple({"key": name, "serverRoot": ""} if name == "URI" else {"key": name} for name in ("URI",))
ARCHIVES = {negotiation.ZIP: Form.ZIP, negotiation.TAR: Form.TAR, negotiation.TAR_GZ: Form.TAR_GZ}
OFFERED = (*negotiation.TABLE, negotiation.ZIP, negotiation.TAR, negotiation.TAR_GZ, negotiation.XCAT)


@routes.get("<owner>/resources/{resource}/files", "<owner>/files")
def show(call: Call) -> HttpResponseBase:
    """A list of files, an archive of them, or one file."""
    try:
        return _show(call)
    except NotFound:
        if call.flag("accept-not-found"):
            return envelopes.nothing(204)
        raise


@routes.delete("<owner>/resources/{resource}/files", "<owner>/files")
def delete(call: Call) -> HttpResponseBase:
    """Remove a file, or all below a folder."""
    holdings.for_change(call, Action.READ)
    path = address.file_path(call.remainder)
    gone = 0
    try:
        for one in _resources(call):
            if path:
                gone += _remove(call, one, path)
        if not gone:
            raise NotFound("There is no such file here.")
    except NotFound:
        if call.flag("accept-not-found"):
            return envelopes.nothing(204)
        raise
    return envelopes.nothing()


def _remove(call: Call, one: Resource, path: str) -> int:
    if path.endswith("*"):
        paths = list(files.starting_with(one, path[:-1]).values_list("path", flat=True))
        return sum(files.remove(one, each, by=call.actor, reason=call.why) for each in paths)
    try:
        return files.remove(one, path, by=call.actor, reason=call.why)
    except NotFound:
        return 0


def _show(call: Call) -> HttpResponseBase:
    path = address.file_path(call.remainder)
    held = _resources(call)
    if not path:
        return _many(call, held, _filtered(call, held))
    if call.address.trailing_slash:
        deep = call.flag("recursive", True)
        return _many(call, held, _together(files.below(one, path, deep=deep) for one in held))
    if path.endswith("*"):
        return _many(call, held, _together(files.starting_with(one, path[:-1]) for one in held))
    found = File.objects.select_related("resource").filter(resource__in=[one.pk for one in held], path=path).order_by("resource_id").first()
    if found is not None:
        return _one(call, found)
    below = _together(files.below(one, path) for one in held)
    if call.wants(OFFERED) in ARCHIVES and below.exists():
        return _many(call, held, below)
    return inner_files.show(call, held, path)


def _resources(call: Call) -> list[Resource]:
    return holdings.named(call) if call.name("resource") else list(holdings.held(call))


def _filtered(call: Call, held: list[Resource]) -> QuerySet[File]:
    return files.listing(held, formats=_words(call, "file_format"), contents=_words(call, "file_content"))


def _words(call: Call, name: str) -> list[str]:
    return [word for text in call.query.getlist(name) for word in text.split(",")]


def _together(parts: Iterable[QuerySet[File]]) -> QuerySet[File]:
    keys = [key for part in parts for key in part.values_list("key", flat=True)]
    return File.objects.select_related("resource").filter(key__in=keys).order_by("resource_id", "path")


def _one(call: Call, file: File) -> HttpResponseBase:
    if call.query.get("listContents"):
        return inner_files.listing(call, file)
    name = file.path.rpartition("/")[2]
    shown = name.rpartition(".")[2].lower() in transfers.SHOWN
    return transfers.answer(call, downloads.Single.of(file, transfers.media_type(name)), name=name, save=not shown)


def _many(call: Call, held: list[Resource], found: QuerySet[File]) -> HttpResponseBase:
    index = call.number("index")
    if index is not None:
        chosen = list(found[index:index + 1])
        if not chosen:
            raise NotFound("There are not so many files.")
        return _one(call, chosen[0])
    form = call.wants(OFFERED)
    if form in ARCHIVES:
        return _archive(call, found, ARCHIVES[form])
    if form == negotiation.XCAT:
        return envelopes.xml(catalogs.document(held, before={one.pk: f"{holdings.uri(call, one)}/files/" for one in held}) if held else "<none/>")
    return _table(call, held, found)


def _archive(call: Call, found: QuerySet[File], form: Form) -> HttpResponseBase:
    wanted = call.query.get("structure", "default").lower()
    if wanted not in {each.value for each in Structure}:
        raise Invalid(f"There is no such structure. There are {', '.join(Structure)}.")
    layout = Layout(Structure(wanted), call.flag("projectIncludedInPath"), call.flag("subjectIncludedInPath"))
    entries = downloads.entries(found, layout=layout)
    if not entries:
        raise NotFound("There are no files here.")
    return transfers.answer(call, downloads.archive(entries, form), name=f"{_name(call)}.{form.value}", save=True)


def _name(call: Call) -> str:
    """What an archive is called: the label of the session, else of what the files belong to."""
    owner: Any = holdings.several(call)[0]
    session = getattr(owner, "session", None) or owner
    return str(session.label) if isinstance(session, Experiment | Subject) else str(session.id if isinstance(session, Project) else "files")


def _table(call: Call, held: list[Resource], found: QuerySet[File]) -> HttpResponseBase:
    locator = call.query.get("locator", "").lower()
    by_key = {one.pk: one for one in held}
    before = {one.pk: _locator(call, one, locator) for one in held}
    digests = preferences.get("checksums")
    columns = [*COLUMNS]
    if locator in ("absolutepath", "projectpath"):
        columns[2] = "absolutePath" if locator == "absolutepath" else "projectPath"
    rows = []
    for resource, path, size, format_, content, tags, md5 in found.values_list(
        "resource_id", "path", "size", "format", "content", "tags", "md5"
    ):
        one = by_key[resource]
        rows.append((
            path.rpartition("/")[2], str(size), before[resource] + path, one.label, ",".join(map(str, tags)), format_ or one.format,
            content or one.content, str(resource), md5 if digests else "",
        ))
    return envelopes.table(call, envelopes.Table(columns, rows, title="Files", properties=_properties(call), is_ready=not call.get("sortBy")))


def _properties(call: Call) -> tuple[dict[str, str], ...]:
    """`Columns` of the JSON form; other forms have a place for each column."""
    return PROPERTIES if call.wants(OFFERED) == negotiation.JSON else ()


def _locator(call: Call, one: Resource, locator: str) -> str:
    if locator == "absolutepath":
        return f"{preferences.get('archivePath')}/{_project_of(one)}/{archive_folder(one)}/"
    if locator == "projectpath":
        return f"{archive_folder(one)}/"
    return f"{holdings.uri(call, one)}/files/"


def _project_of(one: Resource) -> str:
    owner: Any = one.project or one.subject or one.experiment or (one.scan or one.reconstruction).session  # type: ignore[union-attr]
    return str(owner.id if isinstance(owner, Project) else owner.project_id)
