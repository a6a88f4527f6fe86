"""Added data types on the wire: made, used, described as schema, removed."""
from __future__ import annotations

import pytest
from tests.builders import an_archive

from scanhouse.schema import xml_source

pytestmark = pytest.mark.django_db
NEW = {"name": "iq", "singular": "IQ Test", "plural": "IQ Tests", "extends": "subjectAssessorData"}


@pytest.fixture
def root(wire):
    an_archive().with_project("P").with_subject("S").with_user("root", admin=True).with_user("ann", owner="P")
    return wire("root")


def create(caller, **facts):
    return caller.call("POST", "/xapi/datatypes/create", **{**NEW, **facts})


def test_a_type_is_made_used_and_removed(root, wire):
    assert create(root).json() == {"complexType": "iq:iq"}
    assert wire("ann").put("/data/projects/P/subjects/S/experiments/T", xsiType="iq:iq").status_code == 201
    assert wire("ann").item("/data/projects/P/experiments/T")["meta"]["xsi:type"] == "iq:iq"
    (schema,) = root.get("/xapi/dbschemas").json()
    assert schema["elements"] == ["iq:iq"]
    assert root.delete(f"/xapi/dbschemas/{schema['id']}").status_code == 500
    assert wire("ann").delete("/data/projects/P/experiments/T").status_code == 200
    assert root.delete(f"/xapi/dbschemas/{schema['id']}").status_code == 200


def test_its_schema_is_among_those_of_the_site(root):
    create(root)
    (schema,) = root.get("/xapi/dbschemas").json()
    assert root.text("/schemas/iq.xsd") == schema["content"] == root.text(f"/xapi/dbschemas/{schema['id']}/schema")
    assert "iq" in root.get("/xapi/schemas").json()
    assert xml_source.read(schema["content"].encode()).name == "schema"


@pytest.mark.parametrize(("facts", "status"), [({"extends": "imageSessionData"}, 403), ({"name": ""}, 400), ({"name": "9"}, 400)])
def test_a_type_that_cannot_be_is_refused(root, facts, status):
    assert create(root, **facts).status_code == status


def test_a_name_is_used_once(root):
    create(root)
    assert create(root).status_code == 409


def test_administrators_alone_make_types_and_see_schemas(root, wire):
    assert create(wire("ann")).status_code == 403
    assert wire("ann").get("/xapi/dbschemas").status_code == 403
    assert wire("ann").get("/xapi/xft/elements").status_code == 403


def test_an_asset_of_a_project_needs_no_subject(root, wire):
    create(root, extends="abstractProjectAsset")
    assert wire("ann").put("/data/projects/P/experiments/D", xsiType="iq:iq").status_code == 201
    assert wire("ann").item("/data/projects/P/experiments/D")["data_fields"]["label"] == "D"
