"""Every element: what is kept of a document comes back from JSON and from XML, and its XML is valid by its schema."""
from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.schema.strategies import documents

from scanhouse.schema import document
from scanhouse.schema.registry import REGISTRY
from scanhouse.schema.xml import Prefixes, from_xml, to_xml
from scanhouse.schema.xsd import schema

NAMED = [element for element in REGISTRY if not element.anonymous]
EXAMPLES = 8
"""Documents per element in a run; what fails once is kept by Hypothesis and tried first from then on."""


class _Schemas(etree.Resolver):
    """Finds the schemas that a schema imports."""

    def resolve(self, system_url, public_id, context):
        return self.resolve_string(schema(system_url.removeprefix("memory:/").removesuffix(".xsd")).encode(), context, base_url=system_url)


@pytest.fixture(scope="session")
def validator() -> etree.XMLSchema:
    """One schema that imports all others, as `xsi:schemaLocation` of a document does."""
    spaces = list(REGISTRY.namespaces.values())
    imports = "".join(f'<xs:import namespace="{space.uri}" schemaLocation="{space.schema}.xsd"/>' for space in spaces)
    parser = etree.XMLParser()
    parser.resolvers.add(_Schemas())
    text = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>'
    return etree.XMLSchema(etree.fromstring(text, parser, base_url="memory:/all.xsd"))


@pytest.mark.parametrize("element", NAMED, ids=lambda element: element.name)
def test_a_document_comes_back_from_json_and_from_valid_xml(element, validator):
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(documents(element))
    def holds(sent):
        kept = document.validate(element, sent, complete=True)
        assert kept == sent
        assert document.validate(element, json.loads(json.dumps(kept))) == kept
        assert orjson.loads(orjson.dumps(kept)) == kept
        written = to_xml(element, kept)
        read, back = from_xml(written)
        assert read is element and back == kept
        validator.assertValid(etree.fromstring(written))

    if element.abstract and not element.fields:
        assert from_xml(to_xml(element, {})) == (element, {})
    else:
        holds()


@settings(max_examples=20, deadline=None)
@given(documents(REGISTRY.element("cat:dcmCatalog")))
def test_a_catalog_declares_only_the_namespaces_it_uses(sent):
    written = to_xml(REGISTRY.element("cat:dcmCatalog"), sent, prefixes=Prefixes.USED)
    assert written.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<cat:DCMCatalog ')
    assert set(etree.fromstring(written).nsmap) == {"cat", "xsi"}
    assert from_xml(written)[1] == sent


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_every_value_can_be_set_and_got_by_its_path(data):
    element = data.draw(st.sampled_from(NAMED))
    sent = data.draw(documents(element, 0))
    for path, value in sent.items():
        if not element.field(path).repeated:
            assert document.get_value(element, sent, f"{element.name}/{path}") == value
            assert document.get_value(element, document.set_value(element, sent, path, None), path) is None
