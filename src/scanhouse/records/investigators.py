"""People who lead projects or take part in them."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from scanhouse.access.actors import Actor
from scanhouse.errors import Forbidden, NotFound
from scanhouse.schema import document

from . import history
from .models import Investigator
from .types import REGISTRY

ELEMENT = "xnat:investigatorData"
_FIELDS = {"title": "title", "firstname": "firstname", "lastname": "lastname", "institution": "institution", "department": "department",
           "email": "email", "phone": "phone", "ID": "code"}


def find(key: int | str) -> Investigator:
    """The investigator of a number. Raises NotFound."""
    text = str(key)
    found = Investigator.objects.filter(pk=int(text)).first() if text.isascii() and text.isdigit() and len(text) < 19 else None
    if found is None:
        raise NotFound(f"There is no investigator {text[:50]!r}.")
    return found


def everyone() -> QuerySet[Investigator]:
    """All investigators by name. Their names are known to whoever is signed in."""
    return Investigator.objects.prefetch_related("led", "projects").order_by("lastname", "firstname", "id")


@transaction.atomic
def create(values: Mapping[str, Any], *, by: Actor, reason: str | history.Why = "") -> Investigator:
    """A new investigator. Values by field name; first and last name are required."""
    _signed_in(by)
    person = Investigator(**_columns(values, complete=True))
    person.save()
    history.note(by, action="created investigator", thing=None, reason=reason, changes={"investigator": [None, person.pk]})
    return person


@transaction.atomic
def change(person: Investigator, values: Mapping[str, Any], *, by: Actor, reason: str | history.Why = "") -> Investigator:
    """Change the fields that `values` names; "" clears one."""
    _signed_in(by)
    for column, value in _columns(values).items():
        setattr(person, column, value)
    person.save()
    history.note(by, action="changed investigator", thing=None, reason=reason, changes={"investigator": [person.pk, person.pk]})
    return person


@transaction.atomic
def delete(person: Investigator, *, by: Actor, reason: str | history.Why = "") -> None:
    """Remove an investigator, also from the projects that name him. For administrators."""
    if not by.is_admin:
        raise Forbidden("Only administrators delete investigators.")
    history.note(by, action="deleted investigator", thing=None, reason=reason, changes={"investigator": [person.pk, None]})
    person.delete()


def matching(values: Mapping[str, Any]) -> Investigator:
    """The investigator of that first and last name, made if there is none, with the fields that the values give. For projects."""
    columns = _columns(values, complete=True)
    person = Investigator.objects.filter(firstname=columns["firstname"], lastname=columns["lastname"]).order_by("id").first() or Investigator()
    for column, value in columns.items():
        setattr(person, column, value)
    person.save()
    return person


def values_of(person: Investigator) -> dict[str, Any]:
    """An investigator as a document of `xnat:investigatorData`."""
    return {path: getattr(person, column) for path, column in _FIELDS.items() if getattr(person, column)}


def _signed_in(by: Actor) -> None:
    if by.is_guest:
        raise Forbidden("Sign in to change investigators.")


def _columns(values: Mapping[str, Any], *, complete: bool = False) -> dict[str, str]:
    sent = {path: value for path, value in values.items() if path in _FIELDS}
    valid = document.validate(REGISTRY.element(ELEMENT), {path: value for path, value in sent.items() if value}, complete=complete)
    return {_FIELDS[path]: valid.get(path, "") for path in sent}
