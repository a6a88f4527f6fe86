"""Addresses that come as parameters: `src=/archive/projects/P/.../scans/4`, `resource=/archive/experiments/E`. Loaded as those of requests."""
from __future__ import annotations

from scanhouse.errors import Invalid

from .address import Address, Templates, expand
from .dialect import Call
from .routes import Target

_templates: Templates[Target] = Templates()
for _template in ("<owner>/resources/{resource}/files", "<owner>/resources/{resource}", "<owner>"):
    for _expanded in expand(_template):
        _templates.add(_expanded, Target())


def pointed_at(call: Call, text: str) -> Call:
    """A call of the same actor whose address is that of the parameter. Raises Invalid for what is no address of an archived thing."""
    path = text.partition("?")[0]
    if "://" in path:
        path = "/" + path.partition("://")[2].partition("/")[2]
    parts = [part for part in path.split("/") if part]
    while parts and parts[0] in ("data", "REST", "archive"):
        parts = parts[1:]
    address: Address[Target] | None = _templates.parse("/".join(parts))
    if address is None:
        raise Invalid(f"{text[:200]!r} is no address in the archive: it is /archive/projects/... or /archive/experiments/...")
    return Call(call.request, address)
