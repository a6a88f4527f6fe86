"""`allowed`, `visible` and the SQL form answer the same, whatever the groups, grants, accessibilities and shares."""
from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.access.worlds import MR, MR_SCAN, PET, PROJECTS, QC, SUBJECT, World, belonging, set_accessibility, share, site_group, user

from scanhouse.access.actions import Action
from scanhouse.access.actors import Actor
from scanhouse.access.models import Accessibility, GroupKind
from scanhouse.access.policy import Place, allowed, explain, sql_visible, visible, visible_parts
from scanhouse.access.rule import Matter
from scanhouse.ingest.models import PrearchiveSession, Received
from scanhouse.records.models import Experiment, File, Project, Reconstruction, Resource, Scan, Subject

MODELS: list[type[Model]] = [Project, Subject, Experiment, Scan, Reconstruction, Resource, File, PrearchiveSession, Received]
_OF_A_RESOURCE = ("project", "subject", "experiment", "scan__session", "reconstruction__session")
OWNERS: dict[type[Model], tuple[str, ...]] = {
    Resource: _OF_A_RESOURCE, File: tuple(f"resource__{owner}" for owner in _OF_A_RESOURCE), Scan: ("session",),
    Reconstruction: ("session",), Received: ("session",),
}

projects = st.sampled_from(PROJECTS)
grants = st.dictionaries(st.sampled_from([SUBJECT, MR, PET, QC, MR_SCAN]), st.text("rced", max_size=4), max_size=4)
standard = st.builds(belonging, projects, st.sampled_from([GroupKind.OWNER, GroupKind.MEMBER, GroupKind.COLLABORATOR]))
custom = st.builds(belonging, projects, st.just(GroupKind.CUSTOM), grants)
site = st.builds(site_group, st.sampled_from([GroupKind.ALL_DATA_ADMIN, GroupKind.ALL_DATA_ACCESS]))
groups = st.lists(st.one_of(standard, custom, custom, custom, site), max_size=4)
actors = st.builds(lambda chosen, is_admin: user(*chosen, is_admin=is_admin), groups, st.sampled_from([False] * 9 + [True]))
levels = st.fixed_dictionaries({name: st.sampled_from(Accessibility.values) for name in PROJECTS})
shares = st.sets(st.tuples(projects, st.sampled_from(["subject", "mr", "pet", "qc"]), projects).filter(lambda s: s[0] != s[2]), max_size=6)
places = st.one_of(st.none(), st.none(), projects)


FORMS: dict[type[Model], list[dict[str, Any]]] = {
    Project: [{"matter": Matter.RECORD, "element_sql": "''", "project_sql": "t.id"}],
    Subject: [
        {"element_sql": f"'{SUBJECT}'", "project_sql": "t.project_id", **shares} for shares in (
            {"shares_sql": "SELECT project_id FROM records_subjectshare WHERE subject_id = t.key"},
            {"shares_sql": "SELECT subject_id, project_id FROM records_subjectshare", "key_sql": "t.key"})
    ],
    Experiment: [
        {"element_sql": "t.element", "project_sql": "t.project_id", **shares} for shares in (
            {"shares_sql": "SELECT project_id FROM records_experimentshare WHERE experiment_id = t.key"},
            {"shares_sql": "SELECT experiment_id, project_id FROM records_experimentshare", "key_sql": "t.key"})
    ],
    Scan: [
        {"element_sql": "e.element", "project_sql": "e.project_id", "part_sql": "t.element", **shares} for shares in (
            {"shares_sql": "SELECT project_id FROM records_experimentshare WHERE experiment_id = e.key"},
            {"shares_sql": "SELECT experiment_id, project_id FROM records_experimentshare", "key_sql": "e.key"})
    ],
}


def by_sql(actor: Actor, action: Action, model: type[Model]) -> list[set[Any]]:
    """Keys of the rows that the SQL forms let through, narrow and wide; none for models that hot reads do not ask about."""
    join = "JOIN records_experiment e ON e.key = t.session_id" if model is Scan else ""
    found = []
    for form in FORMS.get(model, []):
        sql, params = sql_visible(actor, action, **form)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT t.{model._meta.pk.column} FROM {model._meta.db_table} t {join} WHERE {sql}", params)
            found.append({row[0] for row in cursor.fetchall()})
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(actor=actors, levels=levels, shares=shares, action=st.sampled_from([Action.READ, Action.READ, *Action]), within=places)
def test_all_forms_of_the_rule_answer_the_same(
    world: World, actor: Actor, levels: dict[str, str], shares: set[tuple[str, str, str]], action: Action, within: str | None
) -> None:
    with transaction.atomic():
        set_accessibility(levels)
        for project, name, into in shares:
            share(world[project, name], into)
        for model in MODELS:
            things = model._default_manager.select_related(*OWNERS.get(model, ()))
            one_by_one = {thing.pk for thing in things if allowed(actor, action, thing, within=within)}
            at_once = [thing.pk for thing in visible(actor, model._default_manager.all(), action, within=within)]
            assert len(at_once) == len(set(at_once)), f"{model.__name__}: a row was answered twice"
            assert set(at_once) == one_by_one, model.__name__
            if model is Scan and action is Action.READ and within is None:
                of_readable = Scan.objects.filter(session__in=visible(actor, Experiment.objects.all()))
                assert {scan.pk for scan in visible_parts(actor, of_readable)} == one_by_one
            for in_sql in by_sql(actor, action, model) if within is None else ():
                assert in_sql == one_by_one, model.__name__
        transaction.set_rollback(True)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(actor=actors, levels=levels, action=st.sampled_from(Action), element=st.sampled_from([SUBJECT, MR, PET, QC]))
def test_asking_where_data_may_be_made_agrees_with_asking_place_by_place(
    world: World, actor: Actor, levels: dict[str, str], action: Action, element: str
) -> None:
    with transaction.atomic():
        set_accessibility(levels)
        found = {project.pk for project in visible(actor, Project.objects.all(), action, element=element)}
        assert found == {name for name in PROJECTS if allowed(actor, action, Place(name, element))}
        transaction.set_rollback(True)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(actor=actors, action=st.sampled_from(Action))
def test_an_explanation_says_what_is_allowed(world: World, actor: Actor, action: Action) -> None:
    for thing in (world["PRIV", "mr"], world["PROT", "project"], world["PUB", "mr scan file"]):
        answer = explain(actor, action, thing)
        assert answer.allowed == allowed(actor, action, thing)
        assert answer.allowed == (answer.claim is not None)


@pytest.mark.parametrize("stored", [4, 400])
def test_the_cost_of_a_question_does_not_grow_with_the_projects_stored(
    world: World, stored: int, django_assert_max_num_queries: Any
) -> None:
    Project.objects.bulk_create(Project(id=f"X{n}", secondary_id="x", name="x", created_by="x") for n in range(stored))
    actor = user(belonging("PRIV", "member"))
    with django_assert_max_num_queries(1):
        assert len(visible(actor, Experiment.objects.all())) == 6
    with django_assert_max_num_queries(0):
        assert allowed(actor, Action.EDIT, world["PRIV", "mr"])
    with django_assert_max_num_queries(3):
        assert not allowed(actor, Action.READ, world["FAR", "mr"])
