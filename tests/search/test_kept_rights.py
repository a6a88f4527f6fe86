"""A kept result gives nothing that its reader may not read any more."""
from __future__ import annotations

import pytest

from scanhouse.access import groups, users
from scanhouse.access.actions import Action
from scanhouse.access.actors import SYSTEM
from scanhouse.records import sharing
from scanhouse.records.types import REGISTRY
from scanhouse.search import defaults, kept, searches
from scanhouse.search.kept import Gone, Result
from tests.builders import Archive, an_archive
from tests.xnat.conftest import Wire

pytestmark = pytest.mark.django_db(transaction=True)

MR, SUBJECT, SCAN, PROJECT = "xnat:mrSessionData", "xnat:subjectData", "xnat:mrScanData", "xnat:projectData"


@pytest.fixture
def archive() -> Archive:
    """ann sees the session E of P because it is shared into Q; bob sees all of P."""
    made = an_archive().with_project("Q").with_project("P").with_subject("S").with_session("SECRET", scans=1).with_session("OTHER")
    made.shared("S", into="Q").shared("SECRET", into="Q")
    return made.with_user("ann", owner="Q").with_user("bob", collaborator="P").with_user("root", admin=True)


def keep(archive: Archive, login: str, element: str = MR) -> Result:
    actor = archive.actor(login)
    return kept.keep(searches.compile(defaults.of_site(REGISTRY.element(element), "listing"), actor), by=actor, document="mine")


def rows(archive: Archive, result: Result, login: str) -> int:
    return len(kept.page(kept.find(result.id, by=archive.actor(login))))


@pytest.mark.parametrize("element", [MR, SUBJECT, SCAN, PROJECT])
def test_who_has_left_a_group_searches_again(archive: Archive, element: str) -> None:
    result = keep(archive, "bob", element)
    assert rows(archive, result, "bob") == result.total > 0
    groups.remove("P", "collaborator", "bob", by=SYSTEM)
    with pytest.raises(Gone):
        kept.find(result.id, by=archive.actor("bob"))
    assert kept.of_document("mine", by=archive.actor("bob")) is None
    assert Wire("bob").get(f"/data/search/{result.id}").status_code == 410


def test_who_has_fewer_rights_in_a_group_searches_again(archive: Archive) -> None:
    groups.create_custom("P", "G", {MR: {Action.READ}, SUBJECT: {Action.READ}}, by=SYSTEM)
    archive.with_user("cleo")
    groups.add("P", "G", "cleo", by=SYSTEM)
    result = keep(archive, "cleo")
    assert rows(archive, result, "cleo") == 2
    groups.change_grants("P", "G", {SUBJECT: {Action.READ}}, by=SYSTEM)
    with pytest.raises(Gone):
        kept.find(result.id, by=archive.actor("cleo"))


def test_who_has_more_rights_goes_on(archive: Archive) -> None:
    result = keep(archive, "bob")
    groups.add("Q", "owners", "bob", by=SYSTEM)
    assert rows(archive, result, "bob") == 2


@pytest.mark.parametrize("element", [MR, SCAN])
def test_what_is_shared_no_longer_is_left_out(archive: Archive, element: str) -> None:
    result = keep(archive, "ann", element)
    assert rows(archive, result, "ann") == 1 and kept.values(result, "label" if element == MR else "id")
    sharing.unshare(archive.session("SECRET"), out_of=archive.project("Q"), by=SYSTEM)
    assert rows(archive, result, "ann") == 0 and not kept.values(result, "label" if element == MR else "id")


def test_a_subject_that_is_shared_no_longer_is_left_out(archive: Archive) -> None:
    result = keep(archive, "ann", SUBJECT)
    assert rows(archive, result, "ann") == 1
    sharing.unshare(archive.session("SECRET"), out_of=archive.project("Q"), by=SYSTEM)
    sharing.unshare(archive.subject("S"), out_of=archive.project("Q"), by=SYSTEM)
    assert rows(archive, result, "ann") == 0


@pytest.mark.parametrize("element", [MR, SUBJECT, SCAN, PROJECT])
def test_what_was_public_and_is_private_now_is_left_out(archive: Archive, element: str) -> None:
    groups.change_accessibility("P", "public", by=SYSTEM)
    archive.with_user("eve")
    result = keep(archive, "eve", element)
    assert rows(archive, result, "eve") > 0
    groups.change_accessibility("P", "private", by=SYSTEM)
    assert rows(archive, result, "eve") == 0


def test_an_administrator_no_more_searches_again(archive: Archive) -> None:
    result = keep(archive, "root")
    archive.with_user("root2", admin=True)
    users.take_role("root", "Administrator", by=SYSTEM)
    with pytest.raises(Gone):
        kept.find(result.id, by=archive.actor("root"))
