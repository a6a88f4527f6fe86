"""Guesses at an account are counted together, however its login is written."""
from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from django.test import Client
from tests.access.conftest import PASSWORD

from scanhouse.access import actors, guesses, sign_ins
from scanhouse.access.models import User

pytestmark = pytest.mark.django_db(transaction=True)

HERE = "192.0.2.1"


@pytest.fixture
def nick(account: Callable[..., User]) -> actors.Actor:
    account("nick")
    return actors.load("nick")


def tries(*logins: str) -> list[type[Exception]]:
    found: list[type[Exception]] = []
    for login in logins:
        with pytest.raises((sign_ins.Refused, guesses.TooManyAttempts)) as error:
            sign_ins.check(login, "wrong", address=HERE)
        found.append(error.type)
    return found


def test_a_login_with_nul_is_nobodys(nick: actors.Actor) -> None:
    with pytest.raises(sign_ins.Refused):
        sign_ins.check("ni\0ck", PASSWORD, address=HERE)
    header = base64.b64encode(f"ni\0ck:{PASSWORD}".encode()).decode()
    assert Client().get("/data/auth", headers={"Authorization": f"Basic {header}"}).status_code == 401


@pytest.mark.parametrize("other", [
    "N\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}CK", "n\N{LATIN SMALL LETTER DOTLESS I}ck", "\N{FULLWIDTH LATIN SMALL LETTER N}ick", " nick",
    "nick ", "nic\N{ZERO WIDTH SPACE}k", "ni\N{COMBINING DOT ABOVE}ck", "nick\t", "nick@example.org",
])  # fmt: skip
def test_another_spelling_is_another_login(nick: actors.Actor, other: str) -> None:
    with pytest.raises(sign_ins.Refused):
        sign_ins.check(other, PASSWORD, address=HERE)


@pytest.mark.parametrize("same", ["NICK", "Nick", "nic\N{KELVIN SIGN}"])
def test_what_finds_the_account_is_counted_as_the_account(nick: actors.Actor, same: str) -> None:
    assert sign_ins.check(same, PASSWORD, address=HERE).login == "nick"
    assert tries(*([same, "nick"] * 4))[-1] is guesses.TooManyAttempts
    assert tries(same, "nick") == [guesses.TooManyAttempts] * 2
