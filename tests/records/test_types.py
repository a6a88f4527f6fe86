"""Data types that are added while the site runs."""
from __future__ import annotations

import pytest

from scanhouse.access.actors import SYSTEM
from scanhouse.errors import Forbidden, Invalid, NotFound
from scanhouse.records import assessors, assets, experiments, types
from scanhouse.records.errors import WrongType
from scanhouse.records.types import REGISTRY, BaseNotAllowed, TypeInUse
from scanhouse.schema.errors import ElementExists, UnknownElement
from tests.builders import an_archive

pytestmark = pytest.mark.django_db


def add(name: str = "iqTest", extends: str = "subjectAssessorData", **more):
    return types.create(name, singular=name, extends=extends, by=SYSTEM, **more)


def test_a_new_type_can_be_used_at_once():
    made = add()
    assert made.name == "iqtest:iqTest"
    archive = an_archive().with_project("P").with_subject("S")
    found = experiments.create(archive.project(), archive.subject(), "IQ", "iqtest:iqTest", values={"date": "2020-01-01"}, by=SYSTEM)
    assert found.element == made.name
    assert made.name in {one.name for one in REGISTRY.descendants("xnat:experimentData")}


def test_a_name_that_is_not_known_yet_is_looked_up_in_the_database():
    add()
    types._cache.snapshot, types._cache.version = types.registry.REGISTRY, (0, 0)  # as another process has it, that has just looked
    types._cache.checked = float("inf")
    assert REGISTRY.element("IQTEST:iqtest").is_a("xnat:subjectAssessorData")


def test_each_base_is_used_in_its_own_place():
    assessor, asset = add("rating", "imageAssessorData").name, add("dataSet", "abstractProjectAsset").name
    archive = an_archive().with_project("P").with_subject("S").with_session("E")
    assert assessors.create(archive.session(), "R", assessor, by=SYSTEM).session == archive.session()
    made, created = assets.put(archive.project(), "D", asset, by=SYSTEM)
    assert created and made.subject is None and made.session is None
    assert assets.put(archive.project(), "D", asset, values={"note": "again"}, by=SYSTEM) == (made, False)
    with pytest.raises(WrongType):
        assets.create(archive.project(), "X", "xnat:mrSessionData", by=SYSTEM)


@pytest.mark.parametrize(("facts", "error"), [
    ({"extends": "imageSessionData"}, BaseNotAllowed), ({"prefix": "xnat"}, Invalid), ({"name": "1st"}, Invalid), ({"name": "a b"}, Invalid),
    ({"singular": 'a" abstract "'}, Invalid), ({"singular": "a\nb:c"}, Invalid),
])
def test_a_type_that_cannot_be_is_refused(facts, error):
    with pytest.raises(error):
        types.create(**{"name": "iq", "singular": "IQ", "extends": "subjectAssessorData", "by": SYSTEM, **facts})


def test_a_name_is_used_once_in_whatever_case():
    add()
    with pytest.raises(ElementExists):
        add("IQTEST")


def test_administrators_alone_add_types():
    archive = an_archive().with_project("P").with_user("ann", owner="P")
    with pytest.raises(Forbidden):
        types.create("iq", singular="IQ", extends="subjectAssessorData", by=archive.actor("ann"))


def test_types_of_which_there_are_things_stay():
    add()
    archive = an_archive().with_project("P").with_subject("S")
    made = experiments.create(archive.project(), archive.subject(), "IQ", "iqtest:iqTest", by=SYSTEM)
    (schema,) = types.schemas(SYSTEM)
    with pytest.raises(TypeInUse):
        types.remove(schema, by=SYSTEM)
    experiments.delete(made, by=SYSTEM)
    types.remove(schema, by=SYSTEM)
    types.current(at_once=True)
    with pytest.raises(UnknownElement):
        REGISTRY.element("iqtest:iqTest")
    with pytest.raises(NotFound):
        types.schema(schema.pk or 1, by=SYSTEM)


def test_an_action_gets_a_number_behind_its_name_and_needs_one():
    element = REGISTRY.element("xnat:mrSessionData")
    types.add_actions(element, [{"name": "Look"}, {"name": "Look", "displayName": "Look again"}], by=SYSTEM)
    assert [one.name for one in types.actions(element)] == ["Look..0", "Look..1"]
    with pytest.raises(Invalid, match="name is required"):
        types.add_actions(element, [{"displayName": "Look"}], by=SYSTEM)
