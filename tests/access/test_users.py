"""Accounts: who makes and changes them, and what they may be called."""
from __future__ import annotations

from collections.abc import Callable

import pytest

from scanhouse.access import actors, passwords, sign_ins, users
from scanhouse.access.actors import GUEST, SYSTEM, Actor
from scanhouse.access.models import User
from scanhouse.errors import Forbidden, NotFound

from .conftest import PASSWORD


@pytest.fixture
def admin(account: Callable[..., User]) -> Actor:
    account("root", is_admin=True)
    return actors.load("root")


@pytest.fixture
def jane(account: Callable[..., User]) -> Actor:
    account("jane")
    return actors.load("jane")


def test_an_administrator_makes_accounts(admin: Actor) -> None:
    users.create("joe.x-1", password=PASSWORD, email="joe@example.org", first_name="Joe", last_name="X", by=admin)
    assert sign_ins.check("joe.x-1", PASSWORD, address=None).login == "joe.x-1"


def test_nobody_else_does(jane: Actor) -> None:
    for by in (jane, GUEST):
        with pytest.raises(Forbidden):
            users.create("joe", password=PASSWORD, email="joe@example.org", by=by)
        with pytest.raises(Forbidden):
            users.change("jane", by=by, enabled=True)
        with pytest.raises(Forbidden):
            users.give_role("jane", users.ADMINISTRATOR, by=by)
        with pytest.raises(Forbidden):
            users.take_role("jane", users.ADMINISTRATOR, by=by)


def test_logins_are_unique_without_case(admin: Actor, jane: Actor) -> None:
    with pytest.raises(users.LoginTaken, match="Choose another login"):
        users.create("JANE", password=PASSWORD, email="j@example.org", by=admin)
    assert users.find("JaNe").pk == jane.id


@pytest.mark.parametrize(
    "login", ["", "a b", "ä", "guest", "System", "x" * 101, ".x", "a/b", "a\n", "1b4e28ba-2fa1-11d2-883f-0016d3cca427"]
)
def test_some_names_cannot_be_logins(admin: Actor, login: str) -> None:
    with pytest.raises(users.InvalidUser) as error:
        users.create(login, password=PASSWORD, email="x@example.org", by=admin)
    assert set(error.value.fields) == {"login"}


def test_every_wrong_value_is_named(admin: Actor) -> None:
    with pytest.raises(users.InvalidUser) as error:
        users.create("a b", password=PASSWORD, email="nonsense", first_name="x\n", last_name="y" * 101, by=admin)
    assert set(error.value.fields) == {"login", "email", "first_name", "last_name"}


@pytest.mark.parametrize("password", ["short", "password", "", "12345678"])
def test_weak_passwords_are_refused(admin: Actor, password: str) -> None:
    with pytest.raises(passwords.WeakPassword):
        users.create("joe", password=password, email="x@example.org", by=admin)
    assert not User.objects.filter(username="joe").exists()


def test_a_password_that_would_be_work_to_hash_is_refused(admin: Actor) -> None:
    with pytest.raises(passwords.WeakPassword):
        users.create("joe", password="x" * 100_000, email="x@example.org", by=admin)
    with pytest.raises(sign_ins.Refused):
        sign_ins.check("root", "x" * 100_000, address=None)


def test_changing_nothing_is_told(admin: Actor, jane: Actor) -> None:
    assert not users.change("jane", by=admin, email="jane@example.org", enabled=True)
    assert users.change("jane", by=admin, email="new@example.org", first_name="Jane")
    assert (users.find("jane").email, users.find("jane").first_name) == ("new@example.org", "Jane")


def test_people_change_their_own_password_if_they_know_it(jane: Actor) -> None:
    here, elsewhere = sign_ins.sign_in(jane), sign_ins.sign_in(jane)
    with pytest.raises(users.InvalidUser, match="current password"):
        users.change_own(by=jane, password="another horse 7", current_password="wrong", sign_in=here)
    assert users.change_own(by=jane, password="another horse 7", current_password=PASSWORD, sign_in=here)
    assert sign_ins.find(here.id) is not None
    assert sign_ins.find(elsewhere.id) is None
    assert sign_ins.check("jane", "another horse 7", address=None) == jane
    with pytest.raises(Forbidden):
        users.change_own(by=GUEST, email="x@example.org")


def test_roles_are_given_and_taken(admin: Actor, jane: Actor) -> None:
    users.give_role("jane", "Privileged", by=admin)
    users.give_role("jane", "Privileged", by=admin)
    users.give_role("jane", users.ADMINISTRATOR, by=admin)
    assert users.roles(users.find("jane")) == ["Administrator", "Privileged"]
    assert actors.load("jane").roles == {"Privileged"} and actors.load("jane").is_admin
    assert users.holders("Privileged") == ["jane"] and users.holders(users.ADMINISTRATOR) == ["jane", "root"]
    users.take_role("jane", users.ADMINISTRATOR, by=admin)
    users.take_role("jane", "Privileged", by=admin)
    assert users.roles(users.find("jane")) == []


def test_the_site_keeps_an_administrator(admin: Actor) -> None:
    with pytest.raises(users.LastAdministrator, match="only administrator"):
        users.take_role("root", users.ADMINISTRATOR, by=admin)
    with pytest.raises(users.LastAdministrator):
        users.change("root", by=admin, enabled=False)
    with pytest.raises(users.LastAdministrator):
        users.change("root", by=admin, verified=False)


def test_who_sees_all_accounts_is_the_sites_choice(admin: Actor, jane: Actor) -> None:
    assert [user.username for user in users.accounts(by=admin)] == ["root", "jane"]
    with pytest.raises(Forbidden):
        users.accounts(by=jane)
    assert users.accounts(by=jane, admins_only=False).count() == 2
    with pytest.raises(Forbidden):
        users.accounts(by=GUEST, admins_only=False)


def test_an_actor_is_loaded_only_from_an_account_that_may_sign_in(account: Callable[..., User]) -> None:
    account("off", enabled=False)
    for login in ("off", "nobody"):
        with pytest.raises(NotFound, match="no active account"):
            actors.load(login)


def test_the_operator_may_set_any_password(db: None) -> None:
    users.create("admin", password="admin", email="admin@example.org", is_admin=True, by=SYSTEM)
    assert sign_ins.check("admin", "admin", address=None).is_admin
