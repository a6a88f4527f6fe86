"""Documents for any place of the archive: they say themselves where they belong (`/xapi/archive/upload/xml`)."""
from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.http.response import HttpResponseBase

from scanhouse.errors import NotFound
from scanhouse.records import assessors, experiments, projects, subjects, types
from scanhouse.schema import xml
from scanhouse.schema.document import Document
from scanhouse.schema.element import Element

from .. import envelopes, faults, levels
from ..dialect import Call
from ..routes import Routes

routes = Routes()
Found = TypeVar("Found")


@routes.on("PUT POST", "archive/upload/xml", exact=True)
def put(call: Call) -> HttpResponseBase:
    """Create or change what a document is about; the answer is its ID. With `allowDataDeletion` the document is all there is."""
    levels.signed_in(call)
    data = call.document_bytes()
    if not data:
        raise faults.NothingUsable("Send an XML document.")
    element, values = xml.from_xml(data, registry=types.current())
    for kind, store in _STORES.items():
        if element.is_a(kind):
            return envelopes.text(store(call, element, values, call.flag("allowDataDeletion")))
    raise faults.Teapot(422, f"Documents of {element.name} have no place of their own in the archive.")


def _project(call: Call, element: Element, values: Document, whole: bool) -> str:
    project, created = projects.put(_said(values, "ID"), values=values, by=call.actor, reason=call.why)
    if whole and not created:
        projects.change(project, values, replace=True, by=call.actor, reason=call.why)
    return project.id


def _subject(call: Call, element: Element, values: Document, whole: bool) -> str:
    project = projects.find(call.actor, _said(values, "project"))
    found = _present(lambda ref: subjects.find(call.actor, ref, project=project), values)
    if found is None:
        found = subjects.create(project, _said(values, "label"), values=values, by=call.actor, reason=call.why)
    else:
        subjects.change(found, values, replace=whole, by=call.actor, reason=call.why)
    return found.id


def _experiment(call: Call, element: Element, values: Document, whole: bool) -> str:
    project = projects.find(call.actor, _said(values, "project"))
    found = _present(lambda ref: experiments.find(call.actor, ref, project=project), values)
    if found is None:
        subject = subjects.find(call.actor, _said(values, "subject_ID"), project=project)
        found = experiments.create(project, subject, _said(values, "label"), element.name, values=values, by=call.actor, reason=call.why)
    else:
        experiments.change(found, values, element=element.name, replace=whole, by=call.actor, reason=call.why)
    return found.id


def _assessor(call: Call, element: Element, values: Document, whole: bool) -> str:
    session = experiments.find(call.actor, _said(values, "imageSession_ID"))
    home = projects.find(call.actor, str(values["project"])) if values.get("project") else None
    made, _ = assessors.put(session, str(values.get("ID") or _said(values, "label")), element.name, project=home, values=values, replace=whole,
                            by=call.actor, reason=call.why)
    return made.id


_STORES = {
    "xnat:projectData": _project, "xnat:subjectData": _subject, "xnat:imageAssessorData": _assessor, "xnat:subjectAssessorData": _experiment,
}


def _said(values: Document, path: str) -> str:
    if not values.get(path):
        raise faults.NothingUsable(f"The document does not say its {path}.")
    return str(values[path])


def _present(find: Callable[[str], Found], values: Document) -> Found | None:
    """What the document's ID means, or else its label; None where neither is there."""
    for ref in (values.get("ID"), values.get("label")):
        if ref:
            try:
                return find(str(ref))
            except NotFound:
                continue
    return None
