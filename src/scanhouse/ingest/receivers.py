"""DICOM receivers as administrators configure them. Running nodes are told of a change by PostgreSQL and follow it without a restart."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from scanhouse.access.actors import Actor
from scanhouse.errors import Conflict, Forbidden, Invalid, NotFound
from scanhouse.ingest.models import Receiver
from scanhouse.ingest.routing import Rules, expressions
from scanhouse.records import history

CHANNEL = "scanhouse_receivers"
"""Channel of PostgreSQL's NOTIFY that tells of a change."""
IDENTIFIERS = {"dicomObjectIdentifier": "Assigned by project, subject and session rules"}
"""How a receiver finds out where objects belong, by name; the rules can be set for each receiver."""
MAX_AE_TITLE = 16
PORTS = range(1, 65536)


class UnknownIdentifier(Invalid):
    """A receiver names a way of routing that there is not."""

    def __init__(self, identifier: str) -> None:
        super().__init__(f"unknown DICOM Object Identifier '{identifier}'. Known ones: {', '.join(IDENTIFIERS)}.")


class ReceiverTaken(Conflict):
    """Two enabled receivers may not share AE title and port."""

    def __init__(self, ae_title: str, port: int) -> None:
        super().__init__(f"Receiver {ae_title}:{port} is enabled already. Disable it first, or choose another title or port.")


def everyone() -> QuerySet[Receiver]:
    """All receivers in order of their IDs."""
    return Receiver.objects.order_by("id")


def find(pk: int) -> Receiver:
    """Raises `NotFound`."""
    found = Receiver.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(f"There is no DICOM receiver {pk}.")
    return found


def create(values: Mapping[str, Any], *, by: Actor) -> Receiver:
    """A new receiver. Raises `Invalid` for a bad expression, title or port, `ReceiverTaken`."""
    return _save(Receiver(**values), by, "Created DICOM receiver")


def change(receiver: Receiver, values: Mapping[str, Any], *, by: Actor) -> Receiver:
    """Set fields of a receiver. Raises as `create`."""
    for name, value in values.items():
        setattr(receiver, name, value)
    return _save(receiver, by, "Changed DICOM receiver")


def delete(receiver: Receiver, *, by: Actor) -> None:
    _require_admin(by)
    with transaction.atomic():
        history.note(by, action="Deleted DICOM receiver", thing=receiver)
        receiver.delete()
        _tell()


def rules(receiver: Receiver) -> Rules:
    """Routing expressions of the receiver itself; none when they are switched off."""
    if not receiver.routing_expressions_enabled:
        return Rules()
    texts = (receiver.project_routing_expression, receiver.subject_routing_expression, receiver.session_routing_expression)
    return Rules(*(expressions(text) for text in texts))


def _save(receiver: Receiver, by: Actor, action: str) -> Receiver:
    _require_admin(by)
    _check(receiver)
    with transaction.atomic():
        others = Receiver.objects.filter(ae_title=receiver.ae_title, port=receiver.port, enabled=True).exclude(pk=receiver.pk)
        if receiver.enabled and others.select_for_update().exists():
            raise ReceiverTaken(receiver.ae_title, receiver.port)
        receiver.save()
        history.note(by, action=action, thing=receiver)
        _tell()
    return receiver


def _check(receiver: Receiver) -> None:
    title = receiver.ae_title
    if not title or len(title) > MAX_AE_TITLE or not title.isascii() or "\\" in title or title != title.strip():
        raise Invalid(f"{title!r} is no AE title: it has 1 to {MAX_AE_TITLE} characters, no backslash and no space at its ends.")
    if receiver.port not in PORTS:
        raise Invalid(f"{receiver.port} is no port. Choose one from 1 to 65535; those below 1024 need root.")
    if receiver.identifier not in IDENTIFIERS:
        raise UnknownIdentifier(receiver.identifier)
    for text in (receiver.project_routing_expression, receiver.subject_routing_expression, receiver.session_routing_expression):
        expressions(text)


def _require_admin(by: Actor) -> None:
    if not by.is_admin:
        raise Forbidden("Only site administrators configure DICOM receivers.")


def _tell() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")
