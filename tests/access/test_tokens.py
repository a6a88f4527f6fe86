"""Alias tokens: a name and a secret instead of login and password."""
from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from scanhouse.access import actors, tokens, users
from scanhouse.access.actors import GUEST, SYSTEM, Actor
from scanhouse.access.models import AliasToken, User
from scanhouse.errors import Forbidden, NotFound


@pytest.fixture
def jane(account: Callable[..., User]) -> Actor:
    account("jane")
    return actors.load("jane")


@pytest.fixture
def admin(account: Callable[..., User]) -> Actor:
    account("root", is_admin=True)
    return actors.load("root")


def test_a_token_stands_for_its_user(jane: Actor) -> None:
    token = tokens.issue(by=jane)
    assert tokens.check(token.alias, token.secret) == jane
    assert tokens.check(token.alias, token.secret) == jane, "as often as one likes"


def test_the_secret_is_kept_as_a_digest_only(jane: Actor) -> None:
    token = tokens.issue(by=jane)
    assert token.secret.encode() not in bytes(AliasToken.objects.get().secret_digest)


@pytest.mark.parametrize("alias", ["1-2-3-4-5-6-7-8", "", "jane", "00000000-0000-0000-0000-000000000000", "{0}", "x" * 36])
def test_other_names_are_no_tokens(jane: Actor, alias: str) -> None:
    assert tokens.check(alias, tokens.issue(by=jane).secret) is None


def test_the_secret_must_be_right(jane: Actor) -> None:
    token = tokens.issue(by=jane)
    for secret in ("", token.secret[:-1], token.secret + "x", "\ud800"):
        assert tokens.check(token.alias, secret) is None


def test_a_token_ends(jane: Actor) -> None:
    token = tokens.issue(by=jane, lifetime=timedelta(hours=-1))
    assert tokens.check(token.alias, token.secret) is None
    assert tokens.of(jane, by=jane) == []
    assert tokens.sweep() == 1


def test_looking_at_a_token_does_not_use_it_up(jane: Actor) -> None:
    token = tokens.issue(by=jane, single_use=True)
    assert tokens.check(token.alias, token.secret, use=False) == jane
    assert tokens.check(token.alias, token.secret) == jane
    assert tokens.check(token.alias, token.secret) is None


@pytest.mark.django_db(transaction=True)
def test_a_token_for_single_use_is_used_once_even_at_the_same_moment() -> None:
    users.create("jane", password=None, email="j@example.org", by=SYSTEM)
    token = tokens.issue(by=actors.load("jane"), single_use=True)
    start, found = threading.Barrier(6), []

    def use() -> None:
        start.wait()
        found.append(tokens.check(token.alias, token.secret))
        connection.close()

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(actor is not None for actor in found) == 1


def test_only_administrators_issue_tokens_for_others(jane: Actor, admin: Actor) -> None:
    token = tokens.issue(by=admin, user=jane)
    assert tokens.check(token.alias, token.secret) == jane, "with the rights of that user, not of the administrator"
    with pytest.raises(Forbidden, match="admin"):
        tokens.issue(by=jane, user=admin)
    with pytest.raises(Forbidden):
        tokens.issue(by=GUEST)
    with pytest.raises(Forbidden, match="admin"):
        tokens.of(admin, by=jane)


def test_an_invalidated_token_is_dead_at_once(jane: Actor) -> None:
    token = tokens.issue(by=jane)
    tokens.invalidate(token.alias, by=jane)
    assert tokens.check(token.alias, token.secret) is None


def test_the_tokens_of_others_look_as_if_they_were_not_there(jane: Actor, admin: Actor) -> None:
    token = tokens.issue(by=admin)
    with pytest.raises(NotFound) as hidden:
        tokens.invalidate(token.alias, by=jane)
    with pytest.raises(NotFound) as missing:
        tokens.invalidate("00000000-0000-0000-0000-000000000000", by=jane)
    assert str(hidden.value) == str(missing.value)
    tokens.invalidate(token.alias, by=admin)


def test_disabling_a_user_ends_the_tokens(jane: Actor) -> None:
    token = tokens.issue(by=jane)
    users.change("jane", by=SYSTEM, enabled=False)
    users.change("jane", by=SYSTEM, enabled=True)
    assert tokens.check(token.alias, token.secret) is None


def test_a_user_has_a_bounded_number_of_tokens(jane: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_PER_USER", 2)
    first, second, third = (tokens.issue(by=jane) for _ in range(3))
    assert [tokens.check(token.alias, token.secret) for token in (first, second, third)] == [None, jane, jane]
