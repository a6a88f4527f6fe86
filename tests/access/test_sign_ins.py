"""Signing in, staying signed in, and being thrown out."""
from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from scanhouse.access import actors, guesses, passwords, sign_ins, users
from scanhouse.access.actors import GUEST, SYSTEM, Actor
from scanhouse.access.models import Guess, SignIn, User
from scanhouse.errors import Forbidden

from .conftest import PASSWORD

HERE = "192.0.2.1"


@pytest.fixture
def jane(account: Callable[..., User]) -> Actor:
    account("jane")
    return actors.load("jane")


def later(minutes: float) -> None:
    """Lets time pass: every moment that is written down is that much longer ago."""
    past = timedelta(minutes=minutes)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE access_signin SET created_at = created_at - %s, last_used_at = last_used_at - %s, expires_at = expires_at - %s",
            [past] * 3,
        )
        cursor.execute("UPDATE access_guess SET last_at = last_at - %s, free_at = free_at - %s", [past] * 2)


def test_a_sign_in_is_named_by_32_hexadecimal_digits_and_found_by_them(jane: Actor) -> None:
    made = sign_ins.sign_in(jane, address=HERE)
    assert len(made.id) == 32 and int(made.id, 16) >= 0
    found = sign_ins.find(made.id)
    assert found is not None and found.actor == jane and found.csrf == made.csrf


def test_each_sign_in_has_an_id_of_its_own_and_ends_the_one_before_it_in_the_same_browser(jane: Actor) -> None:
    first = sign_ins.sign_in(GUEST)
    second = sign_ins.sign_in(jane, instead_of=first)
    assert second.id != first.id and second.csrf != first.csrf
    assert sign_ins.find(first.id) is None


def test_the_database_does_not_hold_the_cookies_value(jane: Actor) -> None:
    made = sign_ins.sign_in(jane)
    row = SignIn.objects.get()
    kept = [bytes(row.digest), bytes(row.sealed)]
    assert bytes.fromhex(made.id) not in kept
    assert hashlib.sha256(made.id.encode()).digest() not in kept, "nor what can be made from it without the site's secret"


@pytest.mark.parametrize("value", ["", "x" * 32, "A" * 31, "A" * 32, "A" * 33, "é" * 32, "A" * 10_000])
def test_other_values_are_nobodys(jane: Actor, value: str) -> None:
    sign_ins.sign_in(jane)
    assert sign_ins.find(value) is None
    assert not sign_ins.sign_out(value)


def test_a_sign_in_ends_when_it_is_not_used(jane: Actor) -> None:
    made = sign_ins.sign_in(jane, lifetime=timedelta(minutes=15))
    later(17)
    assert sign_ins.find(made.id) is None


def test_use_prolongs_it_but_not_for_ever(jane: Actor) -> None:
    made = sign_ins.sign_in(jane, lifetime=timedelta(minutes=15))
    for _ in range(4):
        later(14)
        assert sign_ins.find(made.id, lifetime=timedelta(minutes=15)) is not None
    SignIn.objects.update(created_at="2020-01-01T00:00Z")
    assert sign_ins.find(made.id) is None


def test_finding_it_is_one_query_and_its_use_is_written_down_once_a_minute(jane: Actor, django_assert_num_queries: Any) -> None:
    made = sign_ins.sign_in(jane)
    with django_assert_num_queries(1):
        sign_ins.find(made.id)
    later(1.5)
    with django_assert_num_queries(2):
        sign_ins.find(made.id)
    with django_assert_num_queries(1):
        sign_ins.find(made.id)


def test_signing_out_ends_it(jane: Actor) -> None:
    made = sign_ins.sign_in(jane)
    assert sign_ins.sign_out(made.id)
    assert sign_ins.find(made.id) is None
    assert not sign_ins.sign_out(made.id)


def test_ending_all_sign_ins_of_a_user_answers_their_ids(jane: Actor, account: Callable[..., User]) -> None:
    account("joe")
    other = sign_ins.sign_in(actors.load("joe"))
    made = {sign_ins.sign_in(jane).id for _ in range(3)}
    assert jane.id is not None
    assert sign_ins.count(jane.id) == 3 and set(sign_ins.ids(jane.id)) == made
    assert sign_ins.counts() == {"jane": 3, "joe": 1}
    assert set(sign_ins.end_all(jane.id)) == made
    assert all(sign_ins.find(value) is None for value in made)
    assert sign_ins.find(other.id) is not None


def test_a_disabled_user_is_thrown_out_and_cannot_come_back(jane: Actor) -> None:
    made = sign_ins.sign_in(jane)
    User.objects.update(enabled=False)
    assert sign_ins.find(made.id) is None
    with pytest.raises(sign_ins.Refused):
        sign_ins.check("jane", PASSWORD, address=HERE)


def test_a_new_password_ends_all_sign_ins(jane: Actor) -> None:
    made = sign_ins.sign_in(jane)
    users.change("jane", by=SYSTEM, password="another horse 7")
    assert sign_ins.find(made.id) is None


def test_the_archive_itself_does_not_sign_in(db: None) -> None:
    with pytest.raises(Forbidden):
        sign_ins.sign_in(SYSTEM)


def test_sweeping_takes_what_has_ended_and_the_oldest_of_too_many(jane: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_ins, "MOST_PER_USER", 2)
    ended = sign_ins.sign_in(jane)
    later(20)
    oldest, *rest = [sign_ins.sign_in(jane) for _ in range(3)]
    SignIn.objects.filter(digest=sign_ins._digest(oldest.id)).update(last_used_at="2020-01-01T00:00Z")
    assert sign_ins.sweep() == 2
    assert [sign_ins.find(made.id) is not None for made in (ended, oldest, *rest)] == [False, False, True, True]


def test_the_right_password_gives_the_actor_whatever_the_case_of_the_login(jane: Actor) -> None:
    assert sign_ins.check("JANE", PASSWORD, address=HERE) == jane


@pytest.mark.parametrize("login", ["jane", "nobody", "disabled", "unverified", "without", "", "jane\0", "x" * 5000])
def test_wrong_password_and_unknown_or_disabled_account_answer_alike_after_the_same_work(
    jane: Actor, account: Callable[..., User], login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    account("disabled", enabled=False)
    account("unverified", verified=False)
    users.create("without", password=None, email="w@example.org", by=SYSTEM)
    work: list[int] = []
    real = hashlib.pbkdf2_hmac
    monkeypatch.setattr(hashlib, "pbkdf2_hmac", lambda *args: work.append(args[3]) or real(*args))
    sign_ins.passwords._nobodys("pbkdf2_sha256")  # made once in the life of a process
    work.clear()
    with pytest.raises(sign_ins.Refused) as error:
        sign_ins.check(login, "wrong horse 9" if login.startswith("jane") else PASSWORD, address=HERE)
    assert str(error.value) == str(sign_ins.Refused())
    assert work == [2]


def test_checking_the_same_password_again_is_cheap(jane: Actor, django_assert_num_queries: Any) -> None:
    sign_ins.check("jane", PASSWORD, address=HERE)
    with django_assert_num_queries(1):
        sign_ins.check("jane", PASSWORD, address=HERE)


def test_a_remembered_password_is_forgotten_when_it_is_changed(jane: Actor) -> None:
    sign_ins.check("jane", PASSWORD, address=HERE)
    users.change("jane", by=SYSTEM, password="another horse 7")
    with pytest.raises(sign_ins.Refused):
        sign_ins.check("jane", PASSWORD, address=HERE)


def fail(times: int, login: str = "jane", address: str = HERE) -> list[type[Exception]]:
    found: list[type[Exception]] = []
    for _ in range(times):
        with pytest.raises((sign_ins.Refused, guesses.TooManyAttempts)) as error:
            sign_ins.check(login, "wrong", address=address)
        found.append(error.type)
    return found


@pytest.mark.usefixtures("no_time_passes_between_guesses")
@pytest.mark.parametrize("login", ["jane", "nobody"])
def test_guessing_is_slowed_down_whether_or_not_there_is_such_an_account(jane: Actor, login: str) -> None:
    free = guesses.PER_LOGIN.free
    assert fail(free + 3, login) == [sign_ins.Refused] * (free + 1) + [guesses.TooManyAttempts] * 2


@pytest.mark.usefixtures("no_time_passes_between_guesses")
def test_while_guessing_is_slowed_down_even_the_right_password_is_not_looked_at(jane: Actor) -> None:
    fail(guesses.PER_LOGIN.free + 1)
    with pytest.raises(guesses.TooManyAttempts) as error:
        sign_ins.check("jane", PASSWORD, address=HERE)
    assert 1 <= error.value.retry_after <= guesses.PER_LOGIN.longest
    later(error.value.retry_after / 60)
    assert sign_ins.check("jane", PASSWORD, address=HERE) == jane


@pytest.mark.usefixtures("no_time_passes_between_guesses")
def test_the_wait_doubles_up_to_its_limit_and_is_forgotten_after_the_window(jane: Actor) -> None:
    fail(guesses.PER_LOGIN.free)
    waits = []
    for _ in range(8):
        fail(1)
        with pytest.raises(guesses.TooManyAttempts) as error:
            guesses.enter("jane", HERE)
        waits.append(error.value.retry_after)
        later(error.value.retry_after / 60)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    later(16)
    assert fail(guesses.PER_LOGIN.free) == [sign_ins.Refused] * guesses.PER_LOGIN.free


@pytest.mark.usefixtures("no_time_passes_between_guesses")
def test_failing_on_purpose_does_not_lock_the_owner_of_the_account_out(jane: Actor) -> None:
    fail(guesses.PER_LOGIN.free + 2, address="203.0.113.9")
    assert sign_ins.check("jane", PASSWORD, address=HERE) == jane


@pytest.mark.usefixtures("no_time_passes_between_guesses")
def test_a_script_that_was_just_checked_goes_on_beside_a_guesser_at_the_same_address(jane: Actor) -> None:
    sign_ins.check("jane", PASSWORD, address=HERE)
    fail(guesses.PER_LOGIN.free + 2)
    assert sign_ins.check("jane", PASSWORD, address=HERE) == jane


@pytest.mark.usefixtures("no_time_passes_between_guesses")
def test_signing_in_rightly_takes_earlier_mistakes_back(jane: Actor) -> None:
    fail(guesses.PER_LOGIN.free - 1)
    sign_ins.check("jane", PASSWORD, address=HERE)
    assert fail(guesses.PER_LOGIN.free) == [sign_ins.Refused] * guesses.PER_LOGIN.free


@pytest.mark.django_db(transaction=True)
def test_right_passwords_at_the_same_moment_are_no_guesses() -> None:
    """Each begins before the one before it has ended: it waits for the row of that one, and must not find itself too early then."""

    def attempt() -> None:
        try:
            guesses.enter("jane", HERE)
            guesses.take_back("jane", HERE)
        finally:
            connection.close()

    for _ in range(20):
        with ThreadPoolExecutor(guesses.PER_LOGIN.free) as pool:
            for done in [pool.submit(attempt) for _ in range(guesses.PER_LOGIN.free)]:
                done.result()


@pytest.mark.django_db(transaction=True)
def test_a_client_that_begins_with_many_requests_at_once_is_checked_once(account: Callable[..., User], monkeypatch: pytest.MonkeyPatch) -> None:
    account("jane")
    passwords.forget()
    many = 4 * guesses.PER_LOGIN.free
    entered: list[str] = []
    enter, matches, all_there = guesses.enter, passwords.matches, Barrier(many)
    monkeypatch.setattr(guesses, "enter", lambda login, address: (entered.append(login), enter(login, address)))

    def slowly(*given: Any) -> bool:
        time.sleep(0.2)  # as long as a hash takes outside of tests
        return matches(*given)

    monkeypatch.setattr(passwords, "matches", slowly)

    def request() -> str:
        try:
            connection.ensure_connection()
            all_there.wait(30)
            return sign_ins.check("jane", PASSWORD, address=HERE).login
        finally:
            connection.close()

    with ThreadPoolExecutor(many) as pool:
        assert [done.result() for done in [pool.submit(request) for _ in range(many)]] == ["jane"] * many
    assert entered == ["jane"]


@pytest.mark.usefixtures("no_time_passes_between_guesses")
def test_trying_one_password_on_many_logins_is_slowed_down_by_address(jane: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guesses, "PER_ADDRESS", guesses.Limit(free=3, longest=5, window=900))
    kinds = [fail(1, f"user{n}")[0] for n in range(6)]
    assert kinds == [sign_ins.Refused] * 4 + [guesses.TooManyAttempts] * 2
    later(20)
    assert guesses.sweep() == Guess.objects.count() + 5, "one row for the address, one for each login that was looked at"
