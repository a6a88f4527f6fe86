"""Sessions on their way straight into the archive (xnat-data-api 4.7). They wait where all do, and are archived without being asked for.

What comes for a session that is in the archive already is not among them: it is in the prearchive, and joins it or ends as a conflict
(Q-121).
"""
from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http.response import HttpResponseBase

from scanhouse.access import policy
from scanhouse.errors import NotFound
from scanhouse.ingest import prearchive
from scanhouse.ingest.models import PrearchiveSession, SessionState
from scanhouse.records.models import Experiment

from .. import envelopes, levels, prearchived
from ..destinations import Source
from ..dialect import Call
from ..routes import Routes

routes = Routes()

ON_THE_WAY = (SessionState.RECEIVING, SessionState.BUILDING, SessionState.READY, SessionState.ARCHIVING)
MOST = 1000


@routes.post("direct-archive", exact=True)
def listing(call: Call) -> HttpResponseBase:
    """The sessions that the caller may see; a filter on the project is understood, page and size are not needed."""
    levels.signed_in(call)
    sent = levels.mapping_of(call)
    found = _on_the_way(call)
    filters = sent.get("filters")
    wanted = filters.get("project") if isinstance(filters, dict) else None
    if isinstance(wanted, dict) and wanted.get("value"):
        found = found.filter(project=str(wanted["value"]))
    return envelopes.json([_model(session) for session in found[:MOST]])


@routes.get("direct-archive/{project}/{tag}/{name}", exact=True)
def show(call: Call) -> HttpResponseBase:
    return envelopes.json(_model(_session(call)))


@routes.post("direct-archive/{project}/{tag}/{name}", exact=True)
def finish(call: Call) -> HttpResponseBase:
    """Archive it now."""
    session = _session(call)
    session = prearchived.find(call, Source(session.project, session.timestamp, session.folder))
    prearchive.archive(session, by=call.actor)
    return envelopes.nothing()


@routes.delete("direct-archive/{id}", exact=True)
def delete(call: Call) -> HttpResponseBase:
    levels.signed_in(call)
    text = call.name("id")
    found = _on_the_way(call).filter(key=int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0).first()
    if found is None:
        raise NotFound("There is no such session on its way.")
    prearchive.delete(found, by=call.actor)
    return envelopes.nothing()


def _on_the_way(call: Call) -> QuerySet[PrearchiveSession]:
    archived = Experiment.objects.filter(project=OuterRef("project"), label=OuterRef("label"), session=None)
    found = PrearchiveSession.objects.filter(~Exists(archived), options__direct_archive=True, state__in=ON_THE_WAY).order_by("-key")
    return policy.visible(call.actor, found)


def _session(call: Call) -> PrearchiveSession:
    found = _on_the_way(call).filter(project=call.name("project"), study_uid=call.name("tag"), folder=call.name("name")).first()
    if found is None:
        raise NotFound("There is no such session on its way. It may have arrived: look in its project.")
    return found


def _model(session: PrearchiveSession) -> dict[str, Any]:
    return {
        "id": session.key, "project": session.project, "subject": session.subject, "name": session.label, "folderName": session.folder,
        "tag": session.study_uid, "status": session.state, "scanDate": session.doc.get("date"), "uploaded": session.created_at,
        "lastReceived": session.received_at, "location": prearchived.uri_of(session), "message": session.reason,
    }  # fmt: skip
