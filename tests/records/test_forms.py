"""Forms for custom fields: where they apply, who says so, and what becomes of answers."""
from __future__ import annotations

import pytest

from scanhouse.access import users
from scanhouse.access.actors import SYSTEM
from scanhouse.errors import Forbidden, Invalid, NotFound
from scanhouse.records import custom_fields, forms, projects
from scanhouse.records.models import Form, FormStatus
from tests.builders import an_archive

pytestmark = pytest.mark.django_db
SUBJECT = "xnat:subjectData"


@pytest.fixture
def archive():
    made = an_archive().with_project("P").with_subject("S").with_project("Q")
    made.with_user("ann", owner="P").with_user("bob", member="P").with_user("fay")
    users.give_role("fay", forms.MANAGERS, by=SYSTEM)
    return made


def make(title="Form", project_ids=None, order=0, by=SYSTEM):
    return forms.save(SUBJECT, title, {"components": []}, project_ids=project_ids, order=order, by=by)


def rows(form):
    return [forms.row_id(place) for place in form.places.order_by("id")]


def titles(project="P"):
    return [form.title for form in forms.for_thing(SUBJECT, project)]


def test_forms_are_shown_in_their_order_and_of_equal_ones_the_newest_first(archive):
    make("late", order=5), make("old"), make("new", project_ids=["P"]), make("elsewhere", project_ids=["Q"])
    assert titles() == ["new", "old", "late"]


def test_a_form_for_all_sessions_is_shown_for_each_type_of_them(archive):
    forms.save("xnat:imageSessionData", "Any", {"components": []}, project_ids=None, order=0, by=SYSTEM)
    assert [form.title for form in forms.for_thing("xnat:mrSessionData", None)] == ["Any"]


def test_those_with_the_role_manage_forms_and_owners_of_projects_do_not(archive):
    form = make(by=archive.actor("fay"))
    for deed in (
        lambda by: make(by=by), lambda by: forms.set_status(rows(form), FormStatus.DISABLED, by=by), lambda by: forms.promote(rows(form), by=by),
        lambda by: forms.set_order(str(form.uuid), 1, by=by), lambda by: forms.remove(rows(form), by=by),
    ):
        with pytest.raises(Forbidden):
            deed(archive.actor("ann"))


def test_an_owner_takes_the_project_out_of_a_form_and_in_again(archive):
    (row,) = rows(make())
    forms.opt(row, ["P"], out=True, by=archive.actor("ann"))
    assert (titles("P"), titles("Q")) == ([], ["Form"])
    forms.opt(row, ["P"], out=False, by=archive.actor("ann"))
    assert titles("P") == ["Form"]


def test_members_do_not_and_nobody_for_projects_that_are_none(archive):
    (row,) = rows(make())
    with pytest.raises(Forbidden):
        forms.opt(row, ["P"], out=True, by=archive.actor("bob"))
    with pytest.raises(NotFound):
        forms.opt(row, ["NONE"], out=True, by=SYSTEM)
    for wanted in ([], [""]):
        with pytest.raises(Invalid):
            forms.opt(row, wanted, out=True, by=SYSTEM)


def test_a_disabled_form_is_not_shown(archive):
    form = make()
    forms.set_status(rows(form), FormStatus.DISABLED, by=SYSTEM)
    assert titles() == []
    forms.set_status(rows(form), FormStatus.ENABLED, by=SYSTEM)
    assert titles() == ["Form"]


def test_a_form_of_a_project_becomes_one_of_the_site_once(archive):
    form = make(project_ids=["P"])
    forms.promote(rows(form), by=SYSTEM)
    assert titles("Q") == ["Form"]
    with pytest.raises(Invalid):
        forms.promote(rows(form), by=SYSTEM)


@pytest.mark.parametrize(("answer", "there"), [({"a": "1"}, True), ({}, False), (None, False)])
def test_a_form_has_data_where_something_holds_an_answer(archive, answer, there):
    form = make(project_ids=["P", "Q"])
    custom_fields.put(archive.subject(), {str(form.uuid): answer, "other": 1}, by=SYSTEM)
    assert [forms.has_data(place) for place in form.places.order_by("id")] == [there, False]


def test_a_form_with_answers_is_disabled_instead_of_removed(archive):
    form = make()
    custom_fields.put(archive.subject(), {str(form.uuid): {"a": "1"}}, by=SYSTEM)
    assert forms.remove(rows(form), by=SYSTEM) == [form]
    assert titles() == [] and Form.objects.filter(pk=form.pk).exists()


def test_a_form_goes_with_its_last_project(archive):
    alone, shared = make("alone", project_ids=["Q"]), make("shared", project_ids=["P", "Q"])
    projects.delete(archive.project("Q"), by=SYSTEM)
    assert list(Form.objects.all()) == [shared], alone


@pytest.mark.parametrize("title", ["", " ", "<b>", "a&gt;", 'a"b'])
def test_a_title_without_markup_is_needed(archive, title):
    with pytest.raises(Invalid):
        make(title)


@pytest.mark.parametrize(("form", "order", "error"), [("no uuid", 1, Invalid), ("00000000-0000-0000-0000-000000000000", 1, NotFound)])
def test_an_order_is_of_a_form_that_there_is(archive, form, order, error):
    with pytest.raises(error):
        forms.set_order(form, order, by=SYSTEM)
    with pytest.raises(Invalid):
        forms.set_order(str(make().uuid), forms.MAX_ORDER + 1, by=SYSTEM)
