"""The data model as XML schemas and as lists of names (xnat-xapi 1.7)."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http.response import HttpResponseBase

from scanhouse.errors import NotFound
from scanhouse.records import types as data_types
from scanhouse.records.types import REGISTRY
from scanhouse.schema import xsd
from scanhouse.schema.element import Element

from .. import envelopes, levels
from ..dialect import URLENCODED, Call
from ..routes import Routes

routes = Routes()


@routes.get("schemas", exact=True)
def names(call: Call) -> HttpResponseBase:
    """Paths of all schemas, without `.xsd`."""
    return envelopes.json(list(xsd.schema_names(data_types.current())))


@routes.get("schemas/{name}")
def show(call: Call) -> HttpResponseBase:
    """One schema; its path may have a namespace before the name."""
    return document("/".join([call.name("name"), *call.remainder]))


@routes.get("{file}")
def file(call: Call) -> HttpResponseBase:
    """`/xapi/xnat.xsd`, `/xapi/pipeline/workflow.xsd`. Anything else at this place is nothing."""
    path = "/".join([call.name("file"), *call.remainder])
    if not path.endswith(".xsd"):
        raise NotFound("There is nothing at this address.")
    return document(path)


def document(path: str) -> HttpResponseBase:
    """The schema of a path, with or without `.xsd`; also as a list names it twice over (`xnat/xnat`). Raises UnknownElement."""
    name = path.removesuffix(".xsd")
    first, _, second = name.partition("/")
    if second == first and name not in xsd.schema_names(data_types.current()):
        name = first
    return envelopes.xml(xsd.schema(name, data_types.current()))


@routes.get("schemas/datatypes", exact=True)
def types(call: Call) -> HttpResponseBase:
    return envelopes.json([element.name for element in REGISTRY])


@routes.get("schemas/datatypes/elements/all", exact=True)
def all_elements(call: Call) -> HttpResponseBase:
    return _described(REGISTRY)


@routes.get("schemas/datatypes/elements/{type}", exact=True)
def one_element(call: Call) -> HttpResponseBase:
    return _described([REGISTRY.element(call.name("type"))])


@routes.post("schemas/datatypes/elements", exact=True)
def chosen_elements(call: Call) -> HttpResponseBase:
    return _described(_chosen(call))


@routes.get("schemas/datatypes/names/all", exact=True)
def all_names(call: Call) -> HttpResponseBase:
    return _named(REGISTRY)


@routes.get("schemas/datatypes/names/{type}", exact=True)
def names_of_one(call: Call) -> HttpResponseBase:
    return _named([REGISTRY.element(call.name("type"))])


@routes.post("schemas/datatypes/names", exact=True)
def chosen_names(call: Call) -> HttpResponseBase:
    return _named(_chosen(call))


def _chosen(call: Call) -> list[Element]:
    if call.content_type == URLENCODED or call.form:
        wanted = call.form.getlist("dataTypes")
    else:
        sent = levels.mapping_of(call).get("dataTypes")
        wanted = [str(name) for name in sent] if isinstance(sent, list) else []
    return [REGISTRY.element(name) for name in wanted]


def _described(elements: Iterable[Element]) -> HttpResponseBase:
    """By name with an underscore, as Java classes have it (Q-207)."""
    return envelopes.json({element.name.replace(":", "_"): _model(element) for element in elements})


def _model(element: Element) -> dict[str, Any]:
    return {
        "properName": element.proper_name, "namespacePrefix": element.prefix, "namespaceUri": element.namespace.uri, "fullName": element.name,
        "localType": element.local_name, "singular": element.singular, "plural": element.plural, "code": element.code,
        "extends": element.extends, "abstract": element.abstract,
    }  # fmt: skip


def _named(elements: Iterable[Element]) -> HttpResponseBase:
    return envelopes.json({element.name.replace(":", "_"): list(element.spellings) for element in elements})
