"""Invitations into a project by e-mail address, for people who have no account yet, and their answers (XNAT calls them PARs)."""
from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models.functions import Now

from scanhouse.errors import Conflict, Forbidden, Invalid, NotFound

from . import groups
from .actors import Actor
from .models import AccessRequest, User
from .policy import Action, Place, require


@transaction.atomic
def invite(project: str, group: str, email: str, *, by: Actor) -> AccessRequest:
    """Invite whoever has this address into a group of a project. Asking twice makes one invitation."""
    require(by, Action.MANAGE, Place(project))
    try:
        validate_email(email)
    except ValidationError:
        raise NotFound("There is no account of that name, and it is no e-mail address to invite.") from None
    groups.lock(project)
    chosen = groups.find(project, group)
    open_one = AccessRequest.objects.select_for_update().filter(project=project, email__iexact=email, approved__isnull=True).first()
    if open_one is not None:
        AccessRequest.objects.filter(pk=open_one.pk).update(group=chosen)
        return open_one
    return AccessRequest.objects.create(project=project, email=email, group=chosen)


def of_project(project: str, *, by: Actor) -> list[AccessRequest]:
    """Invitations into a project, the newest first. For its owners."""
    require(by, Action.MANAGE, Place(project))
    return list(AccessRequest.objects.filter(project=project).select_related("group", "user").order_by("-id"))


def of_user(*, by: Actor) -> list[AccessRequest]:
    """Invitations to oneself, by the address of one's account; by none that was not confirmed."""
    address = _address(by)
    return list(AccessRequest.objects.filter(email__iexact=address).select_related("group", "user").order_by("-id")) if address else []


@transaction.atomic
def answer(key: int, *, accept: bool, by: Actor) -> None:
    """Accept or decline an invitation to oneself. Raises NotFound, Forbidden for another's, Conflict when it was answered."""
    asked = AccessRequest.objects.select_for_update().filter(pk=key).first()
    if asked is None:
        raise NotFound("There is no such invitation.")
    if by.id is None or asked.email.lower() != _address(by).lower():
        raise Forbidden(
            "This invitation is for somebody else, or the e-mail address of your account is not confirmed. Ask an administrator to confirm it."
        )
    if asked.approved is not None:
        raise Conflict("This invitation has been answered already.")
    if asked.group is None:
        raise Invalid("The group of this invitation is gone. Ask for a new one.")
    AccessRequest.objects.filter(pk=key).update(approved=accept, decided_at=Now(), user=by.id)
    if accept:
        groups.join_invited(by, asked.group)


def _address(by: Actor) -> str:
    """The address by which somebody is invited: one that was only set by oneself could be another person's."""
    return User.objects.filter(pk=by.id or 0, email_confirmed=True).values_list("email", flat=True).first() or ""
