"""The prearchive: lists, sessions with their scans and files, and what is done with one (xnat-data-api 4.3)."""
from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from scanhouse.access import policy
from scanhouse.access.policy import Action
from scanhouse.errors import Forbidden, Invalid, NotFound
from scanhouse.ingest import prearchive
from scanhouse.ingest.models import PrearchiveSession, SessionState
from scanhouse.records import projects
from scanhouse.records.models import Experiment
from scanhouse.records.types import REGISTRY
from scanhouse.schema import xml

from .. import address, envelopes, negotiation, prearchived
from ..destinations import UNASSIGNED
from ..dialect import Call
from ..prearchived import COLUMNS, archive_uri, uri_of
from ..routes import Routes
from .prearchive_files import send_all

routes = Routes()

SESSION = "prearchive/projects/{project}/{timestamp}/{folder}"
RECENT_DAYS = 10


@routes.get("prearchive", "prearchive/projects", exact=True)
def everything(call: Call) -> HttpResponseBase:
    """All sessions that the caller may work with; by `tag`, a study, for administrators."""
    found = prearchive.listing(call.actor)
    if call.has("tag"):
        if not call.actor.is_admin:
            raise Forbidden("Studies are looked up across projects by administrators.")
        found = found.filter(study_uid=call.get("tag"))
    return _table(call, found)


@routes.put("prearchive", exact=True)
def refresh(call: Call) -> HttpResponseBase:
    """XNAT makes its table anew from the disk; ours is the truth itself."""
    if not call.actor.is_admin:
        raise Forbidden("This is for administrators of the site.")
    return _table(call, prearchive.listing(call.actor))


@routes.get("prearchive/experiments", exact=True)
def recent(call: Call) -> HttpResponseBase:
    days = call.number("recent", RECENT_DAYS) or 0
    return _table(call, prearchive.listing(call.actor).filter(created_at__gte=timezone.now() - timedelta(days=min(days, 36500))))


@routes.get("prearchive/projects/{project}", exact=True)
def of_projects(call: Call) -> HttpResponseBase:
    """Sessions of one project, or several with commas between, or of none (`Unassigned`)."""
    rows: list[PrearchiveSession] = []
    for name in address.names(call.name("project")):
        if name == UNASSIGNED:
            rows += prearchive.listing(call.actor, unassigned=True)
            continue
        project = projects.find(call.actor, name)
        prearchived.must_see(call.actor, project.id)
        rows += prearchive.listing(call.actor, project=project.id)
    return _table(call, rows)


@routes.get(SESSION, exact=True)
def show(call: Call) -> HttpResponseBase:
    """The session as a document, once it is built; as a row (`json`); all its files (`zip`)."""
    session = prearchived.session(call)
    match call.wants((negotiation.XML, negotiation.JSON, negotiation.HTML, negotiation.ZIP, negotiation.CSV)):
        case negotiation.XML:
            return _document(call, session)
        case negotiation.ZIP:
            return send_all(call, session)
        case _:
            return _table(call, [session])


@routes.delete(SESSION, exact=True)
def delete(call: Call) -> HttpResponseBase:
    prearchive.delete(prearchived.session(call), by=call.actor)
    return envelopes.nothing()


@routes.delete(f"{SESSION}/scans/{{scan}}", exact=True)
def delete_scan(call: Call) -> HttpResponseBase:
    session = prearchived.session(call)
    if session.state == SessionState.RECEIVING or not session.doc:
        session = prearchive.rebuild(session, by=call.actor)
    prearchive.delete_scan(session, call.name("scan"), by=call.actor)
    return envelopes.nothing()


@routes.on("POST PUT", SESSION, exact=True)
def act(call: Call) -> HttpResponseBase:
    """`action`: build, commit, move, reset-status, set-status."""
    match call.get("action").lower():
        case "build" | "rebuild" | "reset-status":
            return _build(call)
        case "commit":
            return _commit(call)
        case "move":
            to = projects.find(call.actor, call.get("newProject"))
            moved = prearchive.move(prearchived.session(call), to=to, by=call.actor)
            return _elsewhere(call, uri_of(moved))
        case "set-status" if call.get("status").upper() == SessionState.READY:
            return _build(call)
        case other:
            raise Invalid(f"There is no action {other[:50]!r} here. There are build, commit, move and reset-status.")


@routes.get(f"{SESSION}/logs")
def logs(call: Call) -> HttpResponseBase:
    """What has happened to the session; `logs/last` or `logs/{id}` for one entry."""
    found = prearchived.session(call).log.order_by("id")
    wanted = call.remainder[0] if call.remainder else ""
    if wanted == "last":
        rows = list(found.reverse()[:1])
    elif wanted:
        rows = [line for line in found if str(line.pk) == wanted]
    else:
        rows = list(found)
    if wanted and not rows:
        raise NotFound("There is no such entry.")
    return envelopes.table(call, envelopes.Table(("id", "date", "entry"), [(line.pk, line.at, line.entry) for line in rows]))


def _build(call: Call) -> HttpResponseBase:
    session = prearchived.session(call)
    return envelopes.text(uri_of(prearchive.rebuild(session, by=call.actor)))


def _commit(call: Call) -> HttpResponseBase:
    """Build, and archive where the request, the session or its project says so: then 301, with the address there (Q-116, Q-117)."""
    try:
        session = prearchived.session(call)
    except NotFound:
        return _elsewhere(call, archive_uri(_archived(call)))  # it was quicker by itself
    built = prearchive.rebuild(session, by=call.actor)
    if any(call.flag(name) for name in ("AA", "auto-archive", "autoArchive")) or prearchive.archives_itself(built):
        experiment = prearchive.archive(built, by=call.actor, subject=call.get("subject"), label=call.get("session"))
        return _elsewhere(call, archive_uri(experiment))
    return envelopes.text(uri_of(built))


def _archived(call: Call) -> Experiment:
    """The session that one of this address has become."""
    where = {"project": call.name("project"), "timestamp": call.name("timestamp"), "folder": call.name("folder")}
    found = PrearchiveSession.objects.filter(**where, state=SessionState.ARCHIVED).order_by("-key").first()
    return policy.find(call.actor, Experiment.objects.select_related("subject").filter(id="" if found is None else found.archived_as), Action.READ)


def _elsewhere(call: Call, address: str) -> HttpResponseBase:
    """301 with the new address as body, and as a Location that can be followed."""
    return HttpResponse(address, status=301, content_type="text/plain; charset=utf-8", headers={"Location": f"{call.site}{address}"})


def _table(call: Call, found: Iterable[PrearchiveSession] | QuerySet[PrearchiveSession]) -> HttpResponseBase:
    return envelopes.table(call, envelopes.Table(COLUMNS, [prearchived.row(session) for session in found]))


def _document(call: Call, session: PrearchiveSession) -> HttpResponseBase:
    if not session.doc or not session.element:
        raise NotFound("The session is not built yet: its files are still coming. Wait, or send action=build.")
    identity = {"project": session.project or "", "label": session.label, "subject_ID": session.subject, "prearchivePath": uri_of(session)}
    document = {**session.doc, **{path: value for path, value in identity.items() if value}}
    return envelopes.xml(xml.to_xml(REGISTRY.element(session.element), document, schemas=f"{call.site}/schemas"))
