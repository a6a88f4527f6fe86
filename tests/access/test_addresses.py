"""Whom an e-mail address stands for: the account that an administrator gave it to, not the one that took it."""
from __future__ import annotations

import json

import pytest
from tests.builders import Archive, an_archive
from tests.xnat.conftest import Wire

from scanhouse.access import actors, groups, invitations, users
from scanhouse.access.actors import SYSTEM
from scanhouse.errors import Forbidden

pytestmark = pytest.mark.django_db(transaction=True)

PROFESSOR = "newprof@uni.example"


@pytest.fixture
def archive() -> Archive:
    return an_archive().with_project("P").with_user("ann", owner="P").with_user("eve").with_user("root", admin=True)


def take(address: str, login: str = "eve") -> None:
    answer = Wire(login).call("PUT", "/xapi/users/update", body=json.dumps({"email": address}), content_type="application/json")
    assert answer.status_code == 200


def groups_of(login: str) -> list[str]:
    return groups.of(users.find(login))


def test_who_takes_an_invited_address_gets_no_invitation(archive: Archive) -> None:
    assert Wire("ann").put(f"/data/projects/P/users/Owners/{PROFESSOR}").status_code == 200
    take(PROFESSOR)
    assert Wire("eve").rows("/data/pars") == []
    key = invitations.of_project("P", by=archive.actor("ann"))[0].pk
    answer = Wire("eve").put(f"/data/pars/{key}", accept="true")
    assert answer.status_code == 403 and b"confirm" in answer.content
    assert groups_of("eve") == []


def test_who_takes_anothers_address_gets_no_grant_of_theirs(archive: Archive) -> None:
    archive.with_user("zoe")
    take("zoe@example.org")
    Wire("ann").put("/data/projects/P/users/Owners/ZOE@example.org")
    assert (groups_of("eve"), groups_of("zoe")) == ([], ["P_owner"])


def test_a_grant_to_an_address_that_was_only_taken_is_an_invitation(archive: Archive) -> None:
    take(PROFESSOR)
    Wire("ann").put(f"/data/projects/P/users/Owners/{PROFESSOR}")
    assert groups_of("eve") == [] and len(invitations.of_project("P", by=archive.actor("ann"))) == 1


def test_a_grant_to_an_address_of_several_accounts_is_refused_in_words(archive: Archive) -> None:
    for login in ("joe", "jim"):
        users.create(login, password=None, email="lab@example.org", by=SYSTEM)
    answer = Wire("ann").put("/data/projects/P/users/Members/lab@example.org")
    assert answer.status_code == 409 and b"Several accounts" in answer.content and b"login" in answer.content
    assert groups_of("joe") == groups_of("jim") == []


@pytest.mark.parametrize("confirm", [{"email": "eve2@uni.example"}, {"verified": True}])
def test_what_an_administrator_sets_or_says_is_verified_counts(archive: Archive, confirm: dict[str, str | bool]) -> None:
    take(PROFESSOR)
    invitations.invite("P", "owners", str(confirm.get("email", PROFESSOR)), by=archive.actor("ann"))
    assert users.change("eve", by=archive.actor("root"), **confirm)  # type: ignore[arg-type]
    eve = actors.load("eve")
    (asked,) = invitations.of_user(by=eve)
    invitations.answer(asked.pk, accept=True, by=eve)
    assert groups_of("eve") == ["P_owner"]


def test_an_administrator_who_sends_a_whole_account_back_confirms_nothing(archive: Archive) -> None:
    take(PROFESSOR)
    body = {"email": PROFESSOR, "verified": True, "enabled": True, "firstName": "Eve"}
    assert Wire("root").call("PUT", "/xapi/users/eve", body=json.dumps(body), content_type="application/json").status_code == 200
    assert not users.find("eve").email_confirmed
    assert Wire("root").put("/xapi/users/eve/verified/true").status_code == 200
    assert users.find("eve").email_confirmed


def test_to_write_ones_address_differently_changes_nothing(archive: Archive) -> None:
    take("EVE@example.org")
    assert users.find("eve").email_confirmed
    archive.with_user("bob")
    take("bob@example.org")
    take("eve@example.org")
    assert not users.find("eve").email_confirmed


def test_an_invitation_of_another_address_is_somebody_elses(archive: Archive) -> None:
    asked = invitations.invite("P", "owners", PROFESSOR, by=archive.actor("ann"))
    with pytest.raises(Forbidden):
        invitations.answer(asked.pk, accept=True, by=archive.actor("eve"))
