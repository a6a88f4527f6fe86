"""Scans, resources and files of sessions in the prearchive (xnat-data-api 4.3)."""
from __future__ import annotations

from collections.abc import Iterable

from django.http.response import HttpResponseBase

from scanhouse.errors import Invalid, NotFound
from scanhouse.ingest import contents
from scanhouse.ingest.contents import Waiting, WaitingScan
from scanhouse.ingest.models import PrearchiveSession
from scanhouse.records import downloads
from scanhouse.records.downloads import Form
from scanhouse.storage import names
from scanhouse.storage.zips import Entry

from .. import address, envelopes, negotiation, prearchived, transfers
from ..dialect import Call
from ..prearchived import uri_of
from ..routes import Routes

routes = Routes()

SESSION = "prearchive/projects/{project}/{timestamp}/{folder}"
SCAN = f"{SESSION}/scans/{{scan}}"
ARCHIVES = {negotiation.ZIP: Form.ZIP, negotiation.TAR: Form.TAR, negotiation.TAR_GZ: Form.TAR_GZ}
FILE_FORMS = (*negotiation.TABLE, *ARCHIVES)


@routes.get(f"{SESSION}/scans", exact=True)
def scans(call: Call) -> HttpResponseBase:
    rows = [(one.id, one.element, one.series_description) for one in contents.scans(prearchived.session(call))]
    return envelopes.table(call, envelopes.Table(("ID", "xsiType", "series_description"), rows))


@routes.get(SCAN, exact=True)
def scan(call: Call) -> HttpResponseBase:
    """One scan: its row, or all its files as an archive."""
    session = prearchived.session(call)
    one = _scan(call, session)
    form = call.wants(FILE_FORMS)
    if form in ARCHIVES:
        return _archive(call, session, one.files, ARCHIVES[form])
    rows = [(one.id, one.element, one.series_description)]
    return envelopes.table(call, envelopes.Table(("ID", "xsiType", "series_description"), rows))


@routes.get(f"{SESSION}/resources", exact=True)
def resources(call: Call) -> HttpResponseBase:
    """Resources of all scans."""
    found = contents.scans(prearchived.session(call))
    rows = [("scans", one.id, *counted) for one in found for counted in _counted(one.files)]
    return envelopes.table(call, envelopes.Table(("category", "cat_id", "label", "file_count", "file_size"), rows))


@routes.get(f"{SCAN}/resources", exact=True)
def resources_of_scan(call: Call) -> HttpResponseBase:
    one = _scan(call, prearchived.session(call))
    return envelopes.table(call, envelopes.Table(("label", "file_count", "file_size"), _counted(one.files)))


@routes.get(f"{SCAN}/resources/{{resource}}/files", f"{SCAN}/files")
def files(call: Call) -> HttpResponseBase:
    """The files of a scan's resource: a list, an archive, or one of them."""
    session = prearchived.session(call)
    found = [file for file in _scan(call, session).files if call.name("resource") in ("", file.resource)]
    if call.name("resource") and not found:
        raise NotFound("There is no such resource here.")
    path = address.file_path(call.remainder)
    if path:
        return _one(call, found, path)
    form = call.wants(FILE_FORMS)
    if form in ARCHIVES:
        return _archive(call, session, found, ARCHIVES[form])
    rows = [(file.path.rpartition("/")[2], file.size, _uri(session, file)) for file in found]
    return envelopes.table(call, envelopes.Table(("Name", "Size", "URI"), rows))


@routes.get(f"{SCAN}/resources/{{resource}}")
def resource(call: Call) -> HttpResponseBase:
    """What the resource holds, as in the list of resources."""
    if call.remainder:
        raise Invalid("Below a resource there are only files. Write .../files/ before the path of a file.")
    rows = [row for row in _counted(_scan(call, prearchived.session(call)).files) if row[0] == call.name("resource")]
    if not rows:
        raise NotFound("There is no such resource here.")
    return envelopes.table(call, envelopes.Table(("label", "file_count", "file_size"), rows))


def send_all(call: Call, session: PrearchiveSession) -> HttpResponseBase:
    """All files of a session as a zip."""
    return _archive(call, session, [file for one in contents.scans(session) for file in one.files], Form.ZIP)


def _scan(call: Call, session: PrearchiveSession) -> WaitingScan:
    wanted = address.scan_names(call.name("scan"))
    for one in contents.scans(session):
        if one.id == wanted:
            return one
    raise NotFound("There is no such scan here.")


def _one(call: Call, found: Iterable[Waiting], path: str) -> HttpResponseBase:
    for file in found:
        if file.path == path:
            entry = downloads.Single(file.object, file.size, file.received_at)
            return transfers.answer(call, entry, name=path.rpartition("/")[2], save=True)
    raise NotFound("There is no such file here.")


def _archive(call: Call, session: PrearchiveSession, found: Iterable[Waiting], form: Form) -> HttpResponseBase:
    """Laid out as downloads of archived sessions are."""
    entries = []
    taken: set[str] = set()
    for file in found:
        name = names.tame(f"{session.label}/scans/{file.scan}/resources/{file.resource}/files/{file.path}")
        while name in taken:
            name += "_1"
        taken.add(name)
        entries.append(Entry(name, file.size, file.crc32, file.received_at, file.object))
    if not entries:
        raise NotFound("There are no files here.")
    return transfers.answer(call, downloads.archive(entries, form), name=f"{session.label}.{form.value}", save=True)


def _counted(found: Iterable[Waiting]) -> list[tuple[str, int, int]]:
    """Label, number of files and bytes of each resource."""
    counts: dict[str, list[int]] = {}
    for file in found:
        both = counts.setdefault(file.resource, [0, 0])
        both[0] += 1
        both[1] += file.size
    return [(label, number, size) for label, (number, size) in sorted(counts.items())]


def _uri(session: PrearchiveSession, file: Waiting) -> str:
    return f"{uri_of(session)}/scans/{file.scan}/resources/{file.resource}/files/{file.path}"
