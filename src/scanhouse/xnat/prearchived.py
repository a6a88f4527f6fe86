"""Sessions of the prearchive as XNAT tells of them: addresses, rows, and the session that an address means (xnat-data-api 4.3)."""
from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from scanhouse.access import policy
from scanhouse.access.actors import Actor
from scanhouse.access.policy import Action
from scanhouse.errors import Forbidden, NotFound
from scanhouse.ingest import prearchive
from scanhouse.ingest.models import PrearchiveSession, SessionState
from scanhouse.records import projects
from scanhouse.records.models import Experiment

from .destinations import UNASSIGNED, Source
from .dialect import Call

COLUMNS = (
    "project", "timestamp", "lastmod", "uploaded", "scan_date", "scan_time", "subject", "folderName", "name", "tag", "status", "url", "autoarchive",
    "prevent_anon", "prevent_auto_commit", "SOURCE", "VISIT", "PROTOCOL", "TIMEZONE",
)
WORKING = (SessionState.BUILDING, SessionState.ARCHIVING, SessionState.MOVING)
PATIENCE = 30.0
"""Seconds that a request waits for a session which somebody else is just building or archiving, before it says that it is busy."""
LOOK = 0.1


def uri_of(session: PrearchiveSession) -> str:
    """The address of a session, with `/data`."""
    return f"/data{Source(session.project, session.timestamp, session.folder).uri}"


def direct_uri(session: PrearchiveSession) -> str:
    """The address of a session on its way straight into the archive."""
    return f"/xapi/direct-archive/{session.project}/{session.study_uid}/{session.folder}"


def archive_uri(experiment: Experiment) -> str:
    """The address of a session in the archive by its labels, as importers answer it."""
    subject = experiment.subject.label if experiment.subject is not None else ""
    return f"/data/archive/projects/{experiment.project_id}/subjects/{subject}/experiments/{experiment.label}"


def session(call: Call) -> PrearchiveSession:
    """The session that the address names."""
    named = call.name("project")
    return find(call, Source(None if named == UNASSIGNED else named, call.name("timestamp"), call.name("folder")))


def find(call: Call, source: Source) -> PrearchiveSession:
    """A session, once nobody else is at work on it. Raises NotFound; Forbidden where the project may be seen and its arrivals not."""
    project = None if source.project is None else projects.find(call.actor, source.project).id
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            found = prearchive.find(call.actor, project, source.timestamp, source.folder)
        except NotFound:
            if project is not None:
                must_see(call.actor, project)
            raise
        if found.state not in WORKING or time.monotonic() > deadline:
            return found
        time.sleep(LOOK)


def must_see(actor: Actor, project: str) -> None:
    """That what arrives for a project, which the actor sees, is for his eyes, too. Raises Forbidden."""
    if not policy.allowed(actor, Action.READ, PrearchiveSession(project=project)):
        raise Forbidden("What waits in the prearchive of this project is for its owners and members.")


def row(session: PrearchiveSession) -> Sequence[Any]:
    """A session as a row of the prearchive's table. Its `url` is without `/data` (Q-114)."""
    values, options = session.doc, session.options
    return (
        session.project or UNASSIGNED, session.timestamp, _moment(session.modified_at), _moment(session.created_at), values.get("date", ""),
        values.get("time", ""), session.subject, session.folder, session.label, session.study_uid, session.state,
        uri_of(session).removeprefix("/data"), _auto(session), bool(options.get("prevent_anon")), bool(options.get("prevent_auto_commit")),
        options.get("SOURCE", ""), options.get("VISIT", ""), options.get("PROTOCOL", ""), options.get("TIMEZONE", ""),
    )  # fmt: skip


def _auto(session: PrearchiveSession) -> str:
    return {None: "", True: "AutoArchive", False: "Manual"}[session.auto_archive]


def _moment(moment: datetime) -> str:
    """With a fraction of three digits, which clients insist on (Q-115)."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}"
