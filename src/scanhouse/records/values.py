"""The typed values of a record as one flat document, wherever they are kept: some in columns, the rest in `doc`."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from scanhouse.schema import document
from scanhouse.schema.element import Element
from scanhouse.schema.errors import InvalidValue

from . import history
from .models import Experiment, Project, Reconstruction, Scan, Subject
from .types import REGISTRY

Record = Project | Subject | Experiment | Scan | Reconstruction
Document = document.Document

# Paths whose values are columns, and the column's name.
_COLUMNS: dict[type, dict[str, str]] = {
    Project: {"name": "name", "secondary_ID": "secondary_id", "description": "description", "keywords": "keywords"},
    Subject: {},
    Experiment: {"date": "date"},
    Scan: {"type": "type", "UID": "uid", "series_description": "series_description", "quality": "quality", "note": "note"},
    Reconstruction: {"type": "type"},
}
_IDENTITY = {"ID", "label", "project", "subject_ID", "imageSession_ID", "image_session_ID", "active"}
IMAGE_SESSION = "xnat:imageSessionData"


def element_of(record: Record) -> Element:
    """The registry's element of a record."""
    return REGISTRY.element(history.element_of(record))


def of(record: Record) -> Document:
    """All typed values of a record: not its identity, not what has rows of its own."""
    values = dict(record.doc)
    for path, column in columns(record).items():
        value = getattr(record, column)
        if value not in ("", None):
            values[path] = value.isoformat() if isinstance(value, date) else value
    return values


def whole(record: Record) -> Document:
    """The same with its identity: what a document about it shows."""
    match record:
        case Project():
            identity = {"ID": record.id}
        case Subject():
            identity = {"ID": record.id, "project": record.project_id, "label": record.label}
        case Experiment():
            identity = {"ID": record.id, "project": record.project_id, "label": record.label}
            if record.session_id is not None and record.session is not None:
                identity["imageSession_ID"] = record.session.id
            elif record.subject_id is not None and record.subject is not None:
                identity["subject_ID"] = record.subject.id
        case Scan():
            identity = {"ID": record.id, "image_session_ID": record.session.id}
        case _:
            identity = {"ID": record.id}
    known = element_of(record).fields
    return {path: value for path, value in identity.items() if path in known} | of(record)


def apply(record: Record, values: Mapping[str, Any], *, replace: bool = False) -> tuple[dict[str, list[Any]], dict[str, list[Document]]]:
    """Change the values of a record (not saved here). Answers what changed, and documents of things that have rows of their own.

    Values may be typed or text; None and "" clear. `replace`: what the document lacks is removed. Identity in it is passed over.
    Raises what `schema.document.validate` does.
    """
    element = element_of(record)
    sent = {path: value for path, value in values.items() if path not in _IDENTITY}
    cleared = [path for path, value in sent.items() if value in (None, "")]
    valid = document.validate(element, {path: value for path, value in sent.items() if path not in cleared})
    own, rows = document.split(element, valid)
    before = of(record)
    after = document.merge(element, before, own, authoritative=replace)
    for path in cleared:
        after.pop(path, None)
    _put(record, element, after)
    return history.changes(before, after), rows


def columns(record: Record) -> dict[str, str]:
    """Path to column, for the values of a record that are columns."""
    found = _COLUMNS[type(record)]
    if isinstance(record, Experiment) and REGISTRY.is_a(record.element, IMAGE_SESSION):
        return {**found, "UID": "study_uid"}
    return found


def _put(record: Record, element: Element, values: Document) -> None:
    rest = dict(values)
    for path, column in columns(record).items():
        value = rest.pop(path, None)
        limit = getattr(record._meta.get_field(column), "max_length", None)
        if limit and value is not None and len(value) > limit:
            raise InvalidValue(element.name, path, f"at most {limit} characters")
        if column == "date":
            setattr(record, column, date.fromisoformat(value) if value else None)
        else:
            setattr(record, column, value or "")
    record.doc = rest
