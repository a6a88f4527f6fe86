"""Custom fields: free JSON values kept with a thing."""
from __future__ import annotations

import pytest

from scanhouse.access import actors
from scanhouse.access.actors import SYSTEM
from scanhouse.access.policy import NotAllowed
from scanhouse.errors import Invalid, NotFound
from scanhouse.records import custom_fields, history
from tests.builders import an_archive

pytestmark = pytest.mark.django_db


@pytest.fixture
def archive():
    return an_archive().with_project("P").with_subject("S").with_session("E").with_scan("1")


@pytest.mark.parametrize("thing", ["project", "subject", "session", "scan"])
def test_fields_are_added_replaced_and_removed(archive, thing: str) -> None:
    holder = getattr(archive, thing)()
    assert custom_fields.put(holder, {"a": 1, "b": None}, by=SYSTEM) == {"a": 1, "b": None}
    assert custom_fields.put(holder, {"a": {"x": [1.5, "y"]}}, by=SYSTEM) == {"a": {"x": [1.5, "y"]}, "b": None}
    assert custom_fields.remove(holder, "b", by=SYSTEM) == {"a": {"x": [1.5, "y"]}}
    holder.refresh_from_db()
    assert custom_fields.of(holder) == {"a": {"x": [1.5, "y"]}}


def test_removing_what_is_not_there_is_told(archive) -> None:
    with pytest.raises(NotFound, match="none"):
        custom_fields.remove(archive.subject(), "none", by=SYSTEM)


@pytest.mark.parametrize("values", [{"a": float("nan")}, {"a": "\x00"}, {"a": "x" * 5_000_000}, {str(n): n for n in range(6000)}])
def test_what_cannot_be_kept_is_refused_and_nothing_changes(archive, values: dict[str, object]) -> None:
    custom_fields.put(archive.subject(), {"kept": 1}, by=SYSTEM)
    with pytest.raises(Invalid):
        custom_fields.put(archive.subject(), values, by=SYSTEM)
    assert custom_fields.of(archive.subject()) == {"kept": 1}


def test_they_are_for_those_who_may_edit_the_thing(archive) -> None:
    archive.with_user("mia", member="P")
    mia = actors.load("mia")
    custom_fields.put(archive.scan(), {"a": 1}, by=mia)
    with pytest.raises(NotAllowed):
        custom_fields.put(archive.project(), {"a": 1}, by=mia)


def test_a_change_is_in_the_history_with_old_and_new(archive) -> None:
    custom_fields.put(archive.subject(), {"a": 1}, by=SYSTEM)
    custom_fields.put(archive.subject(), {"a": 2}, by=SYSTEM)
    assert history.of(archive.subject())[0].changes == {"custom_fields/a": [1, 2]}
