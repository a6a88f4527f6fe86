"""Accounts: create, change, roles. Administrators do this; everybody changes their own e-mail address and password.

Whoever calls writes the history: it is kept above this package.
"""
from __future__ import annotations

import re
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from scanhouse.errors import Conflict, Forbidden, Invalid, NotFound

from . import passwords, sign_ins, tokens
from .actors import SYSTEM, Actor
from .models import AliasToken, User, UserRole

ADMINISTRATOR = "Administrator"
"""The role that `User.is_admin` stands for."""
ROLES = (ADMINISTRATOR, "Privileged", "DataManager", "ContainerManager", "CustomFormManager", "non_expiring", "Dqr", "Jupyter")
"""Roles that the archive knows. A role gives what the use case that asks for it says, and no rights on data."""
RESERVED = {"guest", SYSTEM.login}

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_ROLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_ -]{0,99}")


class InvalidUser(Invalid):
    """Values of an account that cannot be taken; `fields` says which and why."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("The account was not changed. " + " ".join(fields.values()))
        self.fields = fields


class LoginTaken(Conflict):
    """Logins are unique without case."""


class SeveralAccounts(Conflict):
    """An e-mail address is that of several accounts, so it names nobody."""


class LastAdministrator(Conflict):
    """The site would have nobody who can administer it."""


def find(login: str) -> User:
    """The account of a login, whatever its case. Raises `NotFound`. Who may know of it is for the caller to ask."""
    user = User.objects.filter(username__iexact=login).first()
    if user is None:
        raise NotFound("There is no account of that name. Check the login.")
    return user


def of_address(email: str) -> User | None:
    """The account that an e-mail address stands for; None when there is none. Raises `SeveralAccounts`.

    An address that somebody has given to the own account stands for nobody until an administrator confirms it: it could be another person's.
    """
    found = list(User.objects.filter(email__iexact=email, email_confirmed=True).order_by("id")[:2]) if email else []
    if len(found) > 1:
        raise SeveralAccounts(f"Several accounts have the e-mail address {email[:254]}. Name the one you mean by its login.")
    return found[0] if found else None


def accounts(*, by: Actor, admins_only: bool = True) -> QuerySet[User]:
    """All accounts by ID. With `admins_only`, as the site may decide, administrators alone see others than themselves."""
    if by.is_guest:
        raise Forbidden("Sign in to see who has an account.")
    if admins_only and not by.is_admin:
        raise Forbidden("Only administrators see all accounts of this site.")
    return User.objects.order_by("id")


@transaction.atomic
def create(
    login: str, *, password: str | None, email: str, by: Actor, first_name: str = "", last_name: str = "", enabled: bool = True,
    verified: bool = True, is_admin: bool = False,
) -> User:
    """A new account. Without a password it can sign in only through another provider.

    Raises `InvalidUser`, `LoginTaken`, `WeakPassword`. `SYSTEM` (the operator at the command line) may set any password.
    """
    _administrators_only(by)
    wrong = _wrong(login=login, email=email, first_name=first_name, last_name=last_name)
    if wrong:
        raise InvalidUser(wrong)
    if password is not None and by != SYSTEM:
        passwords.insist_on_strength(password)
    user = User(
        username=login, email=email, first_name=first_name, last_name=last_name, enabled=enabled, verified=verified, is_admin=is_admin
    )
    user.password = passwords.hashed(password) if password is not None else ""
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise LoginTaken(f"There is already an account {login!r} (upper and lower case are the same). Choose another login.") from None
    return user


@transaction.atomic
def change(
    login: str, *, by: Actor, email: str | None = None, first_name: str | None = None, last_name: str | None = None,
    enabled: bool | None = None, verified: bool | None = None, password: str | None = None,
) -> bool:
    """Changes what is not None; False when that changes nothing. A new password, or disabling, ends sign-ins and tokens at once.

    A new e-mail address counts as confirmed. So does the present one when the account alone is said to be verified: who sends `email`
    along sends back what was read, perhaps unseen.

    Raises `NotFound`, `InvalidUser`, `WeakPassword`, and `LastAdministrator` when nobody could administer the site any more.
    """
    _administrators_only(by)
    user = _locked(login)
    wanted = {"email": email, "first_name": first_name, "last_name": last_name, "enabled": enabled, "verified": verified}
    given: dict[str, str | bool] = {name: value for name, value in wanted.items() if value is not None}
    if (email is None and verified) or _is_another(email, user):
        given["email_confirmed"] = True
    return _apply(user, given, password, strength=by != SYSTEM)


@transaction.atomic
def change_own(
    *, by: Actor, email: str | None = None, password: str | None = None, current_password: str | None = None,
    sign_in: sign_ins.SignedIn | None = None,
) -> bool:
    """What everybody may change of their own account. A new password needs the current one and ends all *other* sign-ins.

    A new e-mail address is not proven: until an administrator confirms it, no invitation and no grant by e-mail reaches the account.
    """
    if by.id is None:
        raise Forbidden("Sign in to change your account.")
    user = _locked(by.login)
    if password is not None and not passwords.matches(user.username, current_password or "", user.password):
        raise InvalidUser({"current_password": "The current password is wrong."})
    given: dict[str, str | bool] = {} if email is None else {"email": email}
    if _is_another(email, user):
        given["email_confirmed"] = False
    return _apply(user, given, password, keep=sign_in)


@transaction.atomic
def give_role(login: str, role: str, *, by: Actor) -> None:
    """Gives a site role; `Administrator` makes an administrator. Having it already is no error."""
    _administrators_only(by)
    user = _locked(login)
    if role == ADMINISTRATOR:
        User.objects.filter(pk=user.pk).update(is_admin=True)
        return
    if not _ROLE.fullmatch(role):
        raise Invalid("A role is named by letters, digits, '_', '-' and spaces. Check its name.")
    UserRole.objects.get_or_create(user=user, name=role)


@transaction.atomic
def take_role(login: str, role: str, *, by: Actor) -> None:
    """Takes a site role away. Raises `LastAdministrator` rather than leave the site without one."""
    _administrators_only(by)
    user = _locked(login)
    if role == ADMINISTRATOR:
        _insist_on_another_administrator(user)
        User.objects.filter(pk=user.pk).update(is_admin=False)
    UserRole.objects.filter(user=user, name=role).delete()


def roles(user: User) -> list[str]:
    """Site roles of an account, by name."""
    named = user.roles.order_by("name").values_list("name", flat=True)
    return ([ADMINISTRATOR] if user.is_admin else []) + list(named)


def holders(role: str) -> list[str]:
    """Logins of those who have a role."""
    has = Q(is_admin=True) if role == ADMINISTRATOR else Q(roles__name=role)
    return list(User.objects.filter(has).order_by("username").values_list("username", flat=True))


def _apply(
    user: User, values: dict[str, str | bool], password: str | None, *, keep: sign_ins.SignedIn | None = None, strength: bool = True
) -> bool:
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    if wrong := _wrong(**texts):
        raise InvalidUser(wrong)
    changed = {name: value for name, value in values.items() if getattr(user, name) != value}
    if changed.get("enabled") is False or changed.get("verified") is False:
        _insist_on_another_administrator(user)
    if password is not None:
        if strength:
            passwords.insist_on_strength(password)
        changed |= {"password": passwords.hashed(password), "password_changed_at": Now()}  # type: ignore[dict-item]
    if not changed:
        return False
    User.objects.filter(pk=user.pk).update(**changed)
    if password is not None or changed.get("enabled") is False:
        sign_ins.end_all(user.pk, but=keep)
        AliasToken.objects.filter(user=user).delete()
    return True


def _is_another(email: str | None, user: User) -> bool:
    return email is not None and email.lower() != user.email.lower()


def _locked(login: str) -> User:
    user = User.objects.select_for_update().filter(username__iexact=login).first()
    return user or find(login)


def _administrators_only(by: Actor) -> None:
    if not by.is_admin:
        raise Forbidden("Only administrators change accounts. Ask one of them.")


def _insist_on_another_administrator(user: User) -> None:
    """All rows of administrators are locked, in one order, so that two cannot remove each other at once."""
    active = User.objects.select_for_update().filter(is_admin=True, enabled=True, verified=True).order_by("pk").values_list("pk", flat=True)
    if list(active) == [user.pk]:
        raise LastAdministrator(f"{user.username} is the only administrator of the site. Make another one first.")


def _wrong(**values: str) -> dict[str, str]:
    return dict(_complaints(values.items()))


def _complaints(values: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    for name, value in values:
        if name == "login" and (value.lower() in RESERVED or tokens.looks_like_alias(value) or not _LOGIN.fullmatch(value)):
            yield name, "A login has up to 100 letters, digits, '.', '_' and '-', and is not a reserved name."
        elif name == "email" and not _is_email(value):
            yield name, "The e-mail address is not one."
        elif name in ("first_name", "last_name") and (len(value) > 100 or not value.isprintable()):
            yield name, "A name has up to 100 printable characters."


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 254
