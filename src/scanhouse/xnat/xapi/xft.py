"""The data model, schema by schema, type by type, field by field: for administrators (xnat-xapi 3.6)."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.http.response import HttpResponseBase

from scanhouse.errors import Forbidden, NotFound
from scanhouse.records import types
from scanhouse.schema.element import Element
from scanhouse.schema.fields import Field

from .. import envelopes, levels
from ..dialect import Call
from ..routes import Routes

routes = Routes()
PROTECTED = frozenset({"xdat"})
"""Namespaces that nobody sees here."""
HIDDEN = PROTECTED | {"arc", "cat"}
"""Namespaces that no list shows."""


@routes.get("xft/schemas", exact=True)
def schemas(call: Call) -> HttpResponseBase:
    levels.administrators(call)
    registry = types.current()
    shown = [one for one in registry.namespaces.values() if one.prefix not in HIDDEN]
    return envelopes.json([
        {"targetNamespacePrefix": one.prefix, "targetNamespaceURI": one.uri, "elementCount": len(_elements(one.prefix)), "schema": one.schema}
        for one in shown
    ])


@routes.get("xft/elements", exact=True)
def elements(call: Call) -> HttpResponseBase:
    """Names of all types. `showMeta` and `showHistory` add the tables that XNAT keeps beside each."""
    levels.administrators(call)
    names = [name for element in _elements() for name in (element.name, *_companions(call, element))]
    return envelopes.json(sorted(names, key=str.lower))


@routes.get("xft/references", exact=True)
def references(call: Call) -> HttpResponseBase:
    """Which types refer to which: lists of rows of their own, and parts."""
    levels.administrators(call)
    return envelopes.json([found for element in _elements() for found in _references(element)])


@routes.get("xft/schemas/{prefix}/elements", exact=True)
def elements_of(call: Call) -> HttpResponseBase:
    found = _of_schema(call)
    return envelopes.json([_model(element) for element in sorted(found, key=lambda one: one.name.lower())])


@routes.get("xft/schemas/{prefix}/elements/{name}", exact=True)
def element(call: Call) -> HttpResponseBase:
    return envelopes.json(_model(_element(call)))


@routes.get("xft/schemas/{prefix}/elements/{name}/fields", exact=True)
def fields(call: Call) -> HttpResponseBase:
    """All fields, those of parts with the path of the part before."""
    return envelopes.json([_field(one, number) for number, one in enumerate(_element(call).all_fields.values())])


def _elements(prefix: str | None = None) -> list[Element]:
    return [one for one in types.current() if not one.anonymous and (one.prefix not in HIDDEN if prefix is None else one.prefix == prefix)]


def _of_schema(call: Call) -> list[Element]:
    levels.administrators(call)
    prefix = call.name("prefix").lower()
    if prefix in PROTECTED:
        raise Forbidden("This part of the data model is not shown.")
    found = _elements(next((one for one in types.current().namespaces if one.lower() == prefix), ""))
    if not found:
        raise NotFound(f"There is no schema {prefix[:100]!r}.")
    return found


def _element(call: Call) -> Element:
    name = call.name("name").lower()
    found = next((one for one in _of_schema(call) if one.local_name.lower() == name), None)
    if found is None:
        raise NotFound(f"There is no data type {name[:100]!r} in this schema.")
    return found


def _companions(call: Call, element: Element) -> Iterator[str]:
    if call.flag("showMeta"):
        yield f"{element.name}_meta_data"
    if call.flag("showHistory"):
        yield f"{element.name}_history"


def _model(element: Element) -> dict[str, Any]:
    base = element.registry.get(element.extends) if element.extends else None
    return {
        "name": element.local_name, "code": element.code, "briefDescription": element.singular, "fullDescription": element.singular,
        "xsDescription": element.singular, "extension": base is not None, "abstract": element.abstract, "skipSQL": False, "matchByValues": "",
        "addin": "", "sequence": 0, "fieldCount": len(element.all_fields), "type": _type(element.name), "fullXMLName": element.name,
        "extensionType": _type(base.name) if base is not None else None,
    }  # fmt: skip


def _type(name: str) -> dict[str, str]:
    local = name.partition(":")[2]
    return {"localType": local, "fullLocalType": name, "fullForeignType": name}


def _field(field: Field, number: int) -> dict[str, Any]:
    kind = field.kind.value if field.kind is not None else field.item or ""
    refers = field.item is not None
    return {
        "name": field.path, "fullName": f"{field.element}/{field.path}", "displayName": field.label, "description": field.label,
        "minOccurs": int(field.required), "maxOccurs": None if field.repeated else 1, "required": field.required, "unique": False,
        "size": field.max_length, "expose": not field.node.hidden, "sequence": number,
        "fieldType": "referenceField" if refers else "dataField", "xmlType": _type(kind),
        "referenceElement": {"name": (field.item or "").partition(":")[2], "fullXMLName": field.item} if refers else None,
        "relation": {"relationType": "multi" if field.repeated else "single", "onDelete": "CASCADE"} if refers else None,
        "sqlField": {"sqlName": field.path.rpartition("/")[2].lower(), "defaultValue": None},
    }  # fmt: skip


def _references(element: Element) -> Iterable[dict[str, Any]]:
    for field in element.all_fields.values():
        if field.item is None or field.declared_in != element.name:
            continue
        yield {
            "manyToMany": False, "referenceType": "multi" if field.repeated else "single", "superiorElement": {"name": element.name},
            "subordinateElement": {"name": field.item}, "field": field.path,
        }  # fmt: skip
