"""Saved searches and whose they are."""
from __future__ import annotations

import pytest

from scanhouse.access.actors import GUEST, SYSTEM
from scanhouse.errors import Forbidden, NotFound
from scanhouse.records import projects
from scanhouse.schema.errors import UnknownElement
from scanhouse.search import saved
from scanhouse.search.documents import SearchDocument
from scanhouse.search.models import SavedSearch
from tests.builders import an_archive

pytestmark = pytest.mark.django_db
MINE = SearchDocument("xnat:mrSessionData", secure=True)


@pytest.fixture
def archive():
    return an_archive().with_project("P").with_user("ann", owner="P").with_user("bob", member="P").with_user("eve")


def test_a_search_is_saved_under_the_id_of_its_address_and_belongs_to_who_saved_it(archive):
    saved.put("mine", MINE.with_id("other"), by=archive.actor("ann"))
    found = saved.document(saved.find(archive.actor("ann"), "mine"))
    assert (found.id, found.users) == ("mine", ("ann",))


def test_a_private_search_is_nobody_elses(archive):
    saved.put("mine", MINE, by=archive.actor("ann"))
    assert saved.visible(archive.actor("bob")) == []
    for deed in (lambda by: saved.find(by, "mine"), lambda by: saved.put("mine", MINE, by=by), lambda by: saved.delete("mine", by=by)):
        with pytest.raises(Forbidden):
            deed(archive.actor("bob"))


def test_a_search_of_a_project_is_seen_by_its_people_and_changed_by_its_owners(archive):
    of_project = SearchDocument("xnat:mrSessionData", tag="P")
    saved.put("ours", of_project, by=archive.actor("ann"))
    assert [one.id for one in saved.visible(archive.actor("bob"), tag="P")] == ["ours"]
    with pytest.raises(Forbidden):
        saved.put("ours", of_project, by=archive.actor("bob"))
    with pytest.raises(NotFound):
        saved.find(archive.actor("eve"), "ours")


def test_a_search_ends_with_its_last_user(archive):
    saved.put("mine", SearchDocument("xnat:mrSessionData", users=("ann", "bob")), by=archive.actor("ann"))
    saved.delete("mine", by=archive.actor("ann"))
    assert saved.find(archive.actor("bob"), "mine").users == ["bob"]
    saved.delete("mine", by=archive.actor("bob"))
    assert not SavedSearch.objects.exists()


def test_a_search_may_be_saved_under_an_id_of_its_own(archive):
    ids = {saved.put("mine", MINE, as_new=True, by=archive.actor("ann")).id for _ in range(2)}
    assert len(ids) == 2 and "mine" not in ids


def test_guests_save_nothing_and_unknown_types_cannot_be_saved(archive):
    with pytest.raises(Forbidden):
        saved.put("mine", MINE, by=GUEST)
    with pytest.raises(UnknownElement):
        saved.put("mine", SearchDocument("xnat:nothingData"), by=archive.actor("ann"))


def test_the_searches_of_a_project_go_with_it(archive):
    saved.put("ours", SearchDocument("xnat:mrSessionData", tag="P"), by=archive.actor("ann"))
    projects.delete(archive.project("P"), by=SYSTEM)
    assert not SavedSearch.objects.exists()
