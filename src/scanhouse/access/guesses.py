"""Guessing is slowed down, by login *and* address: nobody can lock another person's account by failing on purpose.

An attempt is entered as a failure before the password is looked at and taken out again when it was right, so a hundred attempts
at once are a hundred failures. Rows are in PostgreSQL, because attempts come to all processes.
"""
from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from scanhouse.errors import Busy


@dataclass(frozen=True)
class Limit:
    """`free` failures cost nothing; then each doubles the wait, from a second to `longest` seconds. All is forgotten after `window`."""

    free: int
    longest: int
    window: int


PER_LOGIN = Limit(free=5, longest=60, window=900)
"""Of one login from one address: 5 typing mistakes, then at most one attempt a minute (1,440 a day). The same login and password many times
at once count once in a process (`passwords.one_at_a_time`)."""
PER_ADDRESS = Limit(free=300, longest=5, window=900)
"""Of all logins from one address: many people may share one, so it is only what makes trying all logins slow."""


class TooManyAttempts(Busy):
    """Signing in from here has failed too often. Nothing is said about whether the account exists or the password is right."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            f"Too many attempts to sign in have failed. Wait {retry_after} seconds, then try again.", retry_after=retry_after
        )


# One statement that enters an attempt unless it comes too early, and answers nothing in that case. Where there is nothing to wait for,
# free_at stays in the past: attempts that come at the same moment wait for each other's row, and now() of the later one may be earlier.
_ENTER = """
    INSERT INTO access_guess AS g (digest, failures, last_at, free_at) VALUES (%(digest)s, 1, now(), now() - interval '1 day')
    ON CONFLICT (digest) DO UPDATE SET
        failures = CASE WHEN g.last_at < now() - %(window)s * interval '1 second' THEN 1 ELSE g.failures + 1 END,
        last_at = now(),
        free_at = CASE
            WHEN g.last_at < now() - %(window)s * interval '1 second' OR g.failures < %(free)s THEN now() - interval '1 day'
            ELSE now() + least(%(longest)s, 2 ^ least(g.failures - %(free)s, 20)) * interval '1 second' END
    WHERE g.free_at <= clock_timestamp()
    RETURNING failures
"""


def enter(login: str, address: str | None) -> None:
    """Enters one attempt. Raises `TooManyAttempts` when it comes too early; then the password must not be looked at."""
    for digest, limit in _keys(login, address):
        with connection.cursor() as cursor:
            cursor.execute(_ENTER, {"digest": digest, "window": limit.window, "free": limit.free, "longest": limit.longest})
            if cursor.fetchone() is None:
                cursor.execute("SELECT ceil(extract(epoch FROM free_at - now())) FROM access_guess WHERE digest = %s", [digest])
                (seconds,) = cursor.fetchone() or (1,)
                raise TooManyAttempts(max(1, int(seconds)))


def take_back(login: str, address: str | None) -> None:
    """The attempt was right: failures of this login from here are forgotten, and it is not held against the address."""
    (by_address, _), (by_login, _) = _keys(login, address)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM access_guess WHERE digest = %s", [by_login])
        cursor.execute("UPDATE access_guess SET failures = failures - 1 WHERE digest = %s AND failures > 0", [by_address])


def sweep() -> int:
    """Forgets what is older than every window; answers how many rows that were. Run it now and then."""
    with connection.cursor() as cursor:
        longest = max(PER_LOGIN.window, PER_ADDRESS.window)
        cursor.execute("DELETE FROM access_guess WHERE last_at < now() - %s * interval '1 second'", [longest])
        return int(cursor.rowcount)


def _keys(login: str, address: str | None) -> tuple[tuple[bytes, Limit], tuple[bytes, Limit]]:
    """The address first: what comes too early from there leaves no row for its login."""
    return (_digest("", address), PER_ADDRESS), (_digest(login.lower(), address), PER_LOGIN)


def _digest(login: str, address: str | None) -> bytes:
    text = f"guess\0{login}\0{address or ''}".encode("utf-8", "surrogatepass")
    return hmac.digest(settings.SECRET_KEY.encode(), hashlib.sha256(text).digest(), "sha256")
