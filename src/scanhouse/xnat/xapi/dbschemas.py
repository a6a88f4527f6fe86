"""Schemas of data types that were added at run time (xnat-xapi 3.5)."""
from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase

from scanhouse.errors import Invalid
from scanhouse.records import types
from scanhouse.records.models import TypeSchema
from scanhouse.records.types import TypeInUse
from scanhouse.schema import xsd

from .. import envelopes, levels
from ..dialect import Call
from ..routes import Routes

routes = Routes()


@routes.get("dbschemas", exact=True)
def listing(call: Call) -> HttpResponseBase:
    levels.administrators(call)
    return envelopes.json([_model(one) for one in types.schemas(call.actor)])


@routes.get("dbschemas/{schema}/schema", exact=True)
def download(call: Call) -> HttpResponseBase:
    found = _schema(call)
    answer = envelopes.xml(_content(found))
    answer.headers["Content-Disposition"] = f'attachment; filename="{_name(found)}.xsd"'
    return answer


@routes.post("dbschemas/{schema}/load", exact=True)
def load(call: Call) -> HttpResponseBase:
    """Schemas are in use from the moment they are stored, so there is nothing left to do."""
    found = _schema(call)
    return envelopes.json({"message": f"The schema {_name(found)} is loaded.", "status": "already_loaded"})


@routes.delete("dbschemas/{schema}", exact=True)
def delete(call: Call) -> HttpResponseBase:
    """Remove the types of a schema. While there is data of them that is 500, as clients know it (Q-210)."""
    found = _schema(call)
    try:
        types.remove(found, by=call.actor, reason=call.why)
    except TypeInUse as error:
        return envelopes.json({"error": f"Failed to delete schema: {error}"}, status=500)
    return envelopes.json({"message": "Schema deleted successfully"})


def _schema(call: Call) -> TypeSchema:
    levels.administrators(call)
    key = call.name("schema")
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise Invalid(f"{key[:50]!r} is no number of a schema.")
    return types.schema(int(key), by=call.actor)


def _model(schema: TypeSchema) -> dict[str, Any]:
    return {"id": schema.pk, "name": _name(schema), "content": _content(schema), "elements": [one.name for one in schema.types.all()]}


def _name(schema: TypeSchema) -> str:
    return f"{schema.prefix}/{schema.prefix}"


def _content(schema: TypeSchema) -> str:
    registry = types.current(at_once=True)
    return xsd.schema(registry.namespaces[schema.prefix].schema, registry)
