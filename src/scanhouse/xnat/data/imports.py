"""`services/import`: DICOM in archives and single files, from the body, a form, or what was put aside (xnat-data-api 4.1, 4.2)."""
from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from scanhouse.access import policy
from scanhouse.access.policy import Action, Place
from scanhouse.errors import Conflict, Invalid, NotFound
from scanhouse.ingest import imports, user_cache
from scanhouse.ingest.file_names import SESSION
from scanhouse.ingest.imports import ANY_SESSION, Goal, Order
from scanhouse.ingest.prearchive import ENDED
from scanhouse.ingest.routing import Given
from scanhouse.records import experiments, naming, preferences, projects, subjects
from scanhouse.records.models import Project

from .. import destinations, faults, intake
from ..destinations import Destination
from ..dialect import Call
from ..intake import Arrived
from ..prearchived import archive_uri, direct_uri, uri_of
from ..routes import Routes

routes = Routes()

SI, DICOM_ZIP, GRADUAL = "si", "dicom-zip", "gradual-dicom"
HANDLERS = (SI, DICOM_ZIP, GRADUAL)
SINGLE = ("application/dicom", "application/x-mirc", "application/x-mirc-dicom")
"""Content types that say that the body is one DICOM object."""
ARCHIVE_NOW = "1"
OPTIONS = ("TIMEZONE", "SOURCE", "VISIT", "PROTOCOL", "prevent_anon", "prevent_auto_commit")
"""Parameters that are kept with the session and shown in lists."""
CACHE = ("user", "cache", "resources")
CRLF = "\r\n"


@dataclass(frozen=True)
class Names:
    """Project, subject and session that the sender gave, each perhaps none. `unassigned`: none is wanted."""

    project: Project | None
    subject: str
    session: str
    unassigned: bool


@routes.on("POST PUT", "services/import", exact=True)
def import_(call: Call) -> HttpResponseBase:
    """Take an upload in; the answer is the address of each session that it went into, one a line (Q-110)."""
    sent = _sent(call)
    handler = _handler(call, sent)
    where = destinations.destination(call.get("dest"))
    names = _names(call, where)
    order = _order(call, handler, where, names)
    with ExitStack() as stack:
        file = _file(call, sent, stack)
        name = sent.name if sent is not None else call.get("src").rpartition("/")[2]
        upload = imports.begin(name or "upload", size=file.seek(0, 2), transaction=call.get("http-session-listener"), by=call.actor)
        file.seek(0)
        try:
            outcome = imports.carry_out(file, order, upload=upload, by=call.actor)
        except Conflict as error:
            if handler == SI:
                raise
            raise Invalid(str(error)) from None  # this importer says 400 where the other says 409
        except Invalid as error:
            raise _with_status(error) from None
    waiting = [direct_uri(one) if one.options.get("direct_archive") else uri_of(one) for one in outcome.sessions if one.state not in ENDED]
    addresses = [*(archive_uri(one) for one in outcome.experiments), *waiting]
    imports.done(upload, addresses)
    return HttpResponse("".join(f"{address}{CRLF}" for address in addresses), content_type="text/plain; charset=utf-8")


def _with_status(error: Invalid) -> Exception:
    return faults.Teapot(500, str(error)) if "Empty sessions" in str(error) else error


def _sent(call: Call) -> Arrived | None:
    """The one file of the request; None where `src` names one that was put aside."""
    if call.get("src"):
        return None
    sent = intake.arrived(call, _body_name(call))
    if len(sent) > 1:
        raise Invalid("Importer is limited to one uploaded resource at a time.")
    if not sent:
        raise Invalid("Unable to identify upload format.")
    return sent[0]


def _body_name(call: Call) -> str:
    """A name for a body that has none. A form without a file is no body."""
    if call.content_type == "application/x-www-form-urlencoded" and not call.query.get("inbody"):
        return ""
    return "upload"


def _handler(call: Call, sent: Arrived | None) -> str:
    wanted = call.get("import-handler")
    if not wanted:
        wanted = GRADUAL if call.content_type in SINGLE else str(preferences.get("uiDefaultCompressedUploaderImporter"))
    if wanted.lower() not in HANDLERS:
        raise NotFound(f"Unknown import-handler {wanted[:100]!r}. There are SI, DICOM-zip and gradual-DICOM.")
    return wanted.lower()


def _file(call: Call, sent: Arrived | None, stack: ExitStack) -> BinaryIO:
    if sent is not None:
        return intake.spooled(sent, stack)
    parts = [part for part in call.get("src").split("/") if part]
    parts = parts[1:] if parts[:1] == ["data"] else parts
    if tuple(parts[:3]) != CACHE or len(parts) < 6 or parts[4] != "files":
        raise Invalid("src names a file that you have put aside: /user/cache/resources/name/files/file.")
    return stack.enter_context(user_cache.open_file(parts[3], "/".join(parts[5:]), by=call.actor))


def _names(call: Call, where: Destination) -> Names:
    """Who it is for: the destination says, then parameters, each in the order in which XNAT looks at them."""
    said = {key.rpartition("/")[2].lower(): value for key, value in call.pairs().items() if "/" in key and ":" in key}
    name = where.project or call.get("project") or call.get("PROJECT_ID") or call.get("PROJECT") or said.get("project", "")
    unassigned = where.unassigned or name == destinations.UNASSIGNED
    project = None if unassigned or not name else projects.find(call.actor, name)
    if project is not None:
        policy.require(call.actor, Action.CREATE, Place(project.id, ANY_SESSION))
    subject = where.subject or call.get("subject") or call.get("subject_ID") or call.get("SUBJECT_ID") or said.get("subject_id", "")
    session = where.experiment or call.get("session") or said.get("label", "") or call.get("EXPT_LABEL") or call.get("label")
    return Names(project, _subject(call, project, subject), _session(call, project, session), unassigned)


def _subject(call: Call, project: Project | None, ref: str) -> str:
    """The label that is meant: an accession ID of a subject in the project stands for its label there."""
    if project is None or not ref:
        return ref
    try:
        return naming.label_in(subjects.find(call.actor, ref, project=project), project)
    except NotFound:
        return ref


def _session(call: Call, project: Project | None, ref: str) -> str:
    if project is None or not ref:
        return ref
    try:
        return naming.label_in(experiments.find(call.actor, ref, project=project), project)
    except NotFound:
        return ref


def _order(call: Call, handler: str, where: Destination, names: Names) -> Order:
    direct = call.flag("Direct-Archive") and names.project is not None
    automatic = direct or any(call.flag(name) for name in ("AA", "auto-archive", "autoArchive"))
    committed = call.get("action").lower() == "commit"
    goal = _goal(call, handler, where, committed)
    given = Given(
        project=None if names.project is None else names.project.id, subject=names.subject, session=names.session,
        auto_archive=True if automatic else None, unassigned=names.unassigned,
    )  # fmt: skip
    options: dict[str, object] = {name: call.get(name) for name in OPTIONS if call.has(name)}
    if direct:
        options["direct_archive"] = True
    return Order(
        goal=goal, given=given, address=(where.timestamp, where.folder) if where.timestamp else None, many_studies=handler == SI,
        one_session=handler == SI, overwrite=call.get("overwrite").lower(), overwrite_files=call.flag("overwrite_files"),
        rename=call.flag("rename"), skip=handler == SI or call.flag("Ignore-Unparsable") or call.query.get("action", "").lower() == "commit",
        source=SESSION if handler == SI else "upload", quarantine=call.flag("quarantine"), options=options,
    )  # fmt: skip


def _goal(call: Call, handler: str, where: Destination, committed: bool) -> Goal:
    """How far it goes: the destination says; without one it depends on the importer (Q-113)."""
    if where.area == "archive" or call.get("prearchive_code") == ARCHIVE_NOW:
        return Goal.ARCHIVE
    if where.area == "prearchive":
        return Goal.BUILD if handler != GRADUAL or committed else Goal.WAIT
    return Goal.FINISH if committed or handler == SI else Goal.WAIT
