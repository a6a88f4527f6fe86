"""The catalog of a resource as XML: its files with digests, times and sizes (xnat-data-api 3.2)."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from scanhouse.records.models import File, Resource
from scanhouse.schema.values import clean

SPACES = 'xmlns:cat="http://nrg.wustl.edu/catalog" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def document(resources: list[Resource], *, before: dict[int, str] | None = None) -> str:
    """The catalog of one resource, or of several together. `before`: what comes before paths, by resource (addresses of an xcat).

    What no XML can hold is left out. The first bytes are exactly those by which clients know it (Q-103).
    """
    one = resources[0]
    is_dicom = len(resources) == 1 and bool(one.uid)
    name = "DCMCatalog" if is_dicom else "Catalog"
    uid = f" UID={quoteattr(one.uid)}" if is_dicom else ""
    ids = f" ID={quoteattr(one.label)}" if len(resources) == 1 else ""
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<cat:{name}{uid}{ids} {SPACES}>\n'
    project = f'  <cat:metaFields><cat:metaField name="PROJECT">{escape(_project(one))}</cat:metaField></cat:metaFields>\n'
    files = File.objects.filter(resource__in=[each.pk for each in resources]).select_related("instance").order_by("resource_id", "path")
    body = "".join(line for file in files.iterator(2000) for line in _entry(file, (before or {}).get(file.resource_id, "")))
    return clean(f"{head}{project}  <cat:entries>\n{body}  </cat:entries>\n</cat:{name}>\n")


def _entry(file: File, before: str) -> Iterator[str]:
    instance = getattr(file, "instance", None)
    facts = {
        "ID": file.path, "URI": before + file.path, "UID": instance.sop_instance_uid if instance else "", "format": file.format,
        "content": file.content, "description": file.description, "createdBy": file.created_by, "createdTime": _time(file.created_at),
        "modifiedTime": _time(file.modified_at), "digest": file.md5,
        "instanceNumber": str(instance.instance_number) if instance and instance.instance_number is not None else "",
    }  # fmt: skip
    told = " ".join(f"{name}={quoteattr(value)}" for name, value in facts.items() if value)
    kind = "dcmEntry" if instance else "entry"
    tags = "".join(f"<cat:tag>{escape(str(tag))}</cat:tag>" for tag in file.tags)
    tagged = f"<cat:tags>{tags}</cat:tags>" if tags else ""
    yield f'    <cat:entry {told} xsi:type="cat:{kind}">{tagged}<cat:metaFields>'
    yield f'<cat:metaField name="SIZE">{file.size}</cat:metaField></cat:metaFields></cat:entry>\n'


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def _project(resource: Resource) -> str:
    if resource.project_id:
        return str(resource.project_id)
    home = resource.subject or resource.experiment
    if home is None:
        inner = resource.scan or resource.reconstruction
        assert inner is not None  # a constraint of the table
        home = inner.session
    return home.project_id
