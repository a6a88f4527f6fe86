"""The configuration service: versioned texts under tool and path (xnat-data-api 2.9)."""
from __future__ import annotations

from typing import Any

import orjson
from django.http.response import HttpResponseBase

from scanhouse.access.policy import Action
from scanhouse.errors import Invalid, NotFound
from scanhouse.records import configs
from scanhouse.records.models import ConfigEntry, Project

from .. import envelopes, faults, owners
from ..dialect import Call
from ..routes import Routes

routes = Routes()
PLACES = ("config", "projects/{project}/config")
COLUMNS = ("tool", "path", "project", "user", "create_date", "reason", "contents", "unversioned", "version", "status")
GONE = "seriesImportFilter"
"""A tool that XNAT 1.10 no longer knows (Q-068)."""


@routes.get(*PLACES)
def show(call: Call) -> HttpResponseBase:
    """Tools; the entries of a tool; an entry, as a row or its bare text."""
    project = _project(call)
    tool, path = _named(call)
    if not tool:
        return envelopes.table(call, envelopes.Table(("tool",), [(name,) for name in configs.tools(project=project)], title="Tools"))
    try:
        found = _entries(call, project, tool, path)
    except NotFound:
        if call.flag("accept-not-found"):
            return envelopes.nothing(204)
        raise
    if call.flag("contents") and path:
        return envelopes.text(found[0].contents)
    return envelopes.table(call, envelopes.Table(COLUMNS, [_row(entry) for entry in found], title="Config"))


@routes.on("PUT POST", *PLACES)
def put(call: Call) -> HttpResponseBase:
    """A new version (201 for the first), or another status for the newest."""
    project = _project(call, Action.ENTER)
    tool, path = _named(call)
    if not tool or tool == GONE:
        raise NotFound("There is no such configuration.")
    contents, status = _sent(call)
    if contents is None and status is not None:
        return _set_status(call, project, tool, path, status)
    _, created = configs.put(
        tool, path, contents or "", project=project, status=status, unversioned=call.flag("unversioned"), by=call.actor, reason=call.why
    )
    return envelopes.nothing(201 if created else 200)


@routes.delete(*PLACES)
def delete(call: Call) -> HttpResponseBase:
    tool, path = _named(call)
    configs.delete(tool, path, project=_project(call, Action.ENTER), by=call.actor, reason=call.why)
    return envelopes.nothing()


def _set_status(call: Call, project: Project | None, tool: str, path: str, status: str) -> HttpResponseBase:
    try:
        configs.set_status(tool, path, status, project=project, by=call.actor, reason=call.why)
    except NotFound:
        # Clients that switch something off know exactly these words for "it never was on".
        raise faults.Teapot(500, f"Couldn't find the {'project' if project else 'site'} configuration for tool {tool} and path {path}") from None
    return envelopes.nothing()


def _project(call: Call, action: Action = Action.ENTER) -> Project | None:
    return owners.context(call, action)


def _named(call: Call) -> tuple[str, str]:
    tool, *path = call.remainder or ("",)
    return tool, "/".join(path)


def _entries(call: Call, project: Project | None, tool: str, path: str) -> list[ConfigEntry]:
    if tool == GONE:
        raise NotFound("There is no such configuration.")
    if not path:
        found = configs.entries(project=project, tool=tool)
    elif call.get("action") == "getHistory":
        found = list(configs.versions(tool, path, project=project))
    else:
        found = [configs.find(tool, path, project=project, version=call.number("version"))]
    if not found:
        raise NotFound("There is no such configuration.")
    return found


def _sent(call: Call) -> tuple[str | None, str | None]:
    """Text and status: of JSON that has them, else the body as it is and the parameter."""
    status: str | None = call.query.get("status")
    body = call.document_bytes()
    if not body:
        return (None, status) if status is not None else (call.form.get("contents", ""), None)
    text = body.decode("utf-8", "replace")
    if call.content_type == "application/json":
        try:
            sent: Any = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise Invalid("The body says that it is JSON, but cannot be read as such.") from None
        if isinstance(sent, dict) and ("contents" in sent or "status" in sent):
            contents = sent.get("contents")
            return (contents if isinstance(contents, str) or contents is None else orjson.dumps(contents).decode()), sent.get("status", status)
    return text, status


def _row(entry: ConfigEntry) -> tuple[Any, ...]:
    status = configs.ENABLED if entry.enabled else configs.DISABLED
    return (
        entry.tool, entry.path, entry.project, entry.created_by, entry.created_at.replace(tzinfo=None), entry.reason, entry.contents,
        entry.unversioned, entry.version, status,
    )  # fmt: skip
