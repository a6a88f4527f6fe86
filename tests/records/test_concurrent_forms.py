"""Who decides at the same moment where a form applies does so one after the other."""
from __future__ import annotations

from collections.abc import Callable

import pytest

from scanhouse.access.actors import SYSTEM
from scanhouse.errors import Invalid
from scanhouse.records import forms
from scanhouse.records.models import Form, FormPlace
from tests.at_once import meanwhile
from tests.builders import an_archive

pytestmark = pytest.mark.django_db(transaction=True)


def made(project: str | None) -> FormPlace:
    places = None if project is None else [project]
    return forms.save("xnat:subjectData", "A form", {"components": []}, project_ids=places, order=0, by=SYSTEM).places.get()


def test_a_project_that_is_opted_out_twice_at_once_is_out_once() -> None:
    an_archive().with_project("P")
    row = forms.row_id(made(None))
    opt = lambda: forms.opt(row, ["P"], out=True, by=SYSTEM)  # noqa: E731
    assert meanwhile(opt, opt) is None
    assert FormPlace.objects.filter(project="P").count() == 1


def test_a_form_that_is_promoted_twice_at_once_is_one_of_the_site() -> None:
    an_archive().with_project("P")
    row = forms.row_id(made("P"))
    promote = lambda: forms.promote([row], by=SYSTEM)  # noqa: E731
    assert isinstance(meanwhile(promote, promote), Invalid)
    assert list(FormPlace.objects.values_list("project", flat=True)) == [None]


@pytest.mark.parametrize("second", ["save", "remove", "opt"])
def test_what_is_done_to_a_form_that_is_being_removed_is_refused_in_words(second: str) -> None:
    an_archive().with_project("P")
    row = forms.row_id(made("P"))
    deeds: dict[str, Callable[[], object]] = {
        "save": lambda: forms.save("xnat:subjectData", "B", {}, project_ids=["P"], order=0, row=row, by=SYSTEM),
        "remove": lambda: forms.remove([row], by=SYSTEM),
        "opt": lambda: forms.opt(row, ["P"], out=True, by=SYSTEM),
    }
    assert isinstance(meanwhile(deeds["remove"], deeds[second]), Invalid)
    assert not Form.objects.exists()
