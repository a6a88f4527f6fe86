"""Signing in and out. A sign-in is named by 32 hexadecimal digits, new at each signing in, that the browser keeps in a cookie.

It ends when it has not been used for its lifetime, when its user signs out or is disabled, when the password changes, with the alias
token that opened it, or after `LONGEST`. Losing sign-ins in a power cut harms nobody, so none of these writes waits for the disk.
"""
from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from scanhouse.errors import Forbidden

from . import actors, guesses, passwords, prepared
from .actors import GUEST, Actor

LIFETIME = timedelta(minutes=15)
"""Unused for so long, a sign-in ends. The site may hand in another value."""
LONGEST = timedelta(days=7)
"""However busy, a sign-in ends: a stolen cookie does not work for ever."""
USE_IS_NOTED_AFTER = timedelta(minutes=1)
"""Use is written down at most so often, and a lifetime is that much longer, so that no user loses by it."""
MOST_PER_USER = 1000
"""Sign-ins of one user at a time. Scripts that sign in with each call would pile them up; the oldest go."""

IS_BACKED = "(s.alias IS NULL OR EXISTS (SELECT 1 FROM access_aliastoken t WHERE t.alias = s.alias AND t.expires_at > now()))"
"""That a sign-in `s` was not opened by a token that has ended. Asked of the token itself, so nothing that ends one can forget its sign-ins."""

_ID = re.compile(r"[0-9A-Fa-f]{32}")


class Refused(Forbidden):
    """Login and password do not belong together, or the account may not sign in. It does not say which."""

    def __init__(self) -> None:
        super().__init__("Login or password is wrong. Check both; ask an administrator if the account is new or has been disabled.")


@dataclass(frozen=True)
class SignedIn:
    """A sign-in and its actor. `id` is the cookie's value; `csrf` the token that forms send back. `expires_at` is the idle end."""

    id: str
    actor: Actor
    csrf: str
    expires_at: datetime
    lifetime: timedelta = LIFETIME


def check(login: str, password: str, *, address: str | None) -> Actor:
    """The actor whose login and password these are. Raises `Refused`, and `TooManyAttempts` when there were too many.

    A wrong password, an unknown login and a disabled account answer alike and take the same work. One query when the same was
    checked a moment ago in this process.
    """
    name = compared(login)
    # No login has a NUL, and the database takes none: it is an unknown one. Left out, each spelling of a login would have its own guesses.
    rows = [] if "\0" in name else prepared.fetch(
        connection, f"SELECT u.password, {actors.COLUMNS} FROM access_user u WHERE {actors.ACTIVE} AND lower(u.username) = %s",  # noqa: S608
        [name],
    )  # fmt: skip
    row = rows[0] if rows else None
    stored = row[0] if row else None
    if stored is None or not passwords.remembered(name, password, stored):
        with passwords.one_at_a_time(name, password):
            _look_at(name, password, stored, address)
    assert row is not None  # nothing matches an unknown login
    return actors.from_row(row[1:])


def compared(login: str) -> str:
    """A login as it is looked up *and* as guesses at it are counted, so that no account has two spellings that are counted apart.

    PostgreSQL's own lower() of what is typed would find more: under most locales it makes an i of U+0130, which is none here.
    """
    return login.lower()


def _look_at(login: str, password: str, stored: str | None, address: str | None) -> None:
    """Raises `Refused` or `TooManyAttempts`. Whoever has waited for the same password to be found right is right, too."""
    if stored is not None and passwords.remembered(login, password, stored):
        return
    guesses.enter(login, address)
    if not passwords.matches(login, password, stored):
        raise Refused
    guesses.take_back(login, address)


def sign_in(
    actor: Actor, *, address: str | None = None, lifetime: timedelta = LIFETIME, instead_of: SignedIn | None = None, alias: str | None = None
) -> SignedIn:
    """Signs the actor in, always under a new ID; the sign-in that the browser had before ends (no session fixation).

    `alias`: the token that the actor has shown; the sign-in ends with it.

    `GUEST` can be signed in too: XNAT's clients ask for a session on open sites. `SYSTEM` cannot.
    """
    if actor.id is None and not actor.is_guest:
        raise Forbidden("The archive itself does not sign in.")
    if instead_of is not None:
        sign_out(instead_of.id)
    value, csrf = secrets.token_hex(16).upper(), secrets.token_urlsafe(24)
    digest = _digest(value)
    params: list[Any] = [digest, _seal(digest, bytes.fromhex(value)), actor.id, csrf, lifetime + USE_IS_NOTED_AFTER, address, alias]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH quick AS ({_no_wait()})
            INSERT INTO access_signin (digest, sealed, user_id, csrf, created_at, last_used_at, expires_at, address, alias)
            SELECT %s, %s, %s, %s, now(), now(), now() + %s, %s::inet, %s::uuid FROM quick RETURNING expires_at""",  # noqa: S608
            params,
        )
        (expires_at,) = cursor.fetchone()
    return SignedIn(value, actor, csrf, expires_at, lifetime)


def find(value: str, *, lifetime: timedelta = LIFETIME) -> SignedIn | None:
    """The live sign-in that a cookie stands for, with its actor and groups, in one query; its use is noted once a minute."""
    if not _ID.fullmatch(value):
        return None
    digest = _digest(value.upper())
    known: list[Any] = [USE_IS_NOTED_AFTER, digest, LONGEST]
    used: list[Any] = [lifetime + USE_IS_NOTED_AFTER, digest]
    rows = prepared.fetch(
        connection,
        f"""SELECT s.csrf, s.expires_at, s.last_used_at < now() - %s, {actors.COLUMNS}
        FROM access_signin s LEFT JOIN access_user u ON u.id = s.user_id
        WHERE s.digest = %s AND s.expires_at > now() AND s.created_at > now() - %s
          AND (s.user_id IS NULL OR ({actors.ACTIVE})) AND {IS_BACKED}""",  # noqa: S608
        known,
    )
    if not rows:
        return None
    csrf, expires_at, is_due, *columns = rows[0]
    if is_due:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""WITH quick AS ({_no_wait()})
                UPDATE access_signin SET last_used_at = now(), expires_at = now() + %s FROM quick WHERE digest = %s
                RETURNING expires_at""",  # noqa: S608
                used,
            )
            if (noted := cursor.fetchone()) is None:
                return None  # ended by somebody in this very moment
            (expires_at,) = noted
    actor = GUEST if columns[0] is None else actors.from_row(tuple(columns))
    return SignedIn(value.upper(), actor, csrf, expires_at, lifetime)


def key_of(value: str) -> bytes | None:
    """The key under which a sign-in is stored; None for what cannot be the value of its cookie."""
    return _digest(value.upper()) if _ID.fullmatch(value) else None


def sign_out(value: str) -> bool:
    """Ends one sign-in. False when there was none of that ID."""
    return bool(_ended("digest = %s", _digest(value.upper()))) if _ID.fullmatch(value) else False


def end_all(user_id: int, *, but: SignedIn | None = None) -> list[str]:
    """Ends all sign-ins of a user, save perhaps the caller's own; answers the IDs that were live. They stop working at once."""
    return _ended("user_id = %s AND digest <> %s", user_id, _digest(but.id) if but else b"")


def ids(user_id: int) -> list[str]:
    """IDs of the live sign-ins of a user. Whoever has one is that user: hand them to nobody but this user."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.digest, s.sealed FROM access_signin s WHERE s.user_id = %s AND s.expires_at > now() AND {IS_BACKED}"  # noqa: S608
            " ORDER BY s.created_at", [user_id],
        )  # fmt: skip
        return [_unseal(bytes(digest), bytes(sealed)) for digest, sealed in cursor.fetchall()]


@dataclass(frozen=True)
class Known:
    """A live sign-in as its user may see it. `here`: it is the one that asks."""

    address: str | None
    created_at: datetime
    last_used_at: datetime
    here: bool


def of(user: Actor, *, here: SignedIn | None = None) -> list[Known]:
    """Where a user is signed in, the last used first."""
    own = _digest(here.id) if here is not None else b""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT host(s.address), s.created_at, s.last_used_at, s.digest = %s FROM access_signin s"  # noqa: S608
            f" WHERE s.user_id = %s AND s.expires_at > now() AND {IS_BACKED} ORDER BY s.last_used_at DESC LIMIT 100", [own, user.id],
        )  # fmt: skip
        return [Known(*row) for row in cursor.fetchall()]


def count(user_id: int) -> int:
    """How many live sign-ins a user has."""
    return len(ids(user_id))


def counts() -> dict[str, int]:
    """Live sign-ins by login."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT u.username, count(*) FROM access_signin s JOIN access_user u ON u.id = s.user_id"  # noqa: S608
            f" WHERE s.expires_at > now() AND {IS_BACKED} GROUP BY u.username ORDER BY u.username"
        )
        return dict(cursor.fetchall())


def sweep() -> int:
    """Deletes sign-ins that have ended, and the oldest of users with too many. Answers how many. Run it every few minutes."""
    longest: list[Any] = [LONGEST]
    with connection.cursor() as cursor:
        over = f"s.expires_at <= now() OR s.created_at <= now() - %s OR NOT {IS_BACKED}"
        cursor.execute(f"DELETE FROM access_signin s WHERE {over}", longest)  # noqa: S608
        ended = cursor.rowcount
        cursor.execute(
            """DELETE FROM access_signin WHERE digest IN (
                SELECT digest FROM (SELECT digest, row_number() OVER (PARTITION BY user_id ORDER BY last_used_at DESC) AS place
                                    FROM access_signin WHERE user_id IS NOT NULL) AS ranked WHERE place > %s)""",
            [MOST_PER_USER],
        )
        return int(ended + cursor.rowcount)


def _no_wait() -> str:
    """Makes this statement's commit not wait for the disk; inside a transaction of others theirs must wait as ever."""
    return "SELECT 1" if connection.in_atomic_block else "SELECT set_config('synchronous_commit', 'off', true)"


def _ended(condition: str, *params: Any) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM access_signin WHERE {condition} RETURNING digest, sealed, expires_at > now()", params  # noqa: S608
        )
        return [_unseal(bytes(digest), bytes(sealed)) for digest, sealed, was_live in cursor.fetchall() if was_live]


def _digest(value: str) -> bytes:
    return hmac.digest(_key(b"digest"), value.encode("ascii"), "sha256")


def _seal(digest: bytes, value: bytes) -> bytes:
    """The value under a pad of its own: the digest is unique, so no pad is used twice."""
    pad = hmac.digest(_key(b"seal"), digest, "sha256")
    return bytes(a ^ b for a, b in zip(value, pad, strict=False))


def _unseal(digest: bytes, sealed: bytes) -> str:
    return _seal(digest, sealed).hex().upper()


def _key(purpose: bytes) -> bytes:
    return hashlib.sha256(b"scanhouse sign-in " + purpose + b"\0" + settings.SECRET_KEY.encode()).digest()
