"""Results that are kept for paging."""
from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from scanhouse.access.actors import SYSTEM
from scanhouse.errors import NotFound
from scanhouse.records import experiments
from scanhouse.search import defaults, kept, searches
from scanhouse.search.kept import Gone
from scanhouse.search.models import KeptResult
from tests.builders import an_archive

pytestmark = pytest.mark.django_db
MR = "xnat:mrSessionData"


@pytest.fixture
def archive():
    made = an_archive().with_project("P").with_subject("S")
    for label, delay in (("A", 10), ("B", 9), ("C", None)):
        made.with_session(label, **({"delay": delay} if delay else {}))
    return made.with_user("ann", owner="P").with_user("bob")


def keep(archive, **more):
    search = searches.compile(defaults.of_site(searches.REGISTRY.element(MR), "all"), archive.actor("ann"))
    return kept.keep(search, by=archive.actor("ann"), **more)


def test_a_page_stays_the_same_while_the_archive_changes(archive):
    result = keep(archive)
    experiments.delete(archive.session("A"), by=SYSTEM)
    place = searches.place(result.columns, "label")
    assert [row[place] for row in kept.page(result, limit=2)] == ["A", "B"]
    assert [row[place] for row in kept.page(result, limit=2, offset=2)] == ["C"]


@pytest.mark.parametrize(("down", "labels"), [(False, ["B", "A", "C"]), (True, ["C", "A", "B"])])
def test_numbers_are_in_order_of_their_value_and_nothing_counts_as_most(archive, down, labels):
    result = keep(archive)
    place = searches.place(result.columns, "label")
    assert [row[place] for row in kept.page(result, sort=("DELAY", down))] == labels


def test_a_result_is_for_the_one_who_searched(archive):
    result = keep(archive)
    assert kept.find(result.id, by=archive.actor("ann")) == result
    with pytest.raises(Gone):
        kept.find(result.id, by=archive.actor("bob"))


def test_a_new_result_of_a_document_replaces_the_former(archive):
    former, newer = keep(archive, document="mine"), keep(archive, document="mine")
    assert kept.of_document("mine", by=archive.actor("ann")) == newer
    with pytest.raises(Gone):
        kept.find(former.id, by=archive.actor("ann"))


def test_a_result_ends_and_is_swept_away(archive):
    result = keep(archive)
    KeptResult.objects.update(expires_at=F("created_at") - timedelta(seconds=1))
    with pytest.raises(Gone):
        kept.find(result.id, by=archive.actor("ann"))
    assert kept.sweep() > 0
    assert not KeptResult.objects.exists()


def test_only_so_many_results_are_kept_for_a_user(archive, monkeypatch):
    monkeypatch.setattr(kept, "MOST_PER_USER", 2)
    first, *rest = [keep(archive) for _ in range(3)]
    assert set(KeptResult.objects.values_list("pk", flat=True)) == {one.id for one in rest}, first


def test_the_values_of_a_column_are_counted(archive):
    result = keep(archive)
    assert kept.values(result, "project") == [("P", 3)]
    with pytest.raises(NotFound):
        kept.values(result, "no such column")
