"""What an alias token has opened ends with the token."""
from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from scanhouse.access import actors, expected, sign_ins, tokens, users
from scanhouse.access.actors import SYSTEM, Actor
from scanhouse.access.models import AliasToken, SignIn, User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def jane(account: Callable[..., User]) -> Actor:
    account("jane")
    return actors.load("jane")


def opened(token: tokens.Issued) -> Client:
    """A client that has shown the token once and keeps the cookie."""
    client = Client()
    header = base64.b64encode(f"{token.alias}:{token.secret}".encode()).decode()
    assert client.get("/data/auth", headers={"Authorization": f"Basic {header}"}).status_code == 200
    return client


def is_in(client: Client) -> bool:
    return client.get("/data/auth").content == b"User 'jane' is logged in"


def test_an_invalidated_token_ends_what_it_opened_and_nothing_else(jane: Actor) -> None:
    gone, stays = tokens.issue(by=jane), tokens.issue(by=jane)
    first, second = opened(gone), opened(stays)
    by_password = sign_ins.sign_in(jane)
    assert is_in(first) and is_in(second) and sign_ins.count(jane.id or 0) == 3
    tokens.invalidate(gone.alias, by=jane)
    assert not is_in(first)
    assert is_in(second) and sign_ins.find(by_password.id) is not None
    assert (sign_ins.count(jane.id or 0), sign_ins.counts(), len(sign_ins.of(jane))) == (2, {"jane": 2}, 2)
    assert (sign_ins.sweep(), SignIn.objects.count()) == (1, 2)


def test_a_token_that_runs_out_ends_what_it_opened(jane: Actor) -> None:
    client = opened(tokens.issue(by=jane))
    AliasToken.objects.update(expires_at=F("created_at") - timedelta(seconds=1))
    assert not is_in(client)


def test_a_token_for_single_use_has_opened_a_sign_in_of_its_own(jane: Actor) -> None:
    client = opened(tokens.issue(by=jane, single_use=True))
    assert not AliasToken.objects.exists() and is_in(client)


def test_a_sign_in_that_is_opened_while_its_token_ends_is_dead(jane: Actor) -> None:
    token = tokens.issue(by=jane)
    shown = tokens.show(token.alias.upper(), token.secret)
    assert shown is not None
    tokens.invalidate(token.alias, by=jane)
    assert sign_ins.find(sign_ins.sign_in(shown.actor, alias=shown.alias).id) is None


def test_a_new_password_ends_tokens_and_what_they_opened(jane: Actor) -> None:
    client = opened(tokens.issue(by=jane))
    users.change("jane", password="another horse 9", by=SYSTEM)
    assert not is_in(client)


def _one(actor: Actor) -> expected.Question:
    return expected.Question("SELECT 'seen' WHERE $1::text = 'x'", 1, ())


def test_what_is_asked_the_short_way_ends_too(jane: Actor) -> None:
    token = tokens.issue(by=jane)
    cookie = expected.Cookie(sign_ins.sign_in(jane, alias=token.alias).id)
    assert expected.ask(cookie, _one, [b"x"]) == (b"seen",)
    tokens.invalidate(token.alias, by=jane)
    assert expected.ask(cookie, _one, [b"x"]) is None
