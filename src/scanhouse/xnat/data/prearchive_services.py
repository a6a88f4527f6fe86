"""Services on sessions of the prearchive, one or several at once: archive, validate, move, delete, rebuild (xnat-data-api 4.5)."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from scanhouse.errors import Forbidden, Invalid, ScanhouseError
from scanhouse.ingest import imports, prearchive
from scanhouse.ingest.models import PrearchiveSession
from scanhouse.ingest.prearchive import Working
from scanhouse.records import projects, states
from scanhouse.records.models import Experiment
from scanhouse.records.types import REGISTRY

from .. import bodies, destinations, envelopes, prearchived
from ..destinations import Destination, Source
from ..dialect import Call
from ..prearchived import COLUMNS, archive_uri
from ..routes import Routes

routes = Routes()

IDENTITY = ("project", "subject_ID", "label", "ID")
ANY_SESSION = "xnat:imageSessionData"


@routes.on("POST PUT", "services/archive", exact=True)
def archive(call: Call) -> HttpResponseBase:
    """Archive sessions now. One: its address there, with a line's end; several: a table of what they were (Q-118)."""
    sources = _sources(call)
    listener = call.get("http-session-listener")
    upload = imports.begin("archive", transaction=listener, by=call.actor) if listener else None
    try:
        made = [_archive(call, prearchived.find(call, source)) for source in sources]
    except ScanhouseError as error:
        if upload is not None:
            imports.failed(upload, str(error))
        raise
    addresses = [archive_uri(one) for one in made]
    if upload is not None:
        imports.done(upload, addresses)
    if len(made) > 1:
        return envelopes.table(call, envelopes.Table(("src", "uri"), list(zip([one.uri for one in sources], addresses, strict=True))))
    response = HttpResponse(f"{addresses[0]}\r\n", content_type="text/plain; charset=utf-8")
    if call.flag("redirect") or call.flag("auto-archive"):
        response.status_code = 303
        response.headers["Location"] = f"{call.site}{addresses[0]}"
    return response


@routes.on("POST GET", "services/validate-archive", exact=True)
def validate(call: Call) -> HttpResponseBase:
    """What stands against archiving a session, without doing it: code, type and message of each finding."""
    (source,) = _sources(call)[:1]
    session = prearchived.find(call, source)
    wanted = _wanted(call, session)
    rows = [] if session.project or wanted["project"] else [(6, "FAIL", "The session belongs to no project.")]
    if not rows:
        findings = prearchive.foresee(session, by=call.actor, wish=_wish(call), **wanted)
        rows = [(_code(text), "CONFLICT", text) for text in findings]
    return envelopes.table(call, envelopes.Table(("code", "type", "message"), rows))


@routes.on("POST PUT", "services/prearchive/delete", exact=True)
def delete(call: Call) -> HttpResponseBase:
    return _each(call, lambda session: _deleted(call, session))


@routes.on("POST PUT", "services/prearchive/rebuild", exact=True)
def rebuild(call: Call) -> HttpResponseBase:
    return _each(call, lambda session: prearchive.rebuild(session, by=call.actor))


@routes.on("POST PUT", "services/prearchive/move", exact=True)
def move(call: Call) -> HttpResponseBase:
    """Put sessions into another project. It is done when the answer comes, also where `async` was asked for."""
    if not call.get("newProject"):
        raise Invalid("newProject must name the project that the sessions are moved to.")
    to = projects.find(call.actor, call.get("newProject"))
    return _each(call, lambda session: prearchive.move(session, to=to, by=call.actor))


def _each(call: Call, deed: Callable[[PrearchiveSession], PrearchiveSession]) -> HttpResponseBase:
    found = [prearchived.find(call, source) for source in _sources(call)]
    return envelopes.table(call, envelopes.Table(COLUMNS, [prearchived.row(deed(session)) for session in found]))


def _deleted(call: Call, session: PrearchiveSession) -> PrearchiveSession:
    prearchive.delete(session, by=call.actor)
    session.refresh_from_db()
    return session


def _archive(call: Call, session: PrearchiveSession) -> Experiment:
    wanted = _wanted(call, session)
    if session.project is None and not wanted["project"]:
        raise Invalid("Cannot archive sessions from the Unassigned folder.")
    try:
        if not session.element:
            session = prearchive.rebuild(session, by=call.actor)
        made = prearchive.archive(session, by=call.actor, wish=_wish(call), values=_values(call, session), **wanted)
    except Working as error:
        raise Forbidden(str(error)) from None
    if call.flag("quarantine"):
        states.set_status(made, states.QUARANTINE, by=call.actor)
    return made


def _wish(call: Call) -> Any:
    """Without a word the session's own wish holds, or its project's."""
    if not call.get("overwrite") and not call.flag("overwrite_files"):
        return None
    return prearchive.wish_for(call.get("overwrite").lower() or "none", overwrite_files=call.flag("overwrite_files"))


def _wanted(call: Call, session: PrearchiveSession) -> dict[str, Any]:
    """Project, subject and label that the request gives: by `dest`, by parameters, or by paths of the session's type."""
    where: Destination = destinations.destination(call.get("dest"))
    said = {key.rpartition("/")[2].lower(): value for key, value in call.pairs().items() if ":" in key and key.count("/") == 1}
    return {
        "project": where.project or call.get("project") or said.get("project") or session.project,
        "subject": where.subject or call.get("subject") or said.get("subject_id", ""),
        "label": where.experiment or call.get("session") or said.get("label", ""),
    }  # fmt: skip


def _values(call: Call, session: PrearchiveSession) -> dict[str, Any]:
    """Values to set on the session: paths of its type, as in its address in the archive."""
    paths = {key: value for key, value in call.pairs().items() if ":" in key and "/" in key}
    values = bodies.values_of(REGISTRY.element(session.element or ANY_SESSION), paths)
    return {path: value for path, value in values.items() if path not in IDENTITY}


def _sources(call: Call) -> list[Source]:
    """The sessions that are meant. Raises Invalid where none is."""
    found = [destinations.source(text) for text in call.all("src")]
    if not found and call.get("timestamp") and call.get("folder"):
        project = call.get("project")
        found = [Source(None if project in ("", destinations.UNASSIGNED) else project, call.get("timestamp"), call.get("folder"))]
    if not found:
        raise Invalid("src must name a session of the prearchive: /prearchive/projects/project/timestamp/folder.")
    return found


CODES = {"already exists": 1, "label": 2, "project": 3, "subject": 4, "UID": 5, "modality": 19, "Scan": 16}


def _code(text: str) -> int:
    """XNAT's number of a conflict."""
    return next((code for word, code in CODES.items() if word in text), 14)
