"""Alias tokens: a name and a secret that stand for login and password, until an end. Only a digest of the secret is kept."""
from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from scanhouse.errors import Forbidden, NotFound

from . import actors
from .actors import Actor
from .models import AliasToken

LIFETIME = timedelta(days=2)
"""As in XNAT; the site may hand in another value."""
MOST_PER_USER = 1000
"""Live tokens of one user. Scripts that ask for one with each run would pile them up; the oldest go."""


@dataclass(frozen=True)
class Issued:
    """A new token. Its secret is told here and never again."""

    alias: str
    secret: str
    login: str
    single_use: bool
    created_at: datetime
    expires_at: datetime


def issue(*, by: Actor, user: Actor | None = None, lifetime: timedelta = LIFETIME, single_use: bool = False) -> Issued:
    """A token for oneself, or, by a site administrator, for `user`. It gives exactly the rights of its user.

    Raises `Forbidden` for guests, and for tokens of others by anybody but administrators.
    """
    user = user or by
    if by.is_guest or user.id is None:
        raise Forbidden("Tokens are for those who have signed in. Sign in first.")
    if user.id != by.id and not by.is_admin:
        raise Forbidden("Only a site administrator may issue tokens for others. Issue one for yourself.")
    secret, now = secrets.token_urlsafe(48), timezone.now()
    row = AliasToken.objects.create(
        alias=uuid.uuid4(), secret_digest=_digest(secret), user_id=user.id, single_use=single_use, created_at=now, expires_at=now + lifetime
    )
    kept = AliasToken.objects.filter(user_id=user.id).order_by("-created_at").values("alias")[:MOST_PER_USER]
    AliasToken.objects.filter(user_id=user.id).exclude(alias__in=kept).delete()
    return Issued(str(row.alias), secret, user.login, single_use, now, row.expires_at)


def looks_like_alias(login: str) -> bool:
    """Whether what was sent as a login is the name of a token. No account has such a login."""
    try:
        return len(login) == 36 and str(uuid.UUID(login)) == login.lower()
    except ValueError:
        return False


@dataclass(frozen=True)
class Shown:
    """A live token that was shown with its secret. `alias` is None when that has used it up: then nothing is left to end."""

    actor: Actor
    alias: str | None


def check(alias: str, secret: str, *, use: bool = True) -> Actor | None:
    """The actor behind a live token, or None: see `show`."""
    shown = show(alias, secret, use=use)
    return shown.actor if shown else None


def show(alias: str, secret: str, *, use: bool = True) -> Shown | None:
    """The live token of that name and secret, or None. A token for single use is gone after it, whoever came at the same moment.

    With `use=False` it is only looked at.
    """
    if not looks_like_alias(alias):
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT t.secret_digest, t.single_use, {actors.COLUMNS} FROM access_aliastoken t JOIN access_user u ON u.id = t.user_id
            WHERE t.alias = %s AND t.expires_at > now() AND {actors.ACTIVE}""",  # noqa: S608
            [alias],
        )
        row = cursor.fetchone()
        if row is None or not hmac.compare_digest(bytes(row[0]), _digest(secret)):
            return None
        if use and row[1]:
            cursor.execute("DELETE FROM access_aliastoken WHERE alias = %s", [alias])
            if cursor.rowcount == 0:
                return None
    return Shown(actors.from_row(row[2:]), None if use and row[1] else alias.lower())


def of(user: Actor, *, by: Actor) -> list[AliasToken]:
    """Live tokens of a user, the newest first. For that user and administrators."""
    if user.id is None or (user.id != by.id and not by.is_admin):
        raise Forbidden("Only a site administrator may see the tokens of others.")
    return list(AliasToken.objects.filter(user_id=user.id, expires_at__gt=timezone.now()).order_by("-created_at"))


def invalidate(alias: str, *, by: Actor) -> None:
    """Ends a token at once, and the sign-ins that it has opened.

    Raises `NotFound` when there is none, or when it is another user's and `by` is no administrator.
    """
    mine = AliasToken.objects.all() if by.is_admin else AliasToken.objects.filter(user_id=by.id or 0)
    if not looks_like_alias(alias) or not mine.filter(alias=alias).delete()[0]:
        raise NotFound("There is no such token of yours. It may have ended already.")


def sweep() -> int:
    """Deletes tokens that have ended; answers how many."""
    return AliasToken.objects.filter(expires_at__lte=timezone.now()).delete()[0]


def _digest(secret: str) -> bytes:
    # The secret is 48 random bytes, so a fast digest is enough: there is nothing to guess.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
