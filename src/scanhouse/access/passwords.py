"""Passwords: hashing, rules for new ones, and a cheap way to check the same one again and again.

Scripts send login and password with every call. A hash that is slow enough for thieves would make each call slow, so a process
remembers for a short while which login, password and stored hash belonged together: as a keyed digest, never the password.
"""
from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from functools import lru_cache

from django.contrib.auth import hashers, password_validation
from django.core.exceptions import ValidationError

from scanhouse.errors import Invalid

LIFE = 60.0
"""Seconds for which a checked password is remembered. A changed password is another stored hash, so it counts at once."""
REMEMBERED = 4096
"""Users of one process within `LIFE`; an entry takes about 150 bytes."""
MAX_LENGTH = 4096
"""Characters. Longer ones are refused before they are hashed: hashing megabytes would be work for free."""

TURNS = 64
"""Passwords of one process that may be checked at the same time; those that meet at one turn by chance only wait."""

_key = secrets.token_bytes(32)
_lock = threading.Lock()
_turns = [threading.Lock() for _ in range(TURNS)]
_known: OrderedDict[bytes, float] = OrderedDict()


class WeakPassword(Invalid):
    """A new password breaks the rules of the site; the message says which."""


def hashed(password: str) -> str:
    """The form in which a password is stored. Raises `Invalid` for one that is too long."""
    if len(password) > MAX_LENGTH:
        raise WeakPassword(f"A password has at most {MAX_LENGTH} characters. Choose a shorter one.")
    return hashers.make_password(password)


def insist_on_strength(password: str) -> None:
    """Raises `WeakPassword`, naming every rule that a new password breaks."""
    try:
        password_validation.validate_password(password)
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages)) from None


def remembered(login: str, password: str, stored: str) -> bool:
    """Whether exactly this was found right in the last `LIFE` seconds."""
    digest = _digest(login, password, stored)
    with _lock:
        until = _known.get(digest)
    return until is not None and time.monotonic() < until


def one_at_a_time(login: str, password: str) -> threading.Lock:
    """To be held while a login and password that are not remembered are checked: a client that begins with a dozen requests at once has
    them checked once, and the others find it remembered."""
    return _turns[_digest(login, password, "")[0] % TURNS]


def matches(login: str, password: str, stored: str | None) -> bool:
    """Whether `password` is the one stored; remembers it if so. With None (no such user) it takes as long and answers False."""
    if len(password) > MAX_LENGTH:
        return False
    if stored is None:
        hashers.check_password(password, _nobodys(hashers.get_hasher().algorithm))
        return False
    if not hashers.check_password(password, stored):
        return False
    with _lock:
        _known[_digest(login, password, stored)] = time.monotonic() + LIFE
        while len(_known) > REMEMBERED:
            _known.popitem(last=False)
    return True


def forget() -> None:
    """Remembers nothing any more."""
    with _lock:
        _known.clear()


def _digest(login: str, password: str, stored: str) -> bytes:
    parts = (part.encode("utf-8", "surrogatepass") for part in (login.lower(), password, stored))
    return hmac.digest(_key, b"".join(hashlib.sha256(part).digest() for part in parts), "sha256")


@lru_cache(maxsize=4)
def _nobodys(algorithm: str) -> str:
    """A hash that no password has, made as the site makes hashes now."""
    return hashers.make_password(secrets.token_urlsafe(32), hasher=algorithm)
