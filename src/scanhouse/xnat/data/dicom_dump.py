"""`services/dicomdump`: the header of a DICOM file as a table (xnat-data-api 3.6)."""
from __future__ import annotations

from collections.abc import Iterator

import pydicom
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from scanhouse.access import policy
from scanhouse.errors import Invalid, NotFound
from scanhouse.ingest import contents
from scanhouse.records import bytes as stored
from scanhouse.records.models import File, Resource

from .. import address, destinations, envelopes, holdings, owners, pointers, prearchived
from ..dialect import Call
from ..routes import Routes

routes = Routes()

COLUMNS = ("tag1", "tag2", "vr", "value", "desc")
SHOWN = 64
"""Characters of a value in a summary; long ones are of no use in a table."""
MOST = 4096
"""Characters of a value where all of it is asked for."""
MAX_ROWS = 20_000
HEADER_LIMIT = 1 << 20
"""Bytes of one element that are read; longer values are told by their length."""


@routes.get("services/dicomdump", exact=True)
def dump(call: Call) -> HttpResponseBase:
    """The header of the file that `src` names, or of the first of a scan or session; `field` for single elements."""
    wanted = {_tag(text) for text in call.all("field")}
    limit = SHOWN if call.flag("summary", True) else MOST
    with stored.store().open(_object(call)) as file:
        try:
            header = pydicom.dcmread(file, stop_before_pixels=True, defer_size=HEADER_LIMIT)
        except InvalidDicomError:
            raise Invalid("The file is no DICOM object.") from None
        rows = []
        for row in _rows(header, wanted, limit):
            rows.append(row)
            if len(rows) >= MAX_ROWS:
                break
    return envelopes.table(call, envelopes.Table(COLUMNS, rows))


def _object(call: Call) -> str:
    """The key of the object that is meant."""
    src = call.get("src")
    if not src:
        raise Invalid("src must name a scan or session: /archive/projects/.../scans/4 or /prearchive/projects/...")
    parts = [part for part in src.split("/") if part]
    parts = parts[1:] if parts[:1] == ["data"] else parts
    if parts[:1] == ["prearchive"]:
        return _waiting(call, parts)
    there = pointers.pointed_at(call, src)
    held = holdings.named(there) if there.name("resource") else list(holdings.held(there))
    if not held and there.name("experiment") and not there.name("scan"):
        held = list(policy.visible(call.actor, _of_scans(there)))
    path = address.file_path(there.remainder)
    found = File.objects.filter(resource__in=[one.pk for one in held], instance__isnull=False)
    one = (found.filter(path=path) if path else found).order_by("resource_id", "path").values_list("object", flat=True).first()
    if one is None:
        raise NotFound("There is no DICOM file here.")
    return str(one)


def _of_scans(there: Call) -> QuerySet[Resource]:
    return Resource.objects.filter(scan__session=owners.experiment(there))


def _waiting(call: Call, parts: list[str]) -> str:
    session = prearchived.find(call, destinations.source("/" + "/".join(parts[:5])))
    scan = parts[6] if parts[5:6] == ["scans"] and len(parts) > 6 else ""
    for one in contents.scans(session):
        if scan in ("", one.id) and one.files:
            return one.files[0].object
    raise NotFound("There is no DICOM file here.")


def _rows(header: Dataset, wanted: set[int], limit: int) -> Iterator[tuple[str, str, str, str, str]]:
    for element in (*header.file_meta, *header):
        if wanted and int(element.tag) not in wanted:
            continue
        first = _name(element)
        if element.VR == "SQ":
            yield first, "", "SQ", "", element.name
            for item in element.value:
                for inner in item:
                    value = "" if inner.VR == "SQ" else _value(inner, limit)
                    yield first, _name(inner), inner.VR, value, inner.name
            continue
        yield first, "", element.VR, _value(element, limit), element.name


def _name(element: DataElement) -> str:
    return f"({element.tag.group:04X},{element.tag.element:04X})"


def _value(element: DataElement, limit: int) -> str:
    value = element.value
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    text = "" if value is None else "\\".join(map(str, value)) if element.VM > 1 else str(value)
    return text if len(text) <= limit else f"{text[:limit]}..."


def _tag(text: str) -> int:
    plain = text.strip("()").replace(",", "")
    if len(plain) == 8:
        try:
            return int(plain, 16)
        except ValueError:
            pass
    found = tag_for_keyword(text)
    if found is None:
        raise Invalid(f"There is no element {text[:64]!r}. Write its keyword, or its tag as 00100020.")
    return int(found)
